"""Charts of the lab of leaks: accuracies over the number of columns, and the best column."""

from __future__ import annotations

from typing import Any

from core.concepts.representation import leaks
from explorer.charts import HEIGHT, axis, dots, learning_curves, pick
from explorer.live import Bind, Chart
from explorer.theme import INK, chosen
from pages.representation.styles import LEAKS


def charts(config: leaks.Config, look: str) -> list[Chart]:
    ways, n_seeds = chosen(LEAKS, leaks.WAYS), config.n_seeds
    return [
        learning_curves(
            "accuracy", "accuracy", ways, by="way", n_seeds=n_seeds,
            title="Share right, the more columns there are to choose from", y_title="Share right",
            y_range=[0.18, 1.02], percent=True,
            x_axis=axis("Columns to choose from", range=[0, config.n_features]),
            alt="Share right by each way of judging over the number of columns.",
        ),
        dots(
            "now", "accuracy", ways, by="way", n_seeds=n_seeds, title="Where they stand now",
            x_title="Share right", x_range=[0.15, 1.02], percent=True, spread=0.5,
            alt="Share right by each way of judging, a dot per seed.",
        ),
        best_column(config),
    ]


def best_column(config: leaks.Config) -> Chart:
    """Values of the column that is most correlated with the labels, apart by label."""
    n = config.n_samples
    aside = [((i * 7) % 11 - 5) / 20 for i in range(n)]  # so that dots do not cover each other
    data: list[dict[str, Any]] = [{
        "type": "scatter", "mode": "markers", "name": f"Label {c}", "uid": f"label {c}",
        "showlegend": False, "x": [], "y": [c + a for a in aside], "hoverinfo": "x",
        "marker": {"symbol": symbol, "size": 8, "color": INK, "opacity": 0.7},
    } for c, symbol in ((0, "circle"), (1, "square-open"))]
    layout = {
        "xaxis": axis("Its value in every row", range=[-4, 4], zeroline=False),
        "yaxis": axis("", tickvals=[0, 1], ticktext=["Label 0", "Label 1"], range=[-0.6, 1.6],
                      zeroline=False), "hovermode": "closest",
    }
    binds = tuple(Bind(c, "state", x=pick("column", {"class": c})) for c in (0, 1))
    return Chart("column", {"data": data, "layout": layout}, binds,
                 "The best column so far", "Values of the column that is most correlated with "
                 "the labels, for either label.", height=HEIGHT, width="full", note="first seed")
