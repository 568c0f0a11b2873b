"""Recurrence: cells read sequences and say at the end what they remember."""

from __future__ import annotations

from core.concepts.recurrence import inside, memory
from explorer import charts
from explorer.live import Chart
from explorer.page import Lab
from explorer.theme import INK, chosen
from pages.recurrence import inside_pictures, pictures
from pages.recurrence.scenes import SCENES
from pages.recurrence.styles import FROZEN, cells_of

__all__ = ["LABS", "SCENES"]

LOSSES = {"adding": ("Mean squared error", [-4.5, 0.5])}
"""What is drawn over time, and between which powers of ten; cross-entropies where left out."""


def memory_charts(config: memory.Config, look: str) -> list[Chart]:
    cells, lengths, task = cells_of(config), memory.lags_of(config), memory.TASKS[config.task]
    many = ", median of seeds" if config.n_seeds > 1 else ""
    y_title, y_range = loss_of(config.task)
    losses = [
        charts.learning_curves(
            f"loss_{length}", "loss", cells, by="cell", where={"length": length},
            n_seeds=config.n_seeds, log=True, y_range=y_range, title=f"Loss, length {length}",
            y_title=y_title, width="third", height=260,
            alt=f"Loss of each cell on new sequences of length {length}, over the updates.",
        )
        for length in lengths
    ]
    return [
        pictures.against_length(
            cells, lengths, n_seeds=config.n_seeds, guess=task.guess,
            title="Right answers against length" + ", a dot per seed" * (config.n_seeds > 1),
            y_title=task.answer,
        ),
        pictures.through_time(
            cells, lengths[-1], title=f"Gradient through time, length {lengths[-1]}{many}"),
        *losses,
    ]


def inside_charts(config: inside.Config, look: str) -> list[Chart]:
    gates = chosen(FROZEN, inside.gates_of(config))
    guess = memory.TASKS[config.task].guess_loss
    a_dot = ", a dot per seed" if config.n_seeds > 1 else ""
    maps = [
        inside_pictures.over_places(
            f"shown_{part}", "shown", {"part": part}, range(1, config.width + 1), config.length,
            colours=colours, title=f"{title}, one sequence", y_title="Unit", z_title="",
            alt=f"{title} of each unit at every place of one sequence, now.",
        )
        for part, title, colours in [
            ("state", "State", inside_pictures.STATE),
            *((gate.key, gate.label, inside_pictures.GATE) for gate in gates)]
    ]
    tests = [
        inside_pictures.shifts(gates, inside.coords(config)["seed"], config.width),
        with_guess(charts.dots(
            "frozen", "frozen_loss", chosen(FROZEN, inside.coords(config)["frozen"]), by="frozen",
            n_seeds=config.n_seeds, spread=0.4, x_range=[0, 4 * guess],
            title="What freezing a gate at its mean costs" + a_dot, x_title=loss_of(config.task)[0],
            alt="The loss of the nets as they are, and with each gate frozen at its mean.",
        ), guess),
    ] if gates else []
    return [*maps, inside_pictures.places_now(config.length), *tests, inside_pictures.over_places(
        "influence_map", "influence_map", {}, inside.coords(config)["time"], config.length,
        colours=("Cividis", 0, 1), title="The same over training", y_title="Step (updates)",
        z_title="Share of the largest",
        alt="The influence of each place on the answer, over the updates.",
        width="half", height=charts.HEIGHT,
    ), pictures.over_time(config.n_seeds, *loss_of(config.task))]


def with_guess(chart: Chart, loss: float) -> Chart:
    """With a line where the loss is that of the best answer without having read anything."""
    line = {"type": "line", "x0": loss, "x1": loss, "yref": "paper", "y0": 0, "y1": 1,
            "line": {"color": INK, "width": 1.5, "dash": "dot"}}
    return charts.annotated(chart, line, {
        "x": loss, "yref": "paper", "y": 0, "yanchor": "bottom", "xanchor": "left", "xshift": 4,
        "text": "guess", "showarrow": False})


def loss_of(task: str) -> tuple[str, list[float]]:
    """How a task's loss is called, and between which powers of ten it is drawn."""
    return LOSSES.get(task, ("Cross-entropy", [-3.5, 0.7]))


def without_effect(config: memory.Config) -> set[str]:
    needed = {"forget_bias": "lstm", "update_bias": "gru", "gain": "orthogonal"}
    unused = {field for field, cell in needed.items() if cell not in config.cells}
    return unused | ({"learning_rate"} if config.rates == "own" else set())


def without_effect_inside(config: inside.Config) -> set[str]:
    return {field for field, cell in (("forget_bias", "lstm"), ("update_bias", "gru"))
            if cell != config.cell}


LABS = {
    "memory": Lab("Memory", memory_charts, hidden=without_effect),
    "inside": Lab("Inside", inside_charts, hidden=without_effect_inside),
}
