"""Charts of one signal, looked at slowly. Pure functions of the configuration."""

from __future__ import annotations

from typing import Any

from core.concepts.tuning import step
from explorer.charts import axis, decade
from explorer.live import Bind, Chart, Ref
from explorer.maps import SIGNS
from explorer.theme import Method
from pages.tuning import pictures
from pages.tuning.signal import MOST, reach
from pages.tuning.styles import INITS

HEIGHT = 330


def charts(config: step.Config, look: str) -> list[Chart]:
    """How large the signal is, layer by layer, what comes back, and every unit of the layer now."""
    init = INITS[config.init]
    return [
        by_layer("activation", init, config, title="What arrives in each layer",
                 y_title="Activations (root mean square)",
                 alt="Size of the activations in every layer, as far as the signal has come."),
        units(config),
        by_layer("gradient", init, config, title="What comes back",
                 y_title="Gradient (root mean square)",
                 alt="Size of the gradient at every layer, as far as it has come back."),
    ]


def by_layer(
    array: str, init: Method, config: step.Config, *, title: str, y_title: str, alt: str
) -> Chart:
    """A dot per layer that the signal has reached."""
    low, high = reach(config)
    data = [{
        "type": "scatter", "mode": "lines+markers", "name": init.label, "uid": array,
        "legendgroup": init.label, "x": list(range(1, config.depth + 1)), "y": [],
        "hovertemplate": "layer %{x}: %{y:.3g}", "line": {"color": init.color, "width": 2},
        "marker": {"symbol": init.symbol, "size": 11, "color": init.color},
    }]
    powers = pictures.powers(low, high)
    layout = {
        "xaxis": axis("Hidden layer", range=[0.5, config.depth + 0.5],
                      tickvals=list(range(1, config.depth + 1, 1 if config.depth < 10 else 3))),
        "yaxis": axis(y_title, log=True, range=[low, high], tickvals=[10.0**k for k in powers],
                      ticktext=[decade(k) for k in powers]),
        "hovermode": "closest",
    }
    bind = Bind(0, "state", y=Ref(array, seed=config.seed))
    return Chart(array, {"data": data, "layout": layout}, (bind,), title, alt, width="third",
                 height=HEIGHT)


def units(config: step.Config) -> Chart:
    """What each unit of the layer now says of some images, or the gradient there."""
    data: list[dict[str, Any]] = [{
        "type": "heatmap", "z": [], "uid": "now", "name": "Units", "showscale": False,
        "colorscale": SIGNS, "zmin": -MOST, "zmax": MOST, "hoverongaps": False,
        "hovertemplate": "unit %{x}, image %{y}: %{z:.3g}<extra></extra>",
        "x": list(range(1, config.width + 1)), "y": list(range(1, step.N_SHOWN + 1)),
    }]
    layout = {
        "xaxis": axis("Unit of the layer", zeroline=False, showgrid=False,
                      range=[0.5, config.width + 0.5]),
        "yaxis": axis("Image", zeroline=False, showgrid=False,
                      range=[step.N_SHOWN + 0.5, 0.5]),
        "hovermode": "closest",
    }
    return Chart("now", {"data": data, "layout": layout}, (Bind(0, "state", z=Ref("now")),),
                 "The layer now",
                 "What every unit of this layer says of some images; on the way back the gradient.",
                 width="third", height=HEIGHT,
                 note="orange: above 0, blue: below; gradient: over the last layer's")
