"""`new`: the skeleton of a concept, in the six places that a concept has.

`core/skeleton` holds it as a tree like the repository's own, with SLUG and TITLE for what the
concept is called. A file there for which the repository has none is a new file; where there is
one, it is lines to be added to that.
"""

from __future__ import annotations

import argparse
import keyword
import re
from collections.abc import Iterator
from pathlib import Path

from core.cli.chosen import UsageError
from core.concepts import concepts

ROOT = Path(__file__).parents[2]
SKELETON = Path(__file__).parents[1] / "skeleton"
ADDED_AFTER = {"README.md": r"(?:^\| `/\w+` \|.*\n)+", "explorer/catalog.py": r"^CATALOG = \(\n"
               r"(?:^ .*\n)*"}
"""The lines after which a file's own are added: the rows of concepts, the catalogue's entries."""


def new(parsed: argparse.Namespace) -> int:
    """Writes the skeleton and says what to do next."""
    slug, title = parsed.slug, parsed.title
    _refuse(slug, title)
    made = dict(_files(slug, title))
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(path.relative_to(ROOT).as_posix())
    print(f"Next: python -m core claims {slug} --study, then python -m pytest "
          f"tests/contract tests/concepts/{slug}")
    return 0


def _refuse(slug: str, title: str) -> None:
    """Raises `UsageError` where there is no room for a concept of that name."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,29}", slug) or keyword.iskeyword(slug):
        raise UsageError(f"SLUG: {slug!r} is not allowed. Allowed: a name of Python in small "
                         "letters, of at most 30, such as support_vectors")
    if not re.fullmatch(r'[^\s"\\|](?:[^\n"\\|]{0,48}[^\s"\\|])?', title):
        raise UsageError(f"TITLE: {title!r} is not allowed. Allowed: a line of at most 50 letters, "
                         'without ", \\ and |')
    missing = [name for name in ADDED_AFTER if not (ROOT / name).is_file()]
    if missing:
        raise UsageError(f"new: there is no {missing[0]} beside the package: a concept is written "
                         "into a checkout of the repository")
    if slug in concepts() or any(_of(path, slug).exists() for path in _own()):
        raise UsageError(f"SLUG: {slug!r} is not allowed. There is such a concept already; the "
                         f"concepts are {', '.join(concepts())}")


def _own() -> Iterator[Path]:
    """The skeleton's files that belong to the concept alone."""
    return (path for path in sorted(SKELETON.rglob("*.template"))
            if path.relative_to(SKELETON).as_posix().removesuffix(".template") not in ADDED_AFTER)


def _of(path: Path, slug: str) -> Path:
    """Where a file of the skeleton comes to stand."""
    name = path.relative_to(SKELETON).as_posix().removesuffix(".template")
    return ROOT / name.replace("SLUG", slug)


def _files(slug: str, title: str) -> Iterator[tuple[Path, str]]:
    """Each file and its new text."""
    def filled(path: Path) -> str:
        return path.read_text("utf-8").replace("SLUG", slug).replace("TITLE", title)

    for path in _own():
        yield _of(path, slug), filled(path)
    for name, lines in ADDED_AFTER.items():
        text = (ROOT / name).read_text("utf-8")
        found = re.search(lines, text, re.MULTILINE)
        if found is None:
            raise UsageError(f"new: {name} has no place for another concept")
        yield ROOT / name, text[:found.end()] + filled(SKELETON / f"{name}.template") + text[
            found.end():]
