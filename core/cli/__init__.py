"""What `python -m core` does, a module per command; `core/__main__.py` reads the arguments."""
