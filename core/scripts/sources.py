"""A function with all that it needs of this package, as the text of one file.

What is exported is what is tested: definitions are copied from their files, those that others
need first, and the imports of libraries are collected at the top.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from core.lazy import LIBRARIES
from core.sources import LAZY, PACKAGE, module_path


class NotAloneError(ValueError):
    """A definition needs what cannot be taken out of the package; its text says what."""


@dataclass(frozen=True)
class Module:
    """What a file defines, and under which names it knows what it imports.

    Attributes:
        lines: Of its text.
        definitions: By name the statement that makes it.
        libraries: By name the line that imports it.
        siblings: By name the module of this package and the name that it has there.
    """

    lines: list[str]
    definitions: dict[str, ast.stmt]
    libraries: dict[str, str]
    siblings: dict[str, tuple[str, str]]

    def text(self, statement: ast.stmt) -> str:
        """A statement as it is written, with its decorators."""
        decorators = getattr(statement, "decorator_list", [])
        first = min(node.lineno for node in (statement, *decorators))
        return "\n".join(self.lines[first - 1 : statement.end_lineno])


class Alone:
    """Definitions that stand without the package, in an order in which they can be run.

    Attributes:
        imports: Lines, each once.
        blocks: The file that each definition is from, and its text.
    """

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self.blocks: list[tuple[str, str]] = []
        self._origin: dict[str, str] = {}

    def add(self, module: str, name: str) -> None:
        """A definition, after all that it needs.

        Raises:
            NotAloneError: There is no such name, two definitions have the same one, or one needs a
                whole module of this package.
        """
        if self._origin.get(name) == module:
            return
        read = read_module(module)
        if name in read.libraries:
            self.imports.add(read.libraries[name])
            return
        if name in read.siblings:
            there, known = read.siblings[name]
            if known != name:
                raise NotAloneError(f"{module} calls {there}.{known} {name!r}: one name, please")
            self.add(there, known)
            return
        if name not in read.definitions:
            raise NotAloneError(f"{module} has no {name!r} that stands alone")
        if name in self._origin:
            raise NotAloneError(f"{name!r} is defined in {self._origin[name]} and in {module}")
        self._origin[name] = module
        statement = read.definitions[name]
        for used in sorted(set(_used(statement))):
            if used in read.definitions or used in read.libraries or used in read.siblings:
                self.add(module, used)
        self._imports_for_readers(read, statement)
        if (block := (module, read.text(statement))) not in self.blocks:  # it may make many names
            self.blocks.append(block)

    def _imports_for_readers(self, read: Module, statement: ast.stmt) -> None:
        """The libraries' types in annotations, which nothing evaluates."""
        for node in _annotations(statement):
            for name in _names(node):
                if name in read.libraries:
                    self.imports.add(read.libraries[name])


@cache
def read_module(name: str) -> Module:
    """A module of this package, read and not run."""
    text = module_path(name).read_text("utf-8")
    found = Module(text.splitlines(), {}, {}, {})
    for statement in _statements(ast.parse(text)):
        if isinstance(statement, ast.Import | ast.ImportFrom):
            _read_import(found, statement)
        for target in _targets(statement):
            found.definitions[target] = statement
    return found


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Those of a file; what is for the type checker only counts, a `main` guard does not."""
    for statement in tree.body:
        if not isinstance(statement, ast.If):
            yield statement
        elif isinstance(statement.test, ast.Name):
            yield from statement.body


def _targets(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from _names(target)
    elif isinstance(statement, ast.AnnAssign):
        yield from _names(statement.target)


def _read_import(found: Module, statement: ast.Import | ast.ImportFrom) -> None:
    for alias in statement.names:
        name = alias.asname or alias.name
        renamed = f" as {alias.asname}" if alias.asname else ""
        if isinstance(statement, ast.Import):
            found.libraries[name.partition(".")[0]] = f"import {alias.name}{renamed}"
        elif statement.module == LAZY:
            library = LIBRARIES[alias.name]
            found.libraries[name] = (
                f"import {library}" if library == name else f"import {library} as {name}")
        elif (statement.module or "").partition(".")[0] == PACKAGE:
            found.siblings[name] = (statement.module or "", alias.name)
        elif statement.module != "__future__":
            found.libraries[name] = f"from {statement.module} import {alias.name}{renamed}"


def _used(node: ast.AST) -> Iterator[str]:
    """The names that a statement looks up when it runs: not those of annotations.

    Raises:
        NotAloneError: It imports from this package when it is called.
    """
    if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == PACKAGE:
        raise NotAloneError(f"line {node.lineno} imports {node.module} when it is called")
    if isinstance(node, ast.Name) and not hasattr(builtins, node.id):
        yield node.id
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _used(child)


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.walk(node):
        for field in ("annotation", "returns"):
            if (found := getattr(child, field, None)) is not None:
                yield found


def _names(node: ast.AST) -> Iterator[str]:
    return (child.id for child in ast.walk(node) if isinstance(child, ast.Name))

