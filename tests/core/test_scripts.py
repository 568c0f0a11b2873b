"""Scripts that are taken away: what is copied stands alone, and a wrong number is said."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core.__main__ import main
from core.concepts import find
from core.config import Change, with_changes
from core.script import Script
from core.scripts import has_script, missing, outcome, script_of, spread
from core.scripts.beside import beside
from core.scripts.sources import Alone, NotAloneError, read_module

SURFACE, GROWING = find("optimizers.surface"), find("ensembles.growing")


def run(path: Path) -> subprocess.CompletedProcess[str]:
    """In an interpreter that does not find the package."""
    return subprocess.run([sys.executable, "-I", path.name], cwd=path.parent, text=True,
                          capture_output=True, check=False, timeout=120)


def test_it_is_the_same_run_without_the_package(tmp_path: Path) -> None:
    """Not to the last digit: the stack rounds in another order. The page's numbers are in the file,
    and one that is wrong ends it with status 1.
    """
    path = tmp_path / "run.py"
    arguments = ["--set", "optimizers=sgd,adam,lion", "--set", "n_seeds=2", "--set", "n_steps=20"]
    assert main(["run", "optimizers.surface", *arguments, "--out", str(path)]) == 0
    text = path.read_text("utf-8")
    assert "from core" not in text
    assert "n_steps=20,  # Steps" in text
    settings = text.split("settings = dict(\n")[1].split("\n)\nseeds =")[0].splitlines()
    assert all(re.fullmatch(r"    \w+=.+,  # \S.*", line) for line in settings)
    head = text.split('"""')[1]
    assert re.search(r"seeds 0 to 1\.\n[^$]*Made with Python 3\S+, .*torch \d\S+; one thread", head)
    assert "torch.set_num_threads(1)" in text
    for block in ("Settings", "From core/", "The page's", "Trained here"):
        assert f"# %% {block}" in text
    done = run(path)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == ["sgd", "adam", "lion"]
    for row in rows:
        assert float(row[2]) == pytest.approx(float(row[4]), rel=1e-5)
    path.write_text(text.replace("learning_rate=0.01,", "learning_rate=0.01 / 3,").replace(
        "rates='tuned'", "rates='shared'"), "utf-8")
    done = run(path)
    assert done.returncode == 1
    assert "FURTHER APART" in done.stdout


@pytest.mark.parametrize(("experiment", "changes", "why"), [
    ("optimizers.step", {}, "there is no script for this lab yet"),
    ("optimizers.surface", {"changes": (Change(5, "learning_rate", 0.1),), "rates": "shared"},
     "does not know changes"),
    ("ensembles.growing", {"data": "own-100-2-2-0123456789abcdef", "n_samples": 50},
     "own data"),
])
def test_what_has_no_script_says_why(
    experiment: str, changes: dict[str, object], why: str
) -> None:
    lab = find(experiment)
    assert why in missing(lab, with_changes(lab.config(), **changes))


def test_a_setting_that_it_does_not_take_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from core import scripts

    def few(seed: int) -> dict[str, float]:
        return {}

    monkeypatch.setattr(scripts, "script_for", lambda experiment: Script(few, "loss", "loss"))
    for changes, says in {("n_steps", 20): "Steps is 20: the script knows it only as it is by "
                                           "default, 300",
                          ("rates", "shared"): "Rates is One for all",
                          ("optimizers", ("sgd", "adam")): "Optimizers is SGD, Adam: the",
                          ("bias_correction", False): "Bias correction is off: the"}.items():
        assert missing(SURFACE, SURFACE.config(**dict([changes]))).startswith(says)


def test_of_a_run_that_was_stopped_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = SURFACE.run(**SURFACE.small.model_dump(exclude_defaults=True))
    with pytest.raises(ValueError, match="has not come to its end"):
        script_of(data.isel(step=slice(3)))
    assert main(["run", "optimizers.step", "--out", str(tmp_path / "run.py")]) == 2
    assert "there is no script for this lab yet" in capsys.readouterr().err


def test_which_labs_have_one_is_known_without_torch() -> None:
    code = ("import sys; from core.concepts import find; from core.scripts import has_script; "
            "print(has_script(find('optimizers.network')), has_script(find('optimizers.step')), "
            "has_script(find('losses.numbers')) in (True, False), 'torch' in sys.modules)")
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == [
        "True", "False", "True", "False"]


