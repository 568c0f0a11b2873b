"""The command line: what it writes can be read back, what it refuses it explains.

Most tests call `main` in this process; a few go through `python -m core`, as people do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args, get_origin

import numpy as np
import pandas as pd
import pytest
import xarray
from pydantic import ValidationError

from core import __main__ as cli
from core import study
from core.checking import Verdict, history, trained
from core.cli import chosen, claims
from core.concepts import concepts, find
from core.config import settings_of, with_changes
from core.experiment import Claim, Experiment
from core.files import open_history
from core.frames import decode_frame, encode_frame
from tests.support.histories import same_to_the_bit

ROOT = Path(__file__).parents[2]
SURFACE = find("optimizers.surface")
SMALL = ("--set", "n_steps=12", "--set", "optimizers=sgd,adam", "--set", "n_seeds=3",
         "--set", "map=off")
ALL_LABS = [e for labs in concepts().values() for e in labs]


def python_m_core(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "core", *arguments], cwd=ROOT, text=True,
                          capture_output=True, timeout=300, check=False)


def expected() -> xarray.Dataset:
    """What SMALL should give, trained here."""
    config = SURFACE.config(n_steps=12, optimizers=("sgd", "adam"), n_seeds=3, map="off")
    return history(SURFACE, config, list(SURFACE.train(config)))


def test_any_encoding_of_a_terminal_will_do() -> None:
    """Windows writes into a file in a code page that has no λ."""
    for encoding in ("cp1252", "ascii"):
        done = subprocess.run([sys.executable, "-m", "core", "list", "bias_variance"], cwd=ROOT,
                              timeout=300, capture_output=True,
                              env=os.environ | {"PYTHONIOENCODING": encoding})
        assert done.returncode == 0
        assert b"\\u03bb" in done.stdout


# --- list ------------------------------------------------------------------------------


def test_list_is_a_line_per_lab(capsys: pytest.CaptureFixture[str]) -> None:
    """And one that says how to see more."""
    assert cli.main(["list"]) == 0
    *lines, more = capsys.readouterr().out.splitlines()
    assert lines == [f"{experiment.name}: {experiment.title}" for experiment in ALL_LABS]
    assert "list NAME" in more


@pytest.mark.parametrize("experiment", ALL_LABS, ids=lambda e: e.name)
def test_list_tells_all_of_a_lab(
    experiment: Experiment, capsys: pytest.CaptureFixture[str]
) -> None:
    """Settings with default, description and what is allowed, presets with their question, claims
    with what the study saw; nothing is left as Python wrote it.
    """
    assert cli.main(["list", experiment.name]) == 0
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == f"{experiment.name}: {experiment.title}"
    settings, presets, claims = (lines.index(f"  {what}")
                                 for what in ("settings", "presets", "claims"))
    rows = lines[settings + 1:presets]
    for row, (name, info) in zip(rows, experiment.config.model_fields.items(), strict=True):
        assert row.startswith(f"    {name} = ")
        assert f"  {info.description} (" in row
        assert row.endswith(")")
        assert "None" not in row
    assert lines[presets + 1:claims] == [f"    {p.name}: {p.question}" for p in experiment.presets]
    for row, claim in zip(lines[claims + 1:], experiment.claims, strict=True):
        count = study.count_of(experiment, claim)
        assert count is not None
        said = study.in_words(claim, count)
        assert row == f"    {claim.name}: {claim.sentence} (study: {said})"


def test_list_of_a_concept_has_its_labs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["list", "dqn"]) == 0
    titles = [line for line in capsys.readouterr().out.splitlines() if line[0] != " "]
    assert titles == [f"{e.name}: {e.title}" for e in concepts()["dqn"]]


def test_list_as_a_process() -> None:
    done = python_m_core("list", "optimizers.surface")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "learning_rate = 0.01  " in done.stdout
    assert "(a number from 0.0001 to 3; may change in a run)" in done.stdout
    assert "start_x = none  " in done.stdout


# --- run -------------------------------------------------------------------------------


def test_run_prints_the_last_values(capsys: pytest.CaptureFixture[str]) -> None:
    """A row per optimizer: the mean over seeds of what has one number per optimizer."""
    assert cli.main(["run", "optimizers", *SMALL]) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()[2:]}
    mean = expected()["loss"].isel(step=-1).mean("seed")
    assert set(rows) == {"sgd", "adam"}
    for name, row in rows.items():
        assert float(row.split()[1]) == pytest.approx(mean.sel(optimizer=name).item(), rel=1e-5)


def test_run_says_what_happened(capsys: pytest.CaptureFixture[str]) -> None:
    """Notes go to stderr, so that stdout can be piped."""
    arguments = ["run", "optimizers", "--set", "optimizers=sgd", "--set", "map=off",
                 "--set", "rates=shared", "--set", "learning_rate=1"]
    assert cli.main(arguments) == 0
    said = capsys.readouterr()
    assert "SGD diverged at step" in said.err
    assert "diverged" not in said.out


def test_csv_reads_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row per step, optimizer and seed, a column per array with these dimensions."""
    path = tmp_path / "history.csv"
    assert cli.main(["run", "optimizers", *SMALL, "--out", str(path)]) == 0
    said = capsys.readouterr().err
    assert f"13 frames written to {path}" in said
    assert "It has the arrays of (step, optimizer, seed). Not in it: " in said
    assert "position (step, optimizer, seed, xy)" in said
    assert "A .json or .nc file has all arrays." in said
    index = ["step", "optimizer", "seed"]
    table = pd.read_csv(path).set_index(index)
    assert len(table) == 13 * 2 * 3
    assert {"loss", "arrival", "lost"} <= set(table)
    data = table.to_xarray()
    for name in ("loss", "arrival", "lost"):
        wanted = expected()[name].sel(optimizer=data["optimizer"])
        assert data[name].dims == wanted.dims
        assert np.allclose(data[name], wanted, rtol=1e-6, equal_nan=True)


