"""Representation: the same facts, told to a net in different ways."""

from __future__ import annotations

from core.concepts.representation import scale, step
from core.concepts.representation.learners import MODEL_NAMES
from core.concepts.representation.plane import ENDS, grid
from core.concepts.representation.tables import table_of
from core.data.own import shape_of
from explorer.charts import dots, learning_curves
from explorer.live import Click, Panel
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from explorer.theme import chosen
from pages.representation import coding, leaking, one_step, pictures, shaping
from pages.representation.scenes import SCENES
from pages.representation.styles import PATHS
from pages.representation.styles import SCALES as TOLD

__all__ = ["LABS", "SCENES"]


def scale_charts(config: scale.Config, look: str) -> list[Panel]:
    told, n_seeds, table = chosen(TOLD, config.scales), config.n_seeds, table_of(config.data)
    curves = [
        learning_curves(
            f"curves_{rule}", "test_error", told, by="scale", where={"model": f"net_{rule}"},
            n_seeds=n_seeds, title=f"Net, {label}: error on new rows", y_title="Share wrong",
            y_range=[-0.02, 0.82], percent=True,
            alt=f"Test error of the net that {label} trains, for each representation.",
        ) for rule, label in (("momentum", "momentum"), ("adam", "Adam"))
    ]
    models = pictures.against(
        "models", "test_error", told, by="scale", over="model", ticks=MODEL_NAMES,
        n_seeds=n_seeds, title="Who minds? Error on new rows, model by model", x_title="Model",
        y_title="Share wrong", y=pictures.SHARE, width="full",
        alt="Test error of every model with each representation.",
    )
    condition = dots(
        "condition", "condition", told, by="scale", n_seeds=n_seeds, log=True,
        title="How long the valley is", x_title="Condition number of a linear model",
        alt="Largest over smallest curvature of a linear model's squared error.",
    )
    spread = pictures.spreads(
        told, table.features if config.data == "wine" else
        [str(i) for i in range(1, len(table.features) + 1)],
        title="How far the numbers spread", alt="The standard deviation of every measurement.",
    )
    names = tuple(table.features[i].partition(",")[0] for i in table.pair)
    rules, same = chosen(PATHS, ("sgd", "adam")), chosen(PATHS, ("sgd same", "adam same"))
    cells = [round(float(w), 4) for w in grid()]
    valleys = [
        pictures.valley(
            "valley", "unit", rules, ENDS, cells, (names[0], names[1]),
            title=f"Two weights, the numbers of {names[1]} × {config.unit:.3g}",
            alt="The loss of two weights when the second feature's numbers are larger.",
        ),
        pictures.valley(
            "round", "same", same, ENDS, cells, (names[0], names[1]),
            title="The same two weights, standardised",
            alt="The loss of two weights when both features are standardised.",
        ),
        pictures.heights([*rules, *same], config.unit, title="How far above the lowest loss",
                         alt="Height above the lowest loss in both units, for both rules."),
    ]
    return [*curves, models, *valleys, condition, spread]


def without_effect(config: scale.Config) -> set[str]:
    if shape_of(config.data):
        return {"rates"}
    return {"learning_rate"} if config.rates == "own" else set()


def place_start(click: Click, config: scale.Config | step.Config) -> dict[str, float]:
    """A click into either picture of two weights: the rules begin there."""
    x, y = (round(min(max(float(at), ENDS[0]), ENDS[1]), 2) for at in (click.x, click.y))
    return {"start_x": x, "start_y": y}


LABS = {
    "scale": Lab("Scale", scale_charts, hidden=without_effect, on_click=place_start,
                 repairs=lambda config: {"one_class": {"rates": "own"}},
                 slowly=lambda config, at: slow_motion("representation.step", config, at)),
    "categories": Lab("Categories", coding.category_charts),
    "targets": Lab("Targets", coding.target_charts),
    "shape": Lab("Shape", shaping.charts),
    "leaks": Lab("Leaks", leaking.charts, step="columns"),
    "step": Lab("One update, slowly", one_step.charts, "sub-step", on_click=place_start,
                seconds=15, says=True),
}
