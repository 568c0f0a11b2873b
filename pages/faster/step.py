"""What the lab of one update shows. Pure functions of the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from core.concepts.faster import step, workers
from core.config import Config
from core.experiment import Experiment
from explorer.charts import axis, counted, named
from explorer.live import Bind, Chart, Ref
from explorer.maps import columns
from explorer.slow_motion import slow_motion
from pages.faster.styles import WAYS

HEIGHT = 330
PARTS = {"gradient": "Gradient", "memory": "Memory", "sent": "Sent", "lost": "Lost"}
LOSSES = {"before": "Before", "after": "After", "whole": "Along all"}


def charts(config: step.Config, look: str) -> list[Chart]:
    return [values(config), lengths(config), losses(config)]


def values(config: step.Config) -> Chart:
    """Some of the numbers that each worker has in hand, and the mean of what arrives."""
    names = [*(f"Worker {i + 1}" for i in range(int(config.n_workers))), "Mean", "All images"]
    chart = columns(
        Ref("values"), [f"{rank}." for rank in step.RANKS], len(names), 1,
        "Four numbers of each worker", "Four numbers of each worker at this sub-step, of their "
        "mean, and of the gradient of all images.", x_title="Rank by size, of all images",
        y_title="", numbers=".2f", height=HEIGHT)
    y_axis = chart.figure["layout"]["yaxis"] | {
        "tickvals": list(range(1, len(names) + 1)), "ticktext": names,
        "range": [len(names) + 0.5, 0.5]}
    return replace(chart, note="1 is the largest number of any worker; first seed",
                   figure={"data": chart.figure["data"][:1],  # numbers say more than a scale
                           "layout": chart.figure["layout"] | {"yaxis": y_axis}})


def lengths(config: step.Config) -> Chart:
    """How long gradient, memory, message and loss are, as far as that is known."""
    return bars(config, "lengths", PARTS, "How long each part is", "A worker's numbers", "Length",
                "The length of a worker's gradient, of what it remembers, sends and loses.",
                f"mean of {config.n_workers} workers, first seed")


def losses(config: step.Config) -> Chart:
    """What the update does to the loss of its images."""
    return bars(config, "losses", LOSSES, "What the update does", "Weights", "Cross-entropy",
                "The loss of all images of this update, before it, after it, and after a step "
                "along their own gradient.",
                counted("Cross-entropy", "of this update's images"))


def bars(
    config: step.Config, array: str, texts: Mapping[str, str], title: str, x_title: str,
    y_title: str, alt: str, note: str,
) -> Chart:
    """A bar for each number of an array, as it is known at this sub-step."""
    way = WAYS[config.way]
    data = [{
        "type": "bar", "orientation": "v", "name": way.label, "uid": array,
        "legendgroup": way.label, "showlegend": False, "x": list(range(len(texts))),
        "y": [None] * len(texts), "width": 0.7, "marker": {"color": way.color},
        "hovertemplate": "%{y:.3g}<extra></extra>",
    }]
    layout = {
        "xaxis": axis(x_title, range=[-0.6, len(texts) - 0.4], **named(list(texts.values()))),
        "yaxis": axis(y_title, rangemode="tozero"), "hovermode": "closest",
    }
    return Chart(array, {"data": data, "layout": layout}, (Bind(0, "state", y=Ref(array)),), title,
                 alt, width="third", height=HEIGHT, note=note)


def without_effect(config: step.Config) -> set[str]:
    """Bits, where none are saved."""
    return {"code"} if config.way == "gradients" else set()


def slowly(config: workers.Config, at: int) -> tuple[Experiment, Config]:
    """One update of the way that has most to show of those that are there."""
    shown = [way for way in ("memory", "few_bits", "gradients") if way in config.ways]
    return slow_motion("faster.step", config, at, way=(shown or ["gradients"])[0])