def test_json_reads_back(tmp_path: Path) -> None:
    """Strict JSON (NaN would be none): everything, with null for what is missing."""
    path = tmp_path / "history.json"
    assert cli.main(["run", "optimizers", *SMALL, "--out", str(path)]) == 0

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    read = json.loads(path.read_text(), parse_constant=refuse)
    wanted = expected()
    assert set(read["data_vars"]) == set(wanted)
    for name in wanted:
        spec = read["data_vars"][name]
        assert tuple(spec["dims"]) == wanted[name].dims
        values = np.array(spec["data"], dtype=float)  # null becomes NaN
        assert np.array_equal(values, wanted[name].values.astype(float), equal_nan=True)
    assert read["coords"]["optimizer"]["data"] == ["sgd", "adam"]
    assert SURFACE.config.model_validate_json(read["attrs"]["config"]).n_steps == 12


def test_netcdf_reads_back(tmp_path: Path) -> None:
    """The same data set, labels and configuration included; notes one per line."""
    path = tmp_path / "history.nc"
    arguments = [*SMALL, "--set", "rates=shared", "--set", "learning_rate=3"]
    assert cli.main(["run", "optimizers", *arguments, "--out", str(path)]) == 0
    config = SURFACE.config(n_steps=12, optimizers=("sgd", "adam"), n_seeds=3, map="off",
                            rates="shared", learning_rate=3)
    wanted = history(SURFACE, config, list(SURFACE.train(config)))
    with xarray.open_dataset(path, engine="scipy") as read:
        xarray.testing.assert_equal(read.load(), wanted)
        assert read.attrs["config"] == config.model_dump_json()
        assert read.attrs["notes"].splitlines() == wanted.attrs["notes"] != []


@pytest.mark.parametrize("name", ["history.csv", "history", "history.nc.gz"])
def test_what_is_no_history_is_not_opened(name: str) -> None:
    with pytest.raises(ValueError, match=rf"'{name}' is not allowed. Allowed: .*\.json, \.nc"):
        open_history(name)


def test_run_as_a_process_equals_a_run_here(tmp_path: Path) -> None:
    """In a fresh interpreter, to the last bit."""
    path = tmp_path / "history.nc"
    done = python_m_core("run", "optimizers.surface", *SMALL, "--out", str(path))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    with xarray.open_dataset(path, engine="scipy") as read:
        xarray.testing.assert_equal(read.load(), expected())


# --- configurations --------------------------------------------------------------------


def test_preset_then_set() -> None:
    """`--set` changes what the preset opened; the rest stays the preset's."""
    preset = next(p for p in SURFACE.presets if p.name == "Momentum overshoots")
    config = cli.configuration(SURFACE, ["n_steps=20", "momentum=0.5"], preset.name)
    assert config == with_changes(preset.config, n_steps=20, momentum=0.5)


