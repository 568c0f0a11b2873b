"""Recurrence: cells read sequences and say at the end what they remember."""

from __future__ import annotations

from core.concepts.recurrence import inside, memory, shapes
from core.concepts.recurrence import step as one_step
from explorer import charts
from explorer.live import Chart
from explorer.page import Lab
from explorer.repairs import Repairs
from explorer.slow_motion import slow_motion
from explorer.theme import chosen
from pages.recurrence import inside_pictures, pictures, step
from pages.recurrence.scenes import SCENES
from pages.recurrence.shape_pictures import shape_charts
from pages.recurrence.styles import FROZEN, cells_of

__all__ = ["LABS", "SCENES"]

LOSSES = {"adding": ("Mean squared error", [-4.5, 0.5])}
"""What is drawn over time, and between which powers of ten; cross-entropies where left out."""


def memory_charts(config: memory.Config, look: str) -> list[Chart]:
    cells, lengths, task = cells_of(config), memory.lags_of(config), memory.TASKS[config.task]
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
    right = pictures.against_length(
        cells, lengths, n_seeds=config.n_seeds, title="Right answers against length",
        y_title=task.answer,
    )
    return [
        pictures.with_guess(right, task.guess, "y"),
        pictures.through_time(
            cells, lengths[-1], n_seeds=config.n_seeds,
            title=f"Gradient through time, length {lengths[-1]}"),
        *losses,
    ]


def inside_charts(config: inside.Config, look: str) -> list[Chart]:
    gates, named = chosen(FROZEN, inside.gates_of(config)), inside.coords(config)
    shown = [("state", "State", inside_pictures.STATE),
             *((gate.key, gate.label, inside_pictures.GATE) for gate in gates)]
    maps = [
        inside_pictures.over_places(
            f"shown_{part}", "shown", {"part": part}, named["unit"], config.length, title=title,
            colours=colours, y_title="Unit", ticks=named["unit"][::config.width // 8],
            note="one sequence",
            alt=f"{title} of each unit at every place of one sequence, now.",
        )
        for part, title, colours in shown
    ]
    return [
        *maps, inside_pictures.places_now(config.length),
        *(gate_charts(config) if gates else []),
        inside_pictures.over_places(
            "influence_map", "influence_map", {}, named["time"], config.length, width="half",
            colours=inside_pictures.SHARE, title="How much each symbol matters, over training",
            y_title="Step (updates)", note="one sequence", height=charts.HEIGHT,
            alt="The influence of each place on the answer, over the updates.",
        ),
        pictures.over_time(FROZEN["none"], config.n_seeds, *loss_of(config.task)),
    ]


def gate_charts(config: inside.Config) -> list[Chart]:
    """Of what has gates: how far they move, and what each is good for."""
    named, guess = inside.coords(config), memory.TASKS[config.task].guess_loss
    frozen = charts.dots(
        "frozen", "frozen_loss", chosen(FROZEN, named["frozen"]), by="frozen", spread=0.4,
        n_seeds=config.n_seeds, x_range=[0, 4 * guess], x_title=loss_of(config.task)[0],
        title="What freezing a gate at its mean costs",
        alt="The loss of the nets as they are, and with each gate frozen at its mean.",
    )
    return [
        inside_pictures.shifts(chosen(FROZEN, named["gate"]), named["seed"], config.width),
        pictures.with_guess(frozen, guess, "x"),
    ]


def loss_of(task: str) -> tuple[str, list[float]]:
    """How a task's loss is called, and between which powers of ten it is drawn."""
    return LOSSES.get(task, ("Cross-entropy", [-3.5, 0.7]))


def without_effect(config: memory.Config) -> set[str]:
    needed = {"forget_bias": "lstm", "update_bias": "gru", "gain": "orthogonal"}
    unused = {field for field, cell in needed.items() if cell not in config.cells}
    return unused | ({"learning_rate"} if config.rates == "own" else set())


def without_effect_inside(config: inside.Config | one_step.Config) -> set[str]:
    return {field for field, cell in (("forget_bias", "lstm"), ("update_bias", "gru"))
            if cell != config.cell}


def without_effect_on_step(config: one_step.Config) -> set[str]:
    return without_effect_inside(config) | ({"where"} if config.shows == "update" else set())


def more_to_remember_with(config: inside.Config) -> Repairs:
    """For a net that only guesses: the bias with which its gates keep what they have, and steps
    enough to learn by.
    """
    bias = {"lstm": "forget_bias", "gru": "update_bias"}.get(config.cell)
    usual = {bias: inside.Config.model_fields[bias].default} if bias else {}
    return {"guesses": {**usual, "n_steps": max(config.n_steps, 400)}}


def without_effect_on_shapes(config: shapes.Config) -> set[str]:
    return set() if config.shape == "draw" else {"noise"}


LABS = {
    "memory": Lab("Memory", memory_charts, hidden=without_effect,
                  repairs=lambda config: {"diverged": {"clipping": True}}),
    "inside": Lab("Inside", inside_charts, hidden=without_effect_inside,
                  repairs=more_to_remember_with,
                  slowly=lambda config, at: slow_motion("recurrence.step", config, at)),
    "shapes": Lab("Shapes", shape_charts, hidden=without_effect_on_shapes),
    "step": Lab("One step, slowly", step.charts, "sub-step", hidden=without_effect_on_step,
                seconds=15, says=True),
}
