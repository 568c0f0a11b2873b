"""A concept's page: what it says of its labs, and the one place that draws it.

`pages/<slug>` describes; nothing there runs by itself. So what the live view is told of any
configuration is known without a page (`view_of`): for a page's opening, and for whoever shows
a run elsewhere.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast, get_args

from core.concepts import labs_of
from core.config import ChangingConfig, Config, changes_of, with_changes
from core.experiment import Experiment
from core.runs import run_name
from core.scripts import has_script
from explorer import compare, controls, intervention, own_data, own_dialog
from explorer import repairs as failures
from explorer.catalog import concept
from explorer.charts import marked
from explorer.grid import filled
from explorer.lesson import header, lesson
from explorer.live import About, Chart, Click, Fork, Panel, live_view, view_data
from explorer.scene import Scene
from explorer.server import service

C = TypeVar("C", bound=Config)


@dataclass(frozen=True)
class Lab(Generic[C]):
    """What a page makes of an experiment; all of it pure functions of the configuration.

    Attributes:
        name: On the switch between labs.
        charts: In the order in which they are shown, for a configuration and the value of
            `look` that is shown in detail ("" where there is none).
        step: What the number of a frame counts, where that is not updates.
        hidden: The fields that make no difference at a configuration.
        narrower: Bounds that a rule between fields sets at a configuration.
        resets: Fields that go back to their defaults when another one changes.
        look: A field that lists what can be looked at in detail, without another run: which
            one is in the address, not in the configuration.
        trained: The configuration that is trained, where several look into the same run.
        on_click: The settings that a click into a chart or a stage changes.
        seconds: How long a run is played; as long as its frames take where left out.
        says: Whether the note of the frame that is shown stands above the charts.
        slowly: For a configuration and the step at the playhead, the lab of this concept that draws
            what one step does, and its configuration.
        repairs: By the key of a note that says what went wrong, the settings that would have
            prevented it, for the settings that were in force.
    """

    name: str
    charts: Callable[[C, str], Sequence[Panel]]
    step: str = "step"
    hidden: Callable[[C], set[str]] = lambda config: set()
    narrower: Callable[[C], Mapping[str, tuple[float, float]]] = lambda config: {}
    resets: Mapping[str, Sequence[str]] | None = None
    look: str = ""
    trained: Callable[[C], C] = lambda config: config
    on_click: Callable[[Click, C], Mapping[str, Any]] = lambda click, config: {}
    seconds: float | None = None
    says: bool = False
    slowly: Callable[[C, int], tuple[Experiment, Config]] | None = None
    repairs: Callable[[C], failures.Repairs] = lambda config: {}

    def looks(self, config: C) -> Sequence[str]:
        """What of this run can be looked at in detail, the first unless another is asked for."""
        return getattr(config, self.look) if self.look else ("",)


def lab_of(experiment: Experiment) -> Lab[Any]:
    """What the experiment's page says of it; loads that page only."""
    slug, _, lab = experiment.name.partition(".")
    return labs_on(slug)[lab]


def labs_on(slug: str) -> Mapping[str, Lab[Any]]:
    """What the page of a concept says of its labs, by their names; loads that page only."""
    return cast(Mapping[str, Lab[Any]], importlib.import_module(f"pages.{slug}").LABS)


def scenes_of(slug: str) -> Sequence[Scene]:
    """The lesson of a concept, in order; a concept may have none yet. Loads that page only."""
    return cast(Sequence[Scene], getattr(importlib.import_module(f"pages.{slug}"), "SCENES", ()))


def view_of(
    experiment: Experiment, config: Config, look: str = "", pins: Sequence[Config] = (), *,
    token: str = "", **more: Any
) -> dict[str, Any]:
    """What the live view is told of a configuration, as its page would: nothing runs for it.

    Args:
        experiment: Whose configuration.
        config: As the controls have it.
        look: What is shown in detail; the first that there is where left out.
        pins: What it is compared with.
        token: The run to show.
        more: Whatever else the view is to know.
    """
    lab = lab_of(experiment)
    charts = charts_of(lab, config, look or lab.looks(config)[0])
    if pins:
        then = [charts_of(lab, pin, look if look in lab.looks(pin) else lab.looks(pin)[0])
                for pin in pins]
        runs = list(zip([*pins, config], [*then, charts], strict=True))
        idle = set.intersection(*(lab.hidden(c) for c, _ in runs))
        more["compare"] = compare.differences(experiment, runs, idle)
        charts = compare.beside(charts, then)
    fork = fork_of(experiment, lab.trained(config))
    return view_data(token, charts, lab.step, fork, experiment.words, _about(experiment, config),
                     changeable=bool(intervention.possible(experiment, lab.hidden(config))),
                     repairs=failures.offered(config, lab.repairs, lab.hidden),
                     **pace_of(lab), **more)


