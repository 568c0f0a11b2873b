"""A function with all that it needs of this package, as the text of one file.

What is exported is what is tested: definitions are copied from their files, those that others
need first, and the imports of libraries are collected at the top. What is called by its module's
name is called by its own; a net that is written forward only is copied without the engine that
trains many of them.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from core.lazy import LIBRARIES
from core.sources import LAZY, PACKAGE, module_path

INSTEAD = {"core.stacked.traced.Program": "core.scripts.program",
           "core.data.DATA": "core.scripts.data"}
"""Of what is too much for a script another definition of the same name, and where it is."""
RESERVED = frozenset({"settings", "seeds", "seed", "inf", "nan", "PAGE", "SPREAD", "found", "label",
                      "value"})
"""What the end of a script calls its own."""


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
        modules: Of those the ones that are modules themselves, and which.
    """

    lines: list[str]
    definitions: dict[str, ast.stmt]
    libraries: dict[str, str]
    siblings: dict[str, tuple[str, str]]
    modules: dict[str, str]


class Alone:
    """Definitions that stand without the package, in an order in which they can be run.

    Attributes:
        imports: Lines, each once.
    """

    def __init__(self) -> None:
        self.imports: set[str] = set()
        self._parts: list[tuple[str, ast.stmt]] = []
        self._known: dict[tuple[str, str], None] = {}  # a set that keeps its order
        self._for_types: list[tuple[str, str]] = []

    @property
    def blocks(self) -> list[tuple[str, str]]:
        """The file that each definition is from, and its text. Of several that have one name, the
        first keeps it.
        """
        called = self._names()
        return [(module, _text(module, statement, called)) for module, statement in self._parts]

    def _names(self) -> dict[tuple[str, str], str]:
        """What each definition is called: by its own name, where that means nothing else."""
        elsewhere: dict[tuple[str, str], set[str]] = {}
        for module, statement in self._parts:
            own = _bound(statement)
            for node, there in _mentions(read_module(module), module, statement):
                if ast.unparse(node) != there[1]:
                    elsewhere.setdefault(there, set()).update(own)
        found: dict[tuple[str, str], str] = {}
        taken = {*RESERVED, *map(_imported, self.imports)}
        for there in self._known:
            module, name = there
            unlike = f"of_{module.rpartition('.')[2]}"
            if name in taken or name in elsewhere.get(there, ()):
                name = f"{name}_{unlike.upper() if name.isupper() else unlike}"
            if name in taken:
                raise NotAloneError(f"{module} has a second {name!r}")
            taken.add(name)
            found[there] = name
        return found

    def add(self, module: str, name: str) -> None:
        """A definition, after all that it needs.

        Raises:
            NotAloneError: There is no such name, or what it needs is not to be had alone.
        """
        module, name = _home(module, name)
        if (module, name) in self._known:
            return
        read = read_module(module)
        if name in read.libraries:
            self.imports.add(read.libraries[name])
            return
        if name not in read.definitions:
            raise NotAloneError(f"{module} has no {name!r} that stands alone")
        self._known[module, name] = None
        statement = read.definitions[name]
        whole = {node.value.id for node in _attributes(read, statement)
                 if isinstance(node.value, ast.Name)}
        for _, there in _mentions(read, module, statement):
            if there != (module, name):
                self.add(*there)
        for used in sorted(set(_used(statement)) - whole):
            if used in read.libraries:
                self.imports.add(read.libraries[used])
            elif used in read.modules:
                raise NotAloneError(f"{module} needs all of {used!r}, which does not stand alone")
        self._for_readers(read, module, statement)
        if (module, statement) not in self._parts:  # it may make many names
            self._parts.append((module, statement))

    def _for_readers(self, read: Module, module: str, statement: ast.stmt) -> None:
        """The types in annotations, which nothing evaluates."""
        for node in _annotations(statement):
            for name in _names(node):
                if name in read.libraries:
                    self.imports.add(read.libraries[name])
                self._for_types.append(read.siblings.get(name, (module, name)))

    def name_types(self) -> None:
        """Adds what annotations call a type by, `Points = np.ndarray`."""
        for module, name in self._for_types:
            if isinstance(read_module(module).definitions.get(name), ast.Assign):
                self.add(module, name)


