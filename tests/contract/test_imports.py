"""Who imports whom: no circle, and no arrow from a lower room to a higher one.

Imports within functions count, since they hide a circle and do not undo it. Only what is
for the type checker alone does not, and the cluster's engine, whose library is optional.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = (
    "core", "core.concepts", "core.sources", "core.scripts", "core.study",
    "core.runs", "core.cli", "core.__main__",
    "explorer", "pages", "streamlit_app",
)
"""From the lowest to the highest; a module is in the one with the longest name that fits."""
LAZILY = "core.runs.cluster"


@cache
def graph() -> dict[str, set[str]]:
    """Per module of the app those of the app that it imports."""
    paths = [*ROOT.glob("*.py"), *(path for room in ("core", "explorer", "pages")
                                   for path in (ROOT / room).rglob("*.py"))]
    files = {name_of(path): path for path in paths}
    return {
        name: {
            found for text in imports(ast.parse(path.read_bytes()))
            if (found := longest(text, tuple(files))) not in {"", LAZILY, name}
        }
        for name, path in files.items()
    }


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def longest(name: str, of: tuple[str, ...]) -> str:
    """The one with the longest name that is this one or holds it; "" if none is."""
    return max((known for known in of if f"{name}.".startswith(f"{known}.")), key=len, default="")


def imports(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert not node.level, "imports are absolute"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        for child in node.orelse:
            yield from imports(child)
    else:
        for child in ast.iter_child_nodes(node):
            yield from imports(child)


def test_there_is_no_circle() -> None:
    circle: list[str] = []
    try:
        TopologicalSorter(graph()).prepare()
    except CycleError as error:
        circle = error.args[1]
    assert circle == []


def test_no_arrow_points_up() -> None:
    up = [f"{name} imports {found}" for name, found_ones in graph().items()
          for found in found_ones
          if ROOMS.index(longest(found, ROOMS)) > ROOMS.index(longest(name, ROOMS))]
    assert up == []


def test_the_graph_is_that_of_the_app() -> None:
    assert "core.runs" in graph()["explorer.server.service"]
    assert "core.runs.engine" in graph()["core.runs.fork"]
    assert len(graph()) > 90


@pytest.mark.parametrize("folder", ["core", "explorer", "pages", "benchmarks", "devtools", "docs"])
def test_nothing_is_taken_from_the_tests(folder: str) -> None:
    """What tests and benchmarks both need is in `devtools`."""
    paths = list((ROOT / folder).rglob("*.py"))
    assert paths
    taken = {f"{path.relative_to(ROOT)} imports {name}" for path in paths
             for name in imports(ast.parse(path.read_bytes())) if longest(name, ("tests",))}
    assert taken == set()