def pace_of(lab: Lab[Any]) -> dict[str, Any]:
    """How the view plays a lab's runs."""
    return {"seconds": lab.seconds, "says": lab.says, "slowly": lab.slowly is not None}


def charts_of(lab: Lab[C], config: C, look: str) -> list[Panel]:
    """The lab's panels in full rows, with a mark where a setting changes in those over steps."""
    return [marked(panel, changes_of(config)) if isinstance(panel, Chart) else panel
            for panel in filled(lab.charts(config, look))]


def fork_of(experiment: Experiment, config: Config) -> Fork | None:
    """Where a run comes from whose settings may change while it trains."""
    if not isinstance(config, ChangingConfig):
        return None
    origin = run_name(experiment, with_changes(config, changes=()))
    return Fork(origin, tuple((c.step, f"{c.setting}={c.value}") for c in config.changes))


def show(slug: str, above: Callable[[], None] = lambda: None) -> None:
    """Draws the page of a concept for the visitor who asks.

    Args:
        slug: Of the concept.
        above: Draws what is above the controls.

    The run is started as soon as its configuration is known, and the view comes before the
    controls: a child has begun, and the browser is told where to look, while the rest is drawn.
    """
    names = {key: lab.name for key, lab in labs_on(slug).items()}
    experiment = controls.choose_lab(labs_of(slug), names)
    lab = lab_of(experiment)
    config, preset = controls.current(experiment)
    run = service.runs().start(
        experiment, lab.trained(config), service.viewer(experiment.name), own_data.private(config))
    look = _looked_at(experiment, lab, config)
    pins = compare.pinned(experiment)
    others = [service.runs().start(
        experiment, lab.trained(pin), service.viewer(f"{experiment.name} {compare.PIN} {i}"),
        own_data.private(pin)) for i, pin in enumerate(pins)]
    is_asked = preset is not None and lab.trained(preset.config) == lab.trained(config)
    header(concept(slug), preset if is_asked else None)
    live_view(experiment.name, view_of(
        experiment, config, look, pins, token=run.token, others=[o.token for o in others]), {
        "click": lambda asked: _respond(experiment, lab, config, asked),
        "change_here": lambda asked: intervention.ask(experiment, int(asked["step"])),
        "slowly": lambda asked: _go_slowly(lab, config, int(asked["step"])),
        "repair": lambda asked: controls.set_values(experiment, **failures.settings_after(
            config, lab.repairs, lab.hidden, str(asked["note"]), int(asked["step"]))),
    })
    above()
    compare.draw(experiment, config, pins)
    controls.draw(experiment, config, preset, hidden=lab.hidden(config),
                  narrower=lab.narrower(config), resets=lab.resets or {})
    intervention.draw(experiment, config, lab.hidden(config))
    own_dialog.draw(experiment, config)
    lesson(concept(slug), experiment, preset, run, own=bool(own_data.named_in(config)))


def _about(experiment: Experiment, config: Config) -> About:
    lab, kind = lab_of(experiment), type(config)
    preset = controls.preset_of(experiment, config)
    changed = [
        f"{controls.label_of(kind, name)}: {controls.value_in_words(config, name)}"
        for name, info in kind.model_fields.items()
        if name not in lab.hidden(config) and getattr(config, name) != info.default
    ]
    page = f"{concept(experiment.name.partition('.')[0]).title}, {lab.name}"
    return About(experiment.name, page, preset.name if preset else "", changed,
                 has_script(experiment), own_data.named_in(config))


def _looked_at(experiment: Experiment, lab: Lab[Any], config: Config) -> str:
    if not lab.look:
        return ""
    (names, _) = get_args(experiment.config.model_fields[lab.look].annotation)
    return controls.looked_at(lab.looks(config), get_args(names))


def _respond(
    experiment: Experiment, lab: Lab[Any], config: Config, asked: Mapping[str, Any]
) -> None:
    """To a click: another look at the same run, or other settings."""
    click = Click(asked["chart"], asked["x"], asked["y"])
    if click.y == "look":
        controls.look_at(str(click.x))
        return
    controls.set_values(experiment, **lab.on_click(click, config))


def _go_slowly(lab: Lab[Any], config: Config, step: int) -> None:
    if lab.slowly:
        controls.go_to(*lab.slowly(config, step))
