"""What holds the parts together: who may import whom, what every concept must have, and that
what is drawn is valid, named and told apart.

Adding a concept is done when these tests pass.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Literal, get_args, get_origin

import pytest

import pages
from core.concepts import concepts
from core.config import Config, settings_of
from core.experiment import Experiment
from core.stacked.rules import RULES
from explorer.catalog import CATALOG, Concept
from explorer.lesson import SECTIONS, sections

ROOT = Path(__file__).parents[2]
EXPERIMENTS = [e for labs in concepts().values() for e in labs]
every_concept = pytest.mark.parametrize("concept", CATALOG, ids=lambda c: c.slug)
every_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.name)


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def tracked() -> list[str]:
    """Files under version control, and new ones that could be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, text=True, capture_output=True, check=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


# --- who may import whom ---------------------------------------------------------------


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Every import of a file, also inside functions: module and name ("" for the module)."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from ((node.module or "", alias.name) for alias in node.names)


OURS = {"core", "explorer", "pages", "tests", "benchmarks", "devtools", "streamlit_app"}
FORBIDDEN = {
    "core": {"streamlit", "plotly", "explorer", "pages", "tests", "benchmarks", "devtools"},
    "explorer": {"pages", "tests", "benchmarks", "devtools", "torch", "sklearn", "plotly"},
    "pages": {"tests", "benchmarks", "devtools", "torch", "sklearn", "plotly", "streamlit"},
}


@pytest.mark.parametrize("path", [p for folder in FORBIDDEN for p in sources(folder)],
                         ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    """pages -> explorer -> core, and core knows neither of them nor what they draw with. Between
    folders, names with a leading underscore stay where they are.
    """
    folder = path.relative_to(ROOT).parts[0]
    for module, name in imports(path):
        top = module.partition(".")[0]
        assert top not in FORBIDDEN[folder], f"{folder} imports {module}"
        if folder == top == "pages":
            page = path.relative_to(ROOT).with_suffix("").parts[1]
            assert module.split(".")[1] == page, f"one page imports another: {module}"
        if top in OURS - {folder}:
            parts = [*module.split("."), name]
            assert not any(part.startswith("_") for part in parts), f"private: {module} {name}"


@pytest.mark.parametrize("folder", ["explorer", "pages"])
def test_no_private_name_of_core_is_used(folder: str) -> None:
    """Neither imported nor reached through a module: `surface._news` is core's own affair."""
    for path in sources(folder):
        tree = ast.parse(path.read_text("utf-8"))
        from_core = {
            (alias.asname or alias.name).partition(".")[0]
            for node in ast.walk(tree) if isinstance(node, ast.ImportFrom | ast.Import)
            for alias in node.names
            if getattr(node, "module", alias.name).partition(".")[0] in {"core", "explorer"}
        }
        private = [
            f"{node.value.id}.{node.attr}" for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            and node.value.id in from_core and node.attr.startswith("_")
        ]
        assert private == [], path


# Streamlit imports the package plotly by itself; its figures are the slow part.
HEAVY = ("torch", "sklearn", "xarray", "scipy", "pandas", "plotly.graph_objs._figure")


def loaded(statement: str, cwd: Path = ROOT) -> set[str]:
    """Which heavy packages are imported after a statement, in a fresh interpreter."""
    code = f"{statement}\nimport sys\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=cwd, text=True, capture_output=True,
                          check=True)
    return set(done.stdout.split())


@cache
def of_streamlit() -> set[str]:
    """Those that Streamlit loads by itself."""
    return loaded("import streamlit, streamlit.components.v2")


def test_describing_experiments_loads_nothing_heavy() -> None:
    """The app's process lists experiments, presets and claims: torch, which that would load,
    costs a second at the start and 200 MB for ever.
    """
    assert loaded("from core.concepts import concepts; assert concepts()") == set()


def test_pages_load_nothing_heavy() -> None:
    """The same for everything that pages import: nothing that Streamlit alone does not load."""
    modules = {
        module for folder in ("pages", "explorer") for path in sources(folder)
        for module, _ in imports(path)
        if module.partition(".")[0] in {"core", "explorer", "pages"}
    }
    assert not of_streamlit() & {"torch", "plotly.graph_objs._figure"}
    assert len(modules) > 5
    assert loaded("import " + ", ".join(sorted(modules))) <= of_streamlit()


VISITS = f"""
import os, sys
from explorer.catalog import CATALOG
from explorer.server import service
from tests.support.scripted import Script
from tests.support.visits import page_of

for slug in sys.argv[1:]:
    if pid := os.fork():
        assert os.waitpid(pid, 0)[1] == 0, slug
        continue
    if slug != sys.argv[1]:
        service.choose_engine = lambda limits: Script()
    page = page_of(slug).run()
    assert not page.exception and page.get("bidi_component")
    service.runs().close()
    concepts = {{f"{{part}}.{{c.slug}}" for part in ("core.concepts", "pages") for c in CATALOG}}
    print(slug, *sorted(sys.modules.keys() & (concepts | {{*{HEAVY!r}}})), flush=True)
    os._exit(0)
"""
"""Pages, each run in a process of its own, which forks from one that has what all need. How a run's
child is started is the same for all: the first alone starts one.
"""


@pytest.fixture(scope="module")
def met(request: pytest.FixtureRequest) -> dict[str, set[str]]:
    """Which heavy packages and which concepts each page that is asked for has loaded when it has
    run.
    """
    asked = [item.callspec.params["slug"] for item in request.session.items
             if isinstance(item, pytest.Function) and "met" in item.fixturenames]
    done = subprocess.run([sys.executable, "-c", VISITS, *asked], cwd=ROOT, text=True, check=True,
                          stdout=subprocess.PIPE)
    return {slug: set(found) for slug, *found in map(str.split, done.stdout.splitlines())}


