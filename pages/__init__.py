"""A page per concept: a module, or a package, that describes it in `LABS` (`explorer.page.Lab`)."""