def test_the_numbers_are_the_last_ones_and_so_is_their_spread() -> None:
    script = Script(lambda seed: {}, "test_error", "test error")
    data = GROWING.run(**GROWING.small.model_dump(exclude_defaults=True))
    found = outcome(data, script)
    assert found.keys() == set(data["ensemble"].values)
    for label, apart in spread(data, script).items():
        numbers = data["test_error"].sel(ensemble=label).transpose("step", "seed").values
        assert found[label] == numbers[-1].astype(float).tolist()
        assert apart >= np.ptp(numbers[-1]) - 1e-6


@pytest.mark.parametrize(("page", "script", "n_apart"), [
    ([1.0, 2.0], [1.5, 1.9], 0),
    ([1.0, 2.0], [3.0, 3.1], 1),
    ([float("nan")] * 2, [float("inf")] * 2, 0),
    ([float("nan")] * 2, [1.0, 1.0], 1),
    ([1.0, 2.0], [float("nan")] * 2, 1),
])
def test_beside(page: list[float], script: list[float], n_apart: int) -> None:
    assert beside({"a": page}, {"a": script}, {"a": 1.0}) == n_apart


def test_what_a_definition_needs_comes_before_it() -> None:
    alone = Alone()
    alone.add("core.concepts.ensembles.ties", "wrong")
    assert [text.split("(")[0].split(" =")[0] for _, text in alone.blocks] == [
        "ROUNDING", "def shared", "def wrong"]
    assert alone.imports == {"import numpy as np"}


def test_a_line_that_makes_several_names_is_copied_once() -> None:
    alone = Alone()
    alone.add("core.concepts.meta_learning.sinusoids", "ENDS")
    alone.add("core.concepts.meta_learning.sinusoids", "PHASES")
    assert [text.split(" =")[0] for _, text in alone.blocks] == ["AMPLITUDES, PHASES, ENDS"]


def test_the_lazy_libraries_are_imported_by_their_names() -> None:
    module = read_module("core.concepts.ensembles.methods")
    assert module.libraries["trees"] == "import sklearn.tree as trees"
    assert read_module("core.concepts.optimizers.surface").libraries["torch"] == "import torch"


@pytest.mark.parametrize(("module", "name", "why"), [
    ("core.checking", "history", r"imports core\.lazy when it is called"),
    ("core.concepts.ensembles.ties", "nothing", "has no 'nothing'"),
])
def test_what_does_not_stand_alone_says_why(module: str, name: str, why: str) -> None:
    with pytest.raises(NotAloneError, match=why):
        Alone().add(module, name)


def test_what_is_called_alike_is_told_apart() -> None:
    """The second of a name gets another, wherever it is called, also by its module's name."""
    alone = Alone()
    alone.add("core.concepts.optimizers.surface", "steps")
    alone.add("core.concepts.optimizers.network", "steps")
    first = [text.split("(")[0] for _, text in alone.blocks]
    assert [line for line in first if line.startswith("def steps")] == [
        "def steps", "def steps_of_network"]


def test_what_is_called_by_its_modules_name_is_called_by_its_own() -> None:
    """But where that means something else in the same definition."""
    alone = Alone()
    alone.add("core.concepts.self_supervised.methods", "_attract")
    text = {text.split("(")[0]: text for _, text in alone.blocks}["def _attract"]
    assert "apart(*embedding(p, features(p, x), True).chunk(2, 1))" in text
    alone = Alone()
    alone.add("core.concepts.ensembles.growing", "Growth")
    assert any("wrong_of_ties(" in text for _, text in alone.blocks)


def test_every_script_of_a_concept_is_of_a_lab_that_is_there() -> None:
    from importlib import import_module

    from core.concepts import concepts

    for slug, labs in concepts().items():
        if any(map(has_script, labs)):
            known = {lab.name.partition(".")[2]: lab for lab in labs}
            for name, script in import_module(f"core.concepts.{slug}.script").SCRIPTS.items():
                config = known[name].config
                assert {*script.settings, *script.ignored} <= config.model_fields.keys()
                assert script.array in known[name].dims