def _imported(line: str) -> str:
    """The name that an import makes."""
    return line.rpartition(" ")[2].partition(".")[0]


def _home(module: str, name: str) -> tuple[str, str]:
    """Where a name is defined that a module knows, or another definition that stands for it."""
    module = INSTEAD.get(f"{module}.{name}", module)
    read = read_module(module)
    if name in read.siblings and name not in read.modules:
        return _home(*read.siblings[name])
    return module, name


def _mentions(
    read: Module, module: str, statement: ast.stmt
) -> Iterator[tuple[ast.Name | ast.Attribute, tuple[str, str]]]:
    """Where a statement calls what this package defines, in the order of their names: not in
    annotations.
    """
    used = set(_used(statement))
    found: list[tuple[str, ast.Name | ast.Attribute, tuple[str, str]]] = []
    for node in _attributes(read, statement):
        assert isinstance(node.value, ast.Name)
        found.append((node.attr, node, _home(read.modules[node.value.id], node.attr)))
    for name in ast.walk(statement):
        if isinstance(name, ast.Name) and name.id in used and name.id not in read.modules and (
                name.id in read.definitions or name.id in read.siblings):
            found.append((name.id, name, _home(module, name.id)))
    for _, one, there in sorted(found, key=lambda f: f[0]):
        yield one, there


def _bound(statement: ast.stmt) -> set[str]:
    """Names that mean something of its own in a statement."""
    stored = {node.id for node in ast.walk(statement)
              if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored | {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}


def _text(module: str, statement: ast.stmt, called: dict[tuple[str, str], str]) -> str:
    """A statement as it is written, with its decorators; but what is called otherwise here is."""
    read = read_module(module)
    decorators = getattr(statement, "decorator_list", [])
    first = min(node.lineno for node in (statement, *decorators))
    lines = [line.encode() for line in read.lines[first - 1 : statement.end_lineno]]
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        name = called[module, statement.name]
        row = statement.lineno - first
        lines[row] = lines[row].replace(f" {statement.name}".encode(), f" {name}".encode(), 1)
    found = {(node.lineno, node.col_offset): (node, called[there])
             for node, there in _mentions(read, module, statement) if there in called}
    for place in sorted(found, reverse=True):
        node, name = found[place]
        if (written := ast.unparse(node)) == name:
            continue
        if isinstance(node, ast.Name) and node.id in _arguments(statement):
            raise NotAloneError(f"{module}, line {node.lineno}: {node.id!r} is an argument too")
        row, begin = node.lineno - first, node.col_offset
        line = lines[row]
        assert line[begin:].startswith(written.encode()), "a name over two lines"
        lines[row] = line[:begin] + name.encode() + line[begin + len(written.encode()) :]
    return b"\n".join(lines).decode()


def _arguments(statement: ast.stmt) -> set[str]:
    return {node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)}


@cache
def read_module(name: str) -> Module:
    """A module of this package, read and not run."""
    text = module_path(name).read_text("utf-8")
    found = Module(text.splitlines(), {}, {}, {}, {})
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
            if module_path(whole := f"{statement.module}.{alias.name}").exists():
                found.modules[name] = whole
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


def _attributes(read: Module, statement: ast.stmt) -> Iterator[ast.Attribute]:
    """Where it says `module.name` of a module of this package; annotations too."""
    for node in ast.walk(statement):
        if (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
                and node.value.id in read.modules):
            yield node


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.walk(node):
        for field in ("annotation", "returns"):
            if (found := getattr(child, field, None)) is not None:
                yield found


def _names(node: ast.AST) -> Iterator[str]:
    return (child.id for child in ast.walk(node) if isinstance(child, ast.Name))

