"""Skip connections and depth: plain and residual nets of 2 to 64 layers learn side by side."""

from __future__ import annotations

from core.concepts.skip_connections import depth, inside
from core.concepts.skip_connections.common import GUESSING, LOSS_CEILING
from core.concepts.skip_connections.step import Config as Step
from core.config import Config
from core.experiment import Experiment
from explorer import charts
from explorer.live import Chart
from explorer.page import Lab
from explorer.repairs import slower
from explorer.slow_motion import slow_motion
from explorer.theme import chosen
from pages.skip_connections import pictures
from pages.skip_connections.scenes import SCENES
from pages.skip_connections.step import charts as step_charts
from pages.skip_connections.styles import BLOCKS

__all__ = ["LABS", "SCENES"]

GUESS = (GUESSING - 0.02, GUESSING + 0.02)
OVERFLOW = (LOSS_CEILING, 1.12 * LOSS_CEILING)
"""Where what overflowed is drawn, though it was not measured."""


def depth_charts(config: depth.Config, look: str) -> list[Chart]:
    lines, depths = chosen(BLOCKS, depth.names(config)), depth.depths(config)
    errors = [
        charts.hatched(pictures.against_depth(
            f"{part}_error", f"{part}_error", lines, depths, n_seeds=config.n_seeds,
            title=f"{title} error against depth", y_title="Share wrong", height=420,
            alt=f"{title} error of each kind of net over its depth, at the current step.",
            rates="rate" if config.rates == "tuned" else "",
        ), pictures.depth_ends(depths), GUESS, "overflow counts as a guess")
        for part, title in (("train", "Training"), ("test", "Test"))
    ]
    losses = [
        charts.hatched(charts.learning_curves(
            f"loss_{layers}", "train_loss", lines, by="variant", where={"depth": layers},
            n_seeds=config.n_seeds, log=True, title=f"Training loss, {layers} layers",
            y_title="Cross-entropy", y_range=[-3, 1.05],
            width="third", height=260, alt=f"Training loss of the nets with {layers} layers.",
        ), (0, config.n_steps), OVERFLOW, "overflow")
        for layers in depths
    ]
    return errors + losses


def inside_charts(config: inside.Config, look: str) -> list[Chart]:
    lines, labels = chosen(BLOCKS, inside.names(config)), inside.coords(config)
    layers = labels["layer"]
    maps = [
        pictures.decades_map(
            f"gradients_{m.key}", "gradient_map", {"variant": m.key}, labels["time"], layers,
            z_range=(-5, 1), ends=("none left", "large"), light="high",
            title=f"{m.label}: gradient that arrives at each layer", z_title="Norm",
            x_title="Step (updates)", y_title="Layer",
            alt=f"{m.label}: the norm of the gradient, by layer and step.",
        )
        for m in lines
    ]
    slices = [
        pictures.decades_map(
            f"slice_{m.key}", "loss_slice", {"variant": m.key, "seed": config.seed}, labels["a"],
            labels["b"], z_range=(-2, 2), ends=("good", "bad"), light="low",
            title=f"{m.label}: the loss around the net", z_title="Training loss",
            x_title="Along one random direction", y_title="Along another",
            alt=f"{m.label}: the training loss on a plane through the net of seed "
            f"{config.seed}.",
        )
        for m in lines
    ]
    many = "median of seeds" if config.n_seeds > 1 else ""
    pale = ", ".join(filter(None, [many, "pale: at the start"]))
    return [
        *maps,
        pictures.by_layer(
            "gradient", "gradient", lines, layers,
            first="gradient_first", theory="gradient_theory", log=True,
            note=f"{pale}, dotted: theory",
            title="Gradient at each layer now",
            x_title="Layer",
            y_title="Norm of dL/dh", alt="Norm of the gradient at each layer, now and at first.",
        ),
        pictures.by_layer(
            "activation", "activation", lines, layers, first="activation_first", note=pale,
            title="Size of each layer's output", log=True, x_title="Layer",
            y_title="Standard deviation",
            alt="Standard deviation of each layer's output, now and at first.",
        ),
        *slices,
        pictures.by_layer(
            "correlation", "correlation", lines, range(len(labels["distance"])), marked=True,
            ticks=[f"1/{round(1 / distance)}" for distance in labels["distance"]],
            first="correlation_first", note=pale,
            title="Are gradients alike at neighbouring images?",
            x_title="Distance between the images",
            y_title="Cosine of the gradients", range=[-0.1, 1.05],
            alt="Cosine between input gradients at two points of a line, over their distance.",
        ),
        pictures.by_layer(
            "deleted", "deleted_error", lines, labels["deleted"], marked=True,
            title="Test error with one layer deleted", note=charts.counted("Share wrong", many),
            x_title="Deleted layer (0: none)",
            y_title="Share wrong", range=[-0.02, 1.02], tickformat=".0%",
            alt="Test error of the trained nets with each layer deleted in turn.",
        ),
        charts.hatched(charts.learning_curves(
            "loss", "train_loss", lines, by="variant", n_seeds=config.n_seeds, log=True,
            y_range=[-3, 1.05],
            title="Training loss", y_title="Cross-entropy", alt="Training loss over steps.",
        ), (0, config.n_steps), OVERFLOW, "overflow"),
        charts.learning_curves(
            "error", "test_error", lines, by="variant", n_seeds=config.n_seeds,
            y_range=[-0.02, 1.02],
            percent=True, title="Test error", y_title="Share wrong",
            alt="Test error over steps.",
        ),
    ]


def without_effect(config: depth.Config | inside.Config | Step) -> set[str]:
    tuned = config.model_dump().get("rates") == "tuned"
    return ({"learning_rate"} if tuned else set()) | ({"width"} if config.net == "cnn" else set())


def slowly(config: depth.Config | inside.Config, at: int) -> tuple[Experiment, Config]:
    """One block of these nets at that step: of several depths, of the deepest."""
    layers = depth.depths(config)[-1] if isinstance(config, depth.Config) else config.depth
    shortcuts = [kind for kind in config.kinds if kind != "plain"]
    return slow_motion("skip_connections.step", config, at, depth=layers,
                       kind=(*shortcuts, "residual")[0])


LABS = {
    "depth": Lab("Depth", depth_charts, hidden=without_effect, slowly=slowly,
                 repairs=slower("overflowed")),
    "inside": Lab("Inside", inside_charts, hidden=without_effect, slowly=slowly,
                  repairs=slower("overflowed")),
    "step": Lab("One step, slowly", step_charts, "sub-step", hidden=without_effect, seconds=15,
                says=True),
}
