"""Which sources and libraries a result depends on, as one digest.

The cache keeps a run, and the study of the claims its counts, as long as this digest is the
same. It covers the modules of the experiment, whatever they import from this package, and the
versions of the libraries that those import, also through `core.lazy`; not what only serves
runs. A package's `__init__` counts where a name is taken from it, so a concept's list of its
experiments does not count: `EXPERIMENTS` is made of the modules that do.

What people read is no part of it: docstrings, lines that are a comment, presets, the sentences of
notes, what a setting is called, and what a claim says, where it comes from and which share it asks
for.
"""

from __future__ import annotations

import ast
import hashlib
import sys
import threading
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from core.concepts import concepts, find
from core.lazy import LIBRARIES

ROOT = Path(__file__).parents[1]
PACKAGE, LAZY = "core", "core.lazy"
ALWAYS = ("core.frames",)
"""Modules that every run depends on: they make its messages."""
CHECKING = "core.checking"
"""An experiment can check itself (`Experiment.run`, `BoundClaim.check`), but no run depends on
that: it counts where claims do."""
DISTRIBUTIONS = {"sklearn": ("scikit-learn", "scipy")}
"""Where a library has another name than its module, or another one computes for it."""
PROSE = {
    "Claim": {"sentence", "share", "source"},
    "setting": {"description", "label", "names", "unit", "group"},
}
"""By what is called its arguments that people read; in both the second is one of them. What a claim
measures is none, nor what a setting allows."""
_ONE_AT_A_TIME = threading.Lock()
"""Threads that parse at the same time break each other in Python 3.11 (python/cpython#106905)."""


@cache
def digest_of(name: str, claims: bool = False) -> str:
    """The digest of what an experiment's runs depend on; the same in every process.

    Args:
        name: The experiment's. One from outside this package is known by what serves all.
        claims: Whether the checks of its claims, and what they compare, count too.
    """
    digest, (modules, libraries) = hashlib.sha256(), closure(_roots(name, claims))
    for module in sorted(modules):
        digest.update(f"{module}\n{_read(module_path(module))[0]}\n".encode())
    for library in sorted(libraries):
        for distribution in DISTRIBUTIONS.get(library, (library,)):
            digest.update(f"{distribution} {version_of(distribution)}\n".encode())
    return digest.hexdigest()


def digests(names: Iterable[str] = ()) -> dict[str, str]:
    """`digest_of` the runs of experiments, all where none is named, by name.

    A process that does this when it starts goes on naming runs by the code that it has
    loaded, whatever becomes of the files.
    """
    names = tuple(names) or [lab.name for labs in concepts().values() for lab in labs]
    return {name: digest_of(name) for name in names if digest_of(name, claims=True)}


def closure(roots: Iterable[str]) -> tuple[set[str], set[str]]:
    """The modules of this package that some modules import, themselves included, and the
    libraries that all those import.
    """
    modules: set[str] = set()
    libraries: set[str] = set()
    left = [name for name in roots if name.partition(".")[0] == PACKAGE]
    while left:
        if (module := left.pop()) in modules:
            continue
        modules.add(module)
        _, ours, others = _read(module_path(module))
        left += ours
        libraries |= others
    return modules, libraries - sys.stdlib_module_names


def _roots(name: str, claims: bool) -> Iterator[str]:
    yield from ALWAYS
    try:
        experiment = find(name)
    except KeyError:
        return
    yield from _modules_of(vars(experiment).values())
    if claims:
        yield CHECKING
        yield from _modules_of(claim.holds for claim in experiment.claims)


def _modules_of(values: Iterable[object]) -> Iterator[str]:
    """The modules in which functions and types are defined."""
    for value in values:
        if callable(value):
            yield getattr(value, "func", value).__module__  # a `partial` is its function's


def _module(name: str) -> str | None:
    """A module's name from an imported one, which may be of something in it."""
    while name and not module_path(name).exists():
        name = name.rpartition(".")[0]
    return name or None


def module_path(module: str) -> Path:
    """The file of a module of this package."""
    folder = ROOT.joinpath(*module.split("."))
    package = folder / "__init__.py"
    return package if package.exists() else folder.with_suffix(".py")


@cache
def version_of(distribution: str) -> str:
    """The version of a library that is installed here; "2.0+cpu" is 2.0."""
    return metadata.version(distribution).partition("+")[0]


@cache
def _read(path: Path) -> tuple[str, frozenset[str], frozenset[str]]:
    """What a file computes, as text, and what it imports: modules of this package, and others."""
    code, names = parsed(path.read_bytes())
    ours, others = set(), set()
    for name in names:
        if name.partition(".")[0] != PACKAGE:
            others.add(name.partition(".")[0])
        elif name.startswith(f"{LAZY}."):
            others.add(LIBRARIES[name.removeprefix(f"{LAZY}.")].partition(".")[0])
        elif (found := _module(name)) and found != CHECKING:
            ours.add(found)
    return code, frozenset(ours), frozenset(others)


def parsed(text: bytes) -> tuple[str, frozenset[str]]:
    """What a file computes, as text, and the names that it imports."""
    with _ONE_AT_A_TIME:
        tree = ast.parse(text)
    return _code(text, tree), frozenset(_imports(tree))


def _imports(node: ast.AST) -> Iterator[str]:
    """All that is imported below a node, also in functions; not for the type checker only."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.If) and _name(node.test) == "TYPE_CHECKING":
        for statement in node.orelse:
            yield from _imports(statement)
    else:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.expr):
                yield from _imports(child)


def _code(text: bytes, tree: ast.Module) -> str:
    """A file without what only people read."""
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    for node in sorted(_prose(tree), key=lambda n: (n.lineno, n.col_offset), reverse=True):
        begin = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        text = text[:begin] + text[end:]
    kept = (line.rstrip() for line in text.decode().splitlines())
    return "\n".join(line for line in kept if line and not line.lstrip().startswith("#"))


def _prose(node: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Docstrings, presets, notes and the words of claims and settings below a node, none within
    another.
    """
    if isinstance(node, ast.Expr | ast.Assign) and _is_prose(node):
        yield node
    elif isinstance(node, ast.Call) and (read := PROSE.get(_name(node.func))):
        yield from node.args[1:2]
        yield from (word.value for word in node.keywords if word.arg in read)
        others = [word for word in node.keywords if word.arg not in read]
        for part in (*node.args[:1], *node.args[2:], *others):
            yield from _prose(part)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _prose(child)


def _is_prose(node: ast.Expr | ast.Assign) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    return _name(node.targets[0]) in {"PRESETS", "SCENES", "NOTES"}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""
