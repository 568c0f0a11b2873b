"""What the lab of training steps shows. Pure functions of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.faster import training
from explorer.charts import HEIGHT, PERCENT, axis, counted, curve, dots, learning_curves
from explorer.live import Bind, Chart, Ref
from explorer.theme import Method, chosen
from pages.faster.machine import load
from pages.faster.styles import TRAINED

WRONG = "Share wrong"


def charts(config: training.Config, look: str) -> Sequence[Chart]:
    ways, n = chosen(TRAINED, config.ways), config.n_seeds
    return [
        by_seconds(ways, n),
        learning_curves(
            "errors", "test_error", ways, by="way", n_seeds=n, percent=True,
            title="Mistakes by images seen", y_title=WRONG, y_range=(-0.02, 1),
            x_axis=axis("Passes through the 1000 images", range=[0, config.n_passes], dtick=1),
            alt="The share of new images that is wrong for each way, over the passes.",
        ),
        dots("update_ms", "update_ms", ways, by="way", n_seeds=n, spread=0.5, log=True,
             title="One update", x_title="Milliseconds",
             alt="How long one update takes: a row per way, a dot per net, median of its passes."),
        load(config.n_passes, "Pass"),
    ]


def by_seconds(ways: Sequence[Method], n_seeds: int) -> Chart:
    """Mistakes over the seconds that updates took."""
    data: list[dict[str, Any]] = [
        curve(m, mode="lines+markers", marker={"symbol": m.symbol, "size": 8},
              hovertemplate="%{x:.3g} s: %{y:.1%}") for m in ways]
    binds = tuple(Bind(i, "series", x=Ref("seconds", way=m.key, reduce="median"),
                       y=Ref("test_error", way=m.key, reduce="median"))
                  for i, m in enumerate(ways))
    layout = {
        "xaxis": axis("Seconds of training", log=True),
        "yaxis": axis(WRONG, range=[-0.02, 1], zeroline=False, **PERCENT),
        "hovermode": "closest",
    }
    several = f"median of {n_seeds} seeds" if n_seeds > 1 else ""
    return Chart("seconds", {"data": data, "layout": layout}, binds, "Mistakes by seconds",
                 "The share of new images that is wrong, over the seconds that training took.",
                 height=HEIGHT, note=counted(WRONG, several, "a sign per pass, measured now"))