@pytest.mark.parametrize("experiment", ALL_LABS, ids=lambda e: e.name)
def test_every_preset_opens(experiment: Experiment) -> None:
    for preset in experiment.presets:
        assert cli.configuration(experiment, [], preset.name) == preset.config


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [("optimizers=sgd,lion", "optimizers", ("sgd", "lion")), ("start_x=", "start_x", None),
     ("start_x=none", "start_x", None), ("start_x=-1.5", "start_x", -1.5),
     ("bias_correction=false", "bias_correction", False), ("n_steps=20", "n_steps", 20),
     ("rates=shared", "rates", "shared"), ("learning_rate=1e-3", "learning_rate", 0.001)],
)
def test_text_becomes_values(change: str, field: str, value: Any) -> None:
    assert getattr(cli.configuration(SURFACE, [change]), field) == value


# --- what is refused -------------------------------------------------------------------

REFUSED = {
    "unknown field": (["run", "optimizers", "--set", "colour=red"],
                      ["colour", "no such setting", "n_steps", "learning_rate"]),
    "no equals sign": (["run", "optimizers", "--set", "n_steps"],
                       ["--set", "'n_steps'", "FIELD=VALUE"]),
    "not a number": (["run", "optimizers", "--set", "n_steps=many"],
                     ["n_steps", "'many'", "a whole number from 10 to 2000"]),
    "half a step": (["run", "optimizers", "--set", "n_steps=20.5"],
                    ["n_steps", "'20.5'", "a whole number from 10 to 2000"]),
    "out of range": (["run", "optimizers", "--set", "learning_rate=99"],
                     ["learning_rate", "'99'", "from 0.0001 to 3"]),
    "nan": (["run", "optimizers", "--set", "momentum=nan"],
            ["momentum", "nan", "from 0 to 0.99"]),
    "unknown choice": (["run", "optimizers", "--set", "surface=moon"],
                       ["surface", "'moon'", "quadratic, rosenbrock"]),
    "unknown member": (["run", "optimizers", "--set", "optimizers=sgd,gauss"],
                       ["optimizers", "'gauss'", "sgd, momentum"]),
    "no member": (["run", "optimizers", "--set", "optimizers="],
                  ["optimizers", "()", "at least one of"]),
    "optional, no number": (["run", "optimizers", "--set", "start_x=left"],
                            ["start_x", "'left'", "from -10 to 10"]),
    "optional, out of range": (["run", "optimizers", "--set", "start_x=99"],
                               ["start_x", "'99'", "from -10 to 10"]),
    "off the surface": (["run", "optimizers", "--set", "surface=beale", "--set", "start_x=-3"],
                        ["start_x", "-3", "'beale'", "from -1 to 4.5"]),
    "unknown experiment": (["run", "perpetuum"], ["'perpetuum'", "optimizers.surface"]),
    "unknown preset": (["run", "optimizers", "--preset", "Moonwalk"],
                       ["--preset", "'Moonwalk'", "'Momentum overshoots'"]),
    "bad ending": (["run", "optimizers", "--out", "history.xlsx"],
                   ["--out", "'history.xlsx'", ".csv, .json, .nc"]),
    "no ending": (["run", "optimizers", "--out", "history"], ["--out", ".csv, .json, .nc"]),
    "no such folder": (["run", "optimizers", *SMALL, "--out", "no/such/folder/history.csv"],
                       ["--out", "no/such/folder"]),
    "list of nobody": (["list", "perpetuum"], ["'perpetuum'", "optimizers.surface"]),
    "claims of nobody": (["claims", "perpetuum"], ["'perpetuum'", "optimizers.surface"]),
    "no seeds": (["claims", "optimizers", "--seeds", "0"],
                 ["--seeds", "'0'", "a whole number from 1 to 16"]),
    "too many seeds": (["claims", "optimizers", "--seeds", "17"],
                       ["--seeds", "'17'", "a whole number from 1 to 16"]),
    "seeds that are none": (["claims", "optimizers", "--seeds", "few"],
                            ["--seeds", "'few'", "a whole number from 1 to 16"]),
    "superscript seeds": (["claims", "optimizers", "--seeds", "²"],
                          ["--seeds", "²", "a whole number from 1 to 16"]),
    "negative first seed": (["claims", "optimizers", "--first-seed=-1"],
                            ["--first-seed", "'-1'", "a whole number from 0 to 9984"]),
}


