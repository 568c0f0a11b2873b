"""Optimizers: eight update rules race over a surface, or on a network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.concepts.optimizers import network, surface
from core.concepts.optimizers.surfaces import SURFACES
from core.config import Config
from core.experiment import Experiment
from explorer import charts
from explorer.live import Chart, Click
from explorer.page import Lab
from explorer.repairs import Repairs, slower
from explorer.slow_motion import slow_motion
from explorer.theme import chosen
from pages.optimizers import pictures
from pages.optimizers.one_step import hidden_in_step, step_charts, within_surface
from pages.optimizers.scenes import SCENES
from pages.optimizers.styles import METHODS


def surface_charts(config: surface.Config, look: str) -> list[Chart]:
    labels, land = surface.coords(config), SURFACES[config.surface]
    methods = chosen(METHODS, config.optimizers)
    has_floor, decades = land.lowest is not None, land.lowest == 0
    rates = "at the rate that arrives soonest" if config.rates == "tuned" else ""
    views = [
        pictures.trajectories(
            "paths", methods, labels["x"], labels["y"],
            title="Paths",
            alt=f"Paths of the optimizers over the surface: {land.label}.",
            seed=config.seed, minima=land.minima,
        ),
        replace(charts.learning_curves(
            "loss", "loss", methods, by="optimizer", n_seeds=config.n_seeds, log=decades,
            title="Height above the minimum" if has_floor else "Height",
            y_title="Height", y_range=[-8, 4] if decades else None,
            alt="Height of each optimizer over steps.",
        ), note=charts.counted("Height", charts.spread(config.n_seeds), rates)),
        charts.dots(
            "arrival", "arrival", methods, by="optimizer", title="Steps to arrive", of="start",
            missing="not arrived", x_title="Step of arrival", n_seeds=config.n_seeds,
            x_range=[0, config.n_steps],
            alt="The step at which each optimizer arrived.",
        ),
    ]
    if config.map != "off":
        views.append(pictures.convergence_map(config, METHODS[config.map_optimizer].label))
    return views


def ends_high(config: network.Config) -> bool:
    """Whether every optimizer is known to end above 88 %: at the settings that were tuned."""
    tuned = network.Config().model_dump(exclude={"optimizers", "n_seeds", "seed", "sweep_seeds"})
    return tuned == config.model_dump(include=set(tuned))


def network_charts(config: network.Config, look: str) -> list[Chart]:
    methods = chosen(METHODS, config.optimizers)
    equal = layered if config.task == "wilson" else lambda chart: chart
    views = [
        charts.learning_curves(
            "train_loss", "train_loss", methods, by="optimizer", n_seeds=config.n_seeds, log=True,
            title="Training loss",
            y_title="Squared error / 2" if config.task == "wilson" else "Cross-entropy",
            alt="Training loss of each optimizer over steps.",
        ),
        equal(charts.learning_curves(
            "test_accuracy", "test_accuracy", methods, by="optimizer", n_seeds=config.n_seeds,
            title="Test accuracy", y_title="Share right", y_range=[0, 1.02],
            alt="Test accuracy of each optimizer over steps.",
        )),
        charts.dots(
            "now", "test_accuracy", methods, by="optimizer",
            title="Test accuracy now", x_title="Share right",
            n_seeds=config.n_seeds,
            x_range=[0.88, 1] if ends_high(config) else [0, 1.02],
            alt="Test accuracy of each seed at the current step.",
        ),
    ]
    if few := network.n_sweep(config):
        views.insert(2, pictures.sensitivity(
            "sensitivity", "sweep_loss", methods, network.SWEEP_RATES,
            title="Loss now, by learning rate",
            note=charts.counted("Training loss", f"median of {few} seeds"),
            y_title=f"Training loss ({network.LOSS_CEILING:g}: diverged)",
            alt="Training loss of each optimizer over the learning rate, at the current step.",
        ))
    return views


def layered(chart: Chart) -> Chart:
    """A chart in which lines that coincide are all seen: the first are wide, the last thin."""
    own = [trace for trace in chart.figure["data"] if trace["line"]["width"]]
    for i, trace in enumerate(own):
        trace["line"]["width"] = 2 + 1.5 * (len(own) - 1 - i)
    return replace(chart, note=f"{chart.note}; wide lines lie under thin ones")


def hidden_on_surface(config: surface.Config) -> set[str]:
    return (
        ({"learning_rate"} if config.rates == "tuned" else set())
        | ({"condition_number", "rotation"} if config.surface != "quadratic" else set())
        | ({"map_optimizer"} if config.map == "off" else set())
    )


def place_start(click: Click, config: surface.Config) -> dict[str, Any]:
    """Puts the start where the surface was clicked."""
    return {"start_x": float(f"{click.x:.3g}"), "start_y": float(f"{click.y:.3g}")}


def hidden_on_network(config: network.Config) -> set[str]:
    return ({"learning_rate"} if config.rates == "tuned" else set()) | (
        {"width", "batch_size"} if config.task == "wilson" else set()
    )


def calmer(config: surface.Config) -> Repairs:
    """A lower rate where all have one; at its own rate a rule is lost from where it starts."""
    if config.rates == "tuned":
        return {"lost": {"start_x": None, "start_y": None}}
    return slower("lost", "above_limit")(config)


def slowly(config: surface.Config, at: int) -> tuple[Experiment, Config]:
    """What the first optimizer does next."""
    rate = {"learning_rate": None} if config.rates == "tuned" else {}
    return slow_motion("optimizers.step", config, at, optimizer=config.optimizers[0], n_seeds=1,
                       **rate)


def on_a_surface(config: network.Config, at: int) -> tuple[Experiment, Config]:
    """The rule of the first optimizer where its step can be drawn: in two dimensions, at its best
    learning rate there. Of AdamW what it adds to its decay: Adam.
    """
    return slow_motion("optimizers.step", config, at, optimizer=config.optimizers[0],
                       learning_rate=None, n_seeds=1, seed=0)


__all__ = ["LABS", "SCENES"]
LABS = {
    "surface": Lab(
        "Surface", surface_charts, hidden=hidden_on_surface, narrower=within_surface,
        resets={"surface": ("start_x", "start_y")}, on_click=place_start,
        slowly=slowly, repairs=calmer,
    ),
    "network": Lab("Network", network_charts, hidden=hidden_on_network, slowly=on_a_surface,
                   repairs=lambda config: {**slower("diverged")(config),
                                           "cold": {"bias_correction": True}}),
    "step": Lab(
        "One step", step_charts, step="sub-step", hidden=hidden_in_step, narrower=within_surface,
        resets={"surface": ("start_x", "start_y")}, seconds=15, says=True,
    ),
}