@pytest.mark.parametrize("slug", [c.slug for c in CATALOG])
def test_a_page_that_runs_loads_nothing_heavy(met: dict[str, set[str]], slug: str) -> None:
    """Nor does what it calls: Streamlit loads pandas as soon as it may have to look for a data
    frame, which the first visitor would wait for, as for the concepts of all pages.
    """
    assert met[slug] <= {f"core.concepts.{slug}", f"pages.{slug}", *of_streamlit()}


# --- what every concept has ------------------------------------------------------------


@every_concept
def test_a_concept_is_complete(concept: Concept) -> None:
    """Module (or package), page, lesson with its sections, tests of page and module, a row in
    the README; and what the catalogue says about it.
    """
    slug = concept.slug
    assert slug in concepts()
    assert (ROOT / f"core/concepts/{slug}/__init__.py").is_file()
    assert find_spec(f"pages.{slug}")
    assert tuple(sections(slug)) == SECTIONS
    assert all(sections(slug).values())
    assert list((ROOT / f"tests/concepts/{slug}").glob("test_*.py"))
    rows = [line for line in (ROOT / "README.md").read_text("utf-8").splitlines()
            if line.startswith("|") and f"`/{slug}`" in line]
    assert len(rows) == 1
    assert concept.question.endswith("?")
    assert concept.icon.startswith(":material/")
    assert "](https://" in concept.paper


def test_catalogue_and_core_agree() -> None:
    """No concept without a page, no page without a concept, no lesson left behind."""
    slugs = [concept.slug for concept in CATALOG]
    assert len(set(slugs)) == len(slugs)
    assert set(slugs) == set(concepts())
    assert {module.name for module in iter_modules(pages.__path__)} == set(slugs)
    assert {p.stem for p in (ROOT / "explorer/lessons/en").glob("*.md")} == set(slugs)


@every_concept
def test_lessons_name_files_and_presets_that_exist(concept: Concept) -> None:
    """A path in a lesson is a file, a command runs an experiment that there is."""
    text = "\n".join(sections(concept.slug).values())
    for path in re.findall(r"`((?:core|explorer|pages|tests)/[\w/.]+)`", text):
        assert (ROOT / path).exists(), path
    presets = {preset.name for e in concepts()[concept.slug] for preset in e.presets}
    for name in re.findall(r"open \*\*(.+?)\*\*", text):
        assert name in presets, name
    for name in re.findall(r"python -m core (?:run|claims) (\w+)", text):
        assert name in concepts(), name


@every_concept
def test_a_lesson_lists_every_rule(concept: Concept) -> None:
    """Where all optimizers are explained, none is missing from the table of equations."""
    if concept.slug != "optimizers":
        return
    table = sections(concept.slug)["The equations"]
    for rule in RULES.values():
        assert f"| {rule.label} |" in table
        assert rule.paper in table


# --- configurations --------------------------------------------------------------------

FIELDS = [(e, name) for e in EXPERIMENTS for name in settings_of(e.config)]
every_field = pytest.mark.parametrize(
    ("experiment", "name"), FIELDS, ids=[f"{e.name}: {name}" for e, name in FIELDS]
)


@every_field
def test_fields_are_described_and_bounded(experiment: Experiment, name: str) -> None:
    """One line of description without a full stop at its end; both bounds for every number, the
    default between them.
    """
    info = settings_of(experiment.config)[name]
    assert info.description
    assert "\n" not in info.description
    assert info.description[0].isupper()
    assert not info.description.endswith(".")
    kinds = {info.annotation, *get_args(info.annotation)}
    if kinds & {int, float}:
        low = [m.ge for m in info.metadata if hasattr(m, "ge")]
        high = [m.le for m in info.metadata if hasattr(m, "le")]
        assert len(low) == len(high) == 1
        assert low[0] < high[0]
        assert info.default is None or low[0] <= info.default <= high[0]
    else:
        assert info.annotation is bool or get_origin(info.annotation) in (Literal, tuple)


@every_experiment
def test_configurations_are_immutable_and_hashable(experiment: Experiment) -> None:
    """Runs are shared and cached by configuration."""
    config = experiment.config()
    assert isinstance(config, Config)
    assert hash(config) == hash(experiment.config())
    with pytest.raises(ValueError, match="frozen"):
        config.seed = 1
    assert experiment.config.model_validate_json(config.model_dump_json()) == config


# --- files -----------------------------------------------------------------------------


def test_no_path_of_a_machine() -> None:
    """Nothing in the repository points into somebody's home or a temporary folder."""
    pattern = re.compile(
        r"/(?:home|Users|root)/[\w.]|[A-Z]:\\\\?Users|(?<![\w.<])/(?:private/)?(?:var/)?tmp/[\w.]"
    )
    found = []
    for name in tracked():
        try:
            text = (ROOT / name).read_text("utf-8")
        except UnicodeDecodeError:
            continue
        if name != "tests/contract/test_structure.py":
            found += [f"{name}: {line.strip()}" for line in text.splitlines()
                      if pattern.search(line)]
    assert found == []


def test_no_skips_and_no_empty_tests() -> None:
    """A test that is skipped everywhere, or asserts nothing, holds nothing."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                body = [n for n in node.body if not isinstance(n, ast.Expr)
                        or not isinstance(n.value, ast.Constant)]
                assert body, f"{path.name}: {node.name} is empty"
                assert not all(isinstance(n, ast.Pass) for n in body)
