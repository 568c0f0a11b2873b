"""Standalone scripts: what a page's run comes to, had without this package.

A concept's `script.py` says for its labs, in `SCRIPTS`, which function of plain torch,
scikit-learn or gymnasium comes to the same outcome. `script_of` makes a file of it: the settings
as they are, the function with all that it needs, and the page's numbers, from which it may not be
further away than the page's seeds are from each other.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Callable, Iterator
from importlib import import_module, metadata
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.concepts import find
from core.config import Config, changes_of, in_words, settings_of
from core.data.visitors import is_own
from core.experiment import Experiment
from core.files import WRITERS as TABLES
from core.script import Script
from core.scripts.beside import beside
from core.scripts.sources import Alone, read_module
from core.sources import DISTRIBUTIONS, digest_of, module_path
from core.values import words_for

if TYPE_CHECKING:
    import xarray

ALWAYS = frozenset({"seed", "n_seeds"})
"""Settings that every script knows: it calls its function once per seed."""
SPREAD = ("How far apart they may be: as the page's seeds are, or its last fifth of steps, or two "
          "parts in a hundred")
LEAST = 0.02
TINY = 1e-6
"""So much rounding can do in a long run; and frames are float32, whose sums of shares miss 0 or 1
by about a tenth of this."""


def script_for(experiment: Experiment) -> Script | None:
    """A lab's, or None."""
    slug, _, lab = experiment.name.partition(".")
    name = f"core.concepts.{slug}.script"
    return import_module(name).SCRIPTS.get(lab) if find_spec(name) else None


def has_script(experiment: Experiment) -> bool:
    """Whether a lab has one: read from its concept's file, which needs torch to be run."""
    slug, _, lab = experiment.name.partition(".")
    if not module_path(name := f"core.concepts.{slug}.script").exists():
        return False
    statement = read_module(name).definitions["SCRIPTS"]
    assert isinstance(statement, ast.Assign)
    assert isinstance(statement.value, ast.Dict)
    return lab in {ast.literal_eval(key) for key in statement.value.keys if key}


def missing(experiment: Experiment, config: Config) -> str:
    """Why there is no script for a configuration; empty where there is one."""
    script = script_for(experiment)
    if script is None:
        return "there is no script for this lab yet"
    known = {*script.settings, *script.ignored, *ALWAYS}
    if changes_of(config) and "changes" not in known:
        return "the script does not know changes on the way"
    for name, field in settings_of(type(config)).items():
        if is_own(getattr(config, name)):
            return "own data stay in this visit, and are in no script"
        if name not in known and getattr(config, name) != field.get_default():
            now, usual = (words_for(type(config), name, value)
                          for value in (getattr(config, name), field.get_default()))
            return (f"{in_words(type(config), name)} is {now}: the script knows it only as it is "
                    f"by default, {usual}")
    return ""


def script_of(data: xarray.Dataset) -> str:
    """The script of a run that has come to its end.

    Args:
        data: Its history, as `core.checking.history` gives it.

    Raises:
        ValueError: There is none for this lab, or for one of its settings; the text says which.
    """
    experiment = find(data.attrs["experiment"])
    config = experiment.config.model_validate_json(data.attrs["config"])
    if why := missing(experiment, config):
        raise ValueError(why)
    if data.sizes["step"] < experiment.n_frames(config):
        raise ValueError("the run has not come to its end")
    script = script_for(experiment)
    assert script is not None
    alone = _alone(script)
    parts = (_head(experiment, config, script, alone), _settings(config, script),
             _definitions(alone), _end(data, config, script))
    return "\n".join(line for part in parts for line in part) + "\n"


def _alone(script: Script) -> Alone:
    """What a script consists of but for its settings and the page's numbers."""
    alone = Alone()
    alone.add(script.main.__module__, script.main.__name__)
    alone.add(beside.__module__, beside.__name__)
    alone.name_types()
    return alone


