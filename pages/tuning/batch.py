"""What the labs of batches, and of learning rates and norms, show. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.tuning import batch, window
from explorer.charts import HEIGHT, PERCENT, axis, counted, curve, dots, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.theme import Method, chosen
from pages.tuning import pictures
from pages.tuning.styles import NORMS, RULES, SIZES


def batch_charts(config: batch.Config, look: str) -> Sequence[Chart]:
    rules, sizes = chosen(RULES, config.rules), chosen(SIZES, config.sizes)
    n_seeds, rule = config.n_seeds, RULES[look]
    x = [int(size) for size in config.sizes]
    over_sizes = pictures.against(
        "sizes", "test_error", rules, x, by="rule", n_seeds=n_seeds, ticks=x, y_range=(-0.02, 1),
        title="Mistakes on new images, by batch size", x_title="Images in a batch",
        alt="The share of new images that is wrong for each batch size and each rule.",
    )
    over_images = learning_curves(
        "images", "test_error", sizes, by="size", where={"rule": rule.key}, n_seeds=n_seeds,
        title=f"{rule.label}: image by image", y_title="Share wrong", percent=True,
        y_range=(-0.02, 1),
        x_axis=axis("Images seen", range=[0, config.n_epochs * batch.N_TRAIN]),
        alt="The share of new images that is wrong over the number of images seen.",
    )
    return [over_sizes, over_images, over_updates(config, sizes, rule),
            over_seconds(config, sizes, rule)]


def over_updates(config: batch.Config, sizes: Sequence[Method], rule: Method) -> Chart:
    """The same mistakes, update by update."""
    most = config.n_epochs * batch.N_TRAIN / min(int(m.key) for m in sizes)
    return over(
        "updates", "n_updates", sizes, rule, f"{rule.label}: update by update",
        axis("Updates", range=[0, round(min(most, 260))], zeroline=False), "the first 260 updates")


def over_seconds(config: batch.Config, sizes: Sequence[Method], rule: Method) -> Chart:
    """The same mistakes against what the updates have cost."""
    n_nets = len(config.rules) * config.n_seeds
    return over(
        "seconds", "seconds", sizes, rule, f"{rule.label}: second by second",
        axis("Processor seconds, measured", log=True), f"{n_nets} nets side by side")


def over(
    name: str, array: str, sizes: Sequence[Method], rule: Method, title: str,
    x_axis: dict[str, Any], note: str,
) -> Chart:
    """Medians of the share wrong over something that grows as the nets learn, size by size.

    Args:
        array: Has the dimensions (step, size).
    """
    data = [curve(m, hovertemplate="%{y:.1%}") for m in sizes]
    binds = tuple(
        Bind(i, "series", x=Ref(array, size=m.key),
             y=Ref("test_error", rule=rule.key, size=m.key, reduce="median"))
        for i, m in enumerate(sizes))
    layout = {
        "xaxis": x_axis,
        "yaxis": axis("Share wrong", range=[-0.02, 1], zeroline=False, **PERCENT),
        "hovermode": "closest",
    }
    return Chart(name, {"data": data, "layout": layout}, binds, title,
                 f"The share of new images that is wrong over {array.removeprefix('n_')}.",
                 height=HEIGHT, note=counted("Share wrong", note))


def window_charts(config: window.Config, look: str) -> Sequence[Chart]:
    norms, n_seeds = chosen(NORMS, config.norms), config.n_seeds
    return [
        pictures.against(
            "window", "test_error", norms, window.RATES, by="norm", n_seeds=n_seeds,
            title="Which learning rates work, now", x_title="Learning rate", y_range=(-0.02, 1.02),
            alt="The share of new images that is wrong at each learning rate, for each norm.",
        ),
        learning_curves(
            "best", "best_error", norms, by="norm", n_seeds=n_seeds, percent=True,
            title="At its best rate: mistakes on new images", y_title="Share wrong",
            y_range=(-0.02, 1.02),
            alt="The share of new images that is wrong at the rate with the least training loss.",
        ),
        dots(
            "best_rate", "best_rate", norms, by="norm", n_seeds=n_seeds, log=True, spread=0.4,
            title="The best rate, by training loss", x_title="Learning rate",
            alt="For each norm and seed the learning rate with the least training loss.",
        ),
    ]