def outcome(arguments: list[str]) -> int:
    """The exit status, whether the parser or the command gave it."""
    try:
        return cli.main(arguments)
    except SystemExit as leaving:
        return int(leaving.code or 0)


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_explained(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, nothing on stdout, no traceback, and a sentence that names the field, the
    value that was given and what is allowed.
    """
    arguments, words = REFUSED[case]
    assert outcome(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err


def needs_one(experiment: Experiment, field: str) -> bool:
    """Whether the field is a list that must not be empty."""
    if get_origin(settings_of(experiment.config)[field].annotation) is not tuple:
        return False
    try:
        experiment.config.model_validate({field: ()})
    except ValidationError:
        return True
    return False


LISTS = [(e, name) for e in ALL_LABS for name in settings_of(e.config) if needs_one(e, name)]


@pytest.mark.parametrize(
    ("experiment", "field"), LISTS, ids=[f"{e.name}: {name}" for e, name in LISTS]
)
def test_what_is_said_to_be_allowed_is_allowed(
    experiment: Experiment, field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With nothing in a list, the sentence tells what this lab has for it, and nothing else."""
    assert outcome(["run", experiment.name, "--set", f"{field}="]) == 2
    listed = capsys.readouterr().err.partition("at least one of ")[2].strip(" .\n").split(", ")
    names = get_args(get_args(settings_of(experiment.config)[field].annotation)[0])
    assert sorted(listed) == sorted(names)


def test_all_problems_are_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(["run", "optimizers", "--set", "n_steps=1", "--set", "momentum=2"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["n_steps", "momentum"]


@pytest.mark.parametrize("case", ["out of range", "unknown experiment", "bad ending", "no seeds"])
def test_what_is_refused_as_a_process(case: str) -> None:
    arguments, words = REFUSED[case]
    done = python_m_core(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert all(word in done.stderr for word in words)


def test_nothing_is_trained_for_a_file_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Minutes of training must not be lost to a folder that was missing from the start."""
    trained: list[Any] = []
    spy = replace(SURFACE, train=lambda config: trained.append(config) or SURFACE.train(config))
    monkeypatch.setattr(chosen, "find", lambda name: spy)
    out = str(tmp_path / "missing" / "history.csv")
    assert outcome(["run", "optimizers", *SMALL, "--out", out]) == 2
    assert trained == []


# --- claims ----------------------------------------------------------------------------


def with_claims(monkeypatch: pytest.MonkeyPatch, *answers: bool) -> Experiment:
    """The surface lab with claims of known outcomes instead of its own."""
    config = SURFACE.config(n_steps=10, optimizers=("sgd",), map="off")
    claims = tuple(
        replace(SURFACE.claims[0], name=f"claim{i}", sentence=f"Sentence {i}.", configs=(config,),
                holds=lambda h, answer=answer: [answer] * h.sizes["seed"], share=1.0)
        for i, answer in enumerate(answers)
    )
    lab = replace(SURFACE, claims=claims)
    monkeypatch.setattr(chosen, "concepts", lambda: {"optimizers": (lab,)})
    return lab


@pytest.mark.parametrize(("answers", "status"), [((True, True), 0), ((True, False), 1)])
def test_claims_as_text(
    answers: tuple[bool, ...], status: int, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A line per claim, with the verdict first; one that fails makes the exit status 1."""
    with_claims(monkeypatch, *answers)
    assert cli.main(["claims", "optimizers", "--seeds", "3"]) == status
    lines = capsys.readouterr().out.splitlines()
    for i, (line, answer) in enumerate(zip(lines, answers, strict=True)):
        n_held = 3 if answer else 0
        assert line.startswith("ok  " if answer else "FAIL")
        assert f"optimizers.surface claim{i}: held in {n_held} of 3 seeds (not studied yet)" in line
        assert line.endswith(f"Sentence {i}.")


@pytest.mark.parametrize(("answers", "status"), [((True, True), 0), ((True, False), 1)])
def test_claims_as_json(
    answers: tuple[bool, ...], status: int, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with_claims(monkeypatch, *answers)
    assert cli.main(["claims", "--json", "--seeds", "2", "--first-seed", "40"]) == status
    assert json.loads(capsys.readouterr().out) == [
        {"experiment": "optimizers.surface", "claim": f"claim{i}", "sentence": f"Sentence {i}.",
         "held": [answer] * 2, "share": 1.0, "ok": answer}
        for i, answer in enumerate(answers)
    ]


def test_claims_of_one_experiment_as_a_process() -> None:
    """The real ones, of the cheapest lab, on two seeds: JSON that parses, every claim in it,
    and an exit status that says whether all held.
    """
    lab = find("regularization.cross_validation")
    done = python_m_core("claims", lab.name, "--json", "--seeds", "2", "--first-seed", "100")
    rows = json.loads(done.stdout)
    assert [row["claim"] for row in rows] == [claim.name for claim in lab.claims]
    assert done.returncode == (0 if all(row["ok"] for row in rows) else 1)
    assert all(len(row["held"]) in (1, 2) for row in rows)


def test_a_claim_says_what_the_study_saw(capsys: pytest.CaptureFixture[str]) -> None:
    lab = find("regularization.cross_validation")
    assert cli.main(["claims", lab.name, "--seeds", "2", "--first-seed", "100"]) in (0, 1)
    lines = capsys.readouterr().out.splitlines()
    for claim, line in zip(lab.claims, lines, strict=True):
        count = study.count_of(lab, claim)
        assert count is not None
        assert f"(study: {study.in_words(claim, count)})" in line


def test_drawn_experiments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of them and their seeds, by the text alone; another text draws others."""
    seen: list[tuple[str, int]] = []

    def spy(lab: Experiment, claim: Claim, n_seeds: int, first_seed: int, run: Any) -> Verdict:
        seen.append((lab.name, first_seed))
        return Verdict(claim, (True,) * n_seeds)

    monkeypatch.setattr(claims, "check", spy)
    drawn = []
    for text in ("abc", "abc", *(f"commit {i}" for i in range(20))):
        assert cli.main(["claims", "--drawn-by", text, "--json"]) == 0
        drawn.append(tuple(dict.fromkeys(seen)))
        seen.clear()
    assert drawn[0] == drawn[1]
    assert all(len({name for name, _ in pair}) == 2 for pair in drawn)
    assert all(5000 <= first < 9984 for pair in drawn for _, first in pair)
    assert len({name for pair in drawn for name, _ in pair}) > 10


def test_renewing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is current is left alone; what gives the same verdicts is renewed; what does not is
    named, with exit status 1, and is not.
    """
    kept: list[str] = []
    labs = {e.name: e for e in ALL_LABS}
    current, same, other = list(labs)[:3]
    monkeypatch.setattr(study, "is_current", lambda e: e.name not in (same, other))
    monkeypatch.setattr(study, "differences_of",
                        lambda names: (["x: fails"] if n == other else [] for n in names))
    monkeypatch.setattr(study, "keep", lambda records: kept.extend(records))
    assert cli.main(["claims", "--renew"]) == 1
    said = capsys.readouterr()
    assert kept == [same]
    assert said.out.splitlines() == [f"{same}: renewed",
                                     f"{other}: to be studied again (--study)"]
    assert said.err == f"{other} x: fails\n"
    assert cli.main(["claims", current, "--renew"]) == 0


def test_one_claim_studied_leaves_the_others_to_be_renewed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """That is said, else the tests would be the first to say it."""
    name, asked = SURFACE.name, []
    monkeypatch.setattr(study, "measured", lambda lab, first, names: asked.append(names))
    monkeypatch.setattr(study, "keep", lambda records: None)
    for is_current in (True, False):
        monkeypatch.setattr(study, "is_current", lambda lab, known=is_current: known)
        assert cli.main(["claims", name, "--study", "--only", SURFACE.claims[0].name]) == 0
        assert ("(--renew)" in capsys.readouterr().out) is not is_current
    assert asked == [[SURFACE.claims[0].name]] * 2


def test_frames_of_the_command_line_are_those_of_the_wire() -> None:
    """What a student saves is what the page draws: encoding changes no value."""
    config = SURFACE.config(n_steps=12, optimizers=("sgd", "adam"), n_seeds=3, map="off")
    sent = [decode_frame(encode_frame(frame)) for frame in SURFACE.train(config)]
    xarray.testing.assert_identical(history(SURFACE, config, sent), expected())


def test_what_a_run_has_none_of_does_not_spoil_its_file(tmp_path: Path) -> None:
    """Without wrong labels there are no wrong examples: a dimension of length 0."""
    path = tmp_path / "clean.nc"
    settings = ("label_noise=0", "n_steps=100", "n_seeds=1", "remedies=none")
    given = [word for setting in settings for word in ("--set", setting)]
    assert cli.main(["run", "regularization.remedies", *given, "--out", str(path)]) == 0
    data = open_history(path)
    assert np.isfinite(data["test_accuracy"]).all()
    assert 0 in data.sizes.values()
    lab = find("regularization.remedies")
    same_to_the_bit(data, trained(lab, cli.configuration(lab, settings)))