def script_digest(experiment: Experiment) -> str:
    """Of a lab's script and of what the page computes: as long as it is the same, they agree as
    they did.
    """
    script = script_for(experiment)
    assert script is not None
    alone = _alone(script)
    parts = [digest_of(experiment.name), script.array, *sorted(alone.imports),
             *(text for _, text in alone.blocks)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _head(
    experiment: Experiment, config: Config, script: Script, alone: Alone
) -> Iterator[str]:
    seeds = f"seed {config.seed}" if config.n_seeds == 1 else (
        f"seeds {config.seed} to {config.seeds[-1]}")
    yield f'"""{experiment.title}: {script.says}, {seeds}.'
    yield ""
    yield f"The lab {experiment.name} as a file of its own: it trains one model after the other,"
    yield "prints its numbers beside the page's, and ends with status 1 where they are further"
    yield "apart than the page's own."
    yield ""
    versions = ", ".join([f"Python {sys.version.split()[0]}", *_versions(alone)])
    yield f"Made with {versions}; one thread."
    yield '"""'
    yield ""
    yield "from __future__ import annotations"
    yield ""
    imports = sorted({*alone.imports, "import sys"}, key=lambda line: (line.split()[1], line))
    yield from imports
    if any(line.startswith(("import torch", "from torch")) for line in imports):
        yield from () if "import torch" in imports else ("import torch",)
        yield ""
        yield "torch.set_num_threads(1)"


def _versions(alone: Alone) -> Iterator[str]:
    libraries = {line.split()[1].partition(".")[0] for line in alone.imports}
    for library in sorted(libraries - sys.stdlib_module_names):
        for name in DISTRIBUTIONS.get(library, (library,)):
            yield f"{name} {metadata.version(name)}"


def _settings(config: Config, script: Script) -> Iterator[str]:
    yield ""
    yield "# %% Settings: each is a control of the page, named at the end of its line"
    kind = type(config)
    yield "settings = dict("
    for name in script.settings:
        value = getattr(config, name)
        if name == "changes":
            value = tuple((c.step, c.setting, c.value) for c in changes_of(config))
        yield f"    {name}={value!r},  # {in_words(kind, name)}"
    yield ")"
    yield f"seeds = range({config.seed}, {config.seeds.stop})  # {in_words(kind, 'seed')}, " \
          f"{in_words(kind, 'n_seeds')}"


def _definitions(alone: Alone) -> Iterator[str]:
    for module, blocks in groupby(alone.blocks, key=lambda block: block[0]):
        path = module_path(module)
        yield ""
        yield f"# %% From {'/'.join(path.parts[-len(module.split('.')):])}"
        for _, text in blocks:
            is_long = text.startswith(("def ", "class ", "@"))
            yield from ("", "", text) if is_long else (text,)


def _end(data: xarray.Dataset, config: Config, script: Script) -> Iterator[str]:
    yield ""
    yield f"# %% The page's: {script.says}, by seed"
    yield "inf = nan = float('inf')  # a model that diverged"
    yield "PAGE = {"
    found = outcome(data, script)
    for label, numbers in found.items():
        yield f"    {label!r}: {numbers},"
    yield "}"
    yield f"# {SPREAD}"
    yield "SPREAD = {"
    for label, apart in spread(data, script).items():
        yield f"    {label!r}: {apart:.3g},"
    yield "}"
    yield ""
    yield "# %% Trained here"
    yield "found: dict[str, list[float]] = {label: [] for label in PAGE}"
    yield "for seed in seeds:"
    yield f"    for label, value in {script.main.__name__}(**settings, seed=seed).items():"
    yield "        found[label].append(float(value))"
    yield "sys.exit(1 if beside(PAGE, found, SPREAD) else 0)"


def write_script(data: xarray.Dataset, path: Path) -> None:
    """`script_of`, as a file."""
    path.write_text(script_of(data), "utf-8")


WRITERS: dict[str, Callable[[xarray.Dataset, Path], None]] = {**TABLES, ".py": write_script}
"""Every kind of file that a history becomes, by its ending."""


def outcome(data: xarray.Dataset, script: Script) -> dict[str, list[float]]:
    """The page's numbers of the last step, by label, one per seed."""
    return {label: numbers[-1].tolist() for label, numbers in _over_steps(data, script).items()}


def spread(data: xarray.Dataset, script: Script) -> dict[str, float]:
    """By label how far the page's own numbers are apart: see `SPREAD`."""
    found = {}
    for label, numbers in _over_steps(data, script).items():
        late = numbers[-max(len(numbers) // 5, 3) :]
        apart = [np.ptp(numbers[-1]), *np.ptp(late, axis=0), LEAST * abs(np.median(numbers[-1]))]
        finite = [float(x) for x in apart if np.isfinite(x)]
        found[label] = max([*finite, TINY])
    return found


def _over_steps(data: xarray.Dataset, script: Script) -> dict[str, np.ndarray]:
    """The outcome by label, (steps, seeds); of several dimensions, their labels in a row."""
    array = data[script.array].astype(float)
    dims = [dim for dim in array.dims if dim not in {"step", "seed"}]
    array = array.transpose(*dims, "step", "seed")
    found = {}
    for index in np.ndindex(*(array.sizes[dim] for dim in dims)):
        label = " ".join(str(array[dim].values[i]) for dim, i in zip(dims, index, strict=True))
        found[label or script.says] = array.values[index]
    return found
