"""Charts of nets that lack a part each. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from explorer.charts import HEIGHT, annotated, axis, counted, curve, pick, spread
from explorer.live import Bind, Chart, Ref
from explorer.theme import AWAY, Method

RIGHT = "Share right"
SHARE: dict[str, Any] = {"range": [-0.02, 1.02], "tickformat": ".0%"}


def with_guess(chart: Chart, value: float | None, along: str) -> Chart:
    """With a line at the share right of who knows nothing of the sequence, if that is known."""
    if value is None:
        return chart
    other = "y" if along == "x" else "x"
    line = {"type": "line", f"{along}0": value, f"{along}1": value, f"{other}ref": "paper",
            f"{other}0": 0, f"{other}1": 1, "line": {"color": AWAY, "width": 1}}
    # beside an upright line its words stand at the foot, beside a level one at the right
    at = {"y": 0, "xanchor": "left", "xshift": 3} if along == "x" else {
        "x": 0.99, "xanchor": "right"}
    return annotated(chart, line, {along: value, f"{other}ref": "paper", "yanchor": "bottom",
                                   "text": "a guess", "showarrow": False, **at})


def seed_lines(
    name: str, array: str, methods: Sequence[Method], seeds: Sequence[int], *, by: str, title: str,
    y_title: str, alt: str, height: int = HEIGHT, **y_axis: Any,
) -> Chart:
    """A thin line per seed: the mean of seeds that jump at different steps would rise slowly."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for method in methods:
        for seed in seeds:
            binds.append(Bind(len(data), "series", y=pick(array, {by: method.key, "seed": seed})))
            data.append(curve(
                method, uid=f"{method.label} {seed}", showlegend=seed == seeds[0],
                line={"color": method.color, "dash": method.dash, "width": 1.5},
                opacity=0.8, hoverinfo="name"))
    layout = {"xaxis": axis("Step (updates)"), "yaxis": axis(y_title, **y_axis),
              "hovermode": "closest"}
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=height,
                 note=counted(y_title, "a line per seed" if len(seeds) > 1 else ""))


def by_layer(
    methods: Sequence[Method], n_layers: int, n_seeds: int,
) -> Chart:
    """How alike the places of a sequence are after each layer, as they are now."""
    layers = list(range(n_layers + 1))
    data = [curve(m, x=layers, y=[], mode="lines+markers", hovertemplate="%{y:.2f}",
                  marker={"symbol": m.symbol, "size": 7}) for m in methods]
    binds = tuple(Bind(i, "state", y=Ref("likeness", net=m.key, reduce="median"))
                  for i, m in enumerate(methods))
    layout = {
        "xaxis": axis("After layer (0: before the first)", tickvals=layers, zeroline=False),
        "yaxis": axis("Cosine between two places", range=[-0.1, 1.04]), "hovermode": "x unified",
    }
    return Chart(
        "likeness", {"data": data, "layout": layout}, binds,
        "How alike the places of a sequence are",
        "The mean cosine between the states of two places, after each layer; 1 is all the same.",
        height=HEIGHT, note=counted("Cosine between two places",
                                    f"median of {n_seeds} seeds" if n_seeds > 1 else ""))


def entropies(methods: Sequence[Method], n_seeds: int) -> Chart:
    """The entropy of what is looked at, over the steps."""
    data = [curve(m, hovertemplate="%{y:.0%}") for m in methods]
    binds = tuple(Bind(i, "series", y=Ref("evenness", net=m.key, reduce="median"))
                  for i, m in enumerate(methods))
    layout = {"xaxis": axis("Step (updates)"), "hovermode": "x unified",
              "yaxis": axis("Evenness, 100 %: all alike", **SHARE)}
    return Chart(
        "evenness", {"data": data, "layout": layout}, binds, "How evenly heads look",
        "The entropy of the attention, mean over all heads, as a share of looking at all places "
        "alike.", height=HEIGHT, note=spread(n_seeds).partition(",")[0])
