"""Charts of the lab of shapes. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.concepts.recurrence import shape_tasks as tasks
from core.concepts.recurrence import shapes
from core.concepts.recurrence.shape_kinds import PAIRS, TEMPERATURES
from explorer.charts import HEIGHT, axis, counted, curve, learning_curves, pick
from explorer.live import Bind, Chart, Panel, Ref, Stage
from explorer.maps import EMPTY, shaded
from explorer.theme import AWAY, INK, ON_MAP, Method, chosen
from pages.recurrence.pictures import with_guess
from pages.recurrence.styles import VARIANTS

RIGHT = "Share right"
SHARE: dict[str, Any] = {"range": [-0.02, 1.02], "tickformat": ".0%"}


def shape_charts(config: shapes.Config, look: str) -> list[Panel]:
    """Those of the shape that is asked for."""
    return CHARTS[config.shape](config, chosen(VARIANTS, shapes.variants(config)))


def shares(
    name: str, array: str, config: shapes.Config, variants: Sequence[Method], title: str,
    alt: str, **where: Any,
) -> Chart:
    """Shares of right answers over the steps."""
    return learning_curves(
        name, array, variants, by="variant", where=where, n_seeds=config.n_seeds, percent=True,
        title=title, y_title=RIGHT, y_range=SHARE["range"], alt=alt)


# --- one to many ------------------------------------------------------------------------------


def drawing(config: shapes.Config, variants: Sequence[Method]) -> list[Panel]:
    own = learning_curves(
        "off", "off", variants, by="variant", where={"told": "own"}, n_seeds=config.n_seeds,
        log=True, y_range=[-1.8, 0.4], y_title="Distance to the curve",
        title="From their own points (dotted: from the right ones)",
        alt="How far the points are from where they should be, over the steps.",
    )
    data, binds = list(own.figure["data"]), list(own.binds)
    for net in variants:
        binds.append(Bind(len(data), "series", y=Ref("off", reduce="median", variant=net.key,
                                                     told="right")))
        data.append(curve(net, uid=f"{net.label} told", showlegend=False,
                          line={"color": net.color, "dash": "dot", "width": 2}))
    both = Chart(own.id, {**own.figure, "data": data}, tuple(binds), own.title, own.alt,
                 height=own.height, note=own.note)
    return [*(figures(net) for net in variants), both]


def figures(net: Method) -> Chart:
    """All figures as a net draws them from its own points, on the right ones."""
    line = {"type": "scatter", "mode": "lines", "x": [], "y": [], "hoverinfo": "skip"}
    data = [
        {**line, "name": "As it should be", "uid": "right", "showlegend": False,
         "line": {"color": AWAY, "width": 1}},
        {**line, "name": net.label, "uid": net.label, "legendgroup": net.label,
         "showlegend": False, "line": {"color": net.color, "width": 2.5}},
    ]
    x, y = (Ref("drawn", variant=net.key, axis=at) for at in ("x", "y"))
    binds = (Bind(0, "state", x=Ref("figures", axis="x"), y=Ref("figures", axis="y")),
             Bind(1, "state", x=x, y=y))
    layout = {
        "xaxis": axis("Across", range=[-1.4, 9.2], visible=False),
        "yaxis": axis("Up", range=[-4.0, 1.4], visible=False, scaleanchor="x"),
        "hovermode": False,
    }
    return Chart(f"figures_{net.key}", {"data": data, "layout": layout}, binds,
                 f"{net.label} draws",
                 f"Eight figures as the {net.label} draws them, on thin lines as they should be.",
                 width="third", height=200, note="thin: right")


# --- many to one ------------------------------------------------------------------------------


def judging(config: shapes.Config, variants: Sequence[Method]) -> list[Panel]:
    kinds = {"plain": "Sentences without a “not”", "not": "Sentences with a “not”"}
    right = [shares(f"judged_{kind}", "judged", config, variants, title,
                    f"{title}: the share of right judgements over the steps.", kind=kind)
             for kind, title in kinds.items()]
    return [*right[::-1], *(running(variants, i) for i in range(len(tasks.SENTENCES)))]


def running(variants: Sequence[Method], sentence: int) -> Chart:
    """How sure each is of praise after each word of a sentence."""
    text = tasks.SENTENCES[sentence]
    words = text.split()
    data = [curve(net, x=list(range(1, len(words) + 1)), y=[], mode="lines+markers",
                  marker={"symbol": net.symbol, "size": 8}, hovertemplate="%{y:.0%}")
            for net in variants]
    binds = tuple(Bind(i, "state", y=Ref("running", variant=net.key, sentence=sentence))
                  for i, net in enumerate(variants))
    layout = {
        "xaxis": axis("Read so far", tickvals=list(range(1, len(words) + 1)), ticktext=words,
                      range=[0.5, len(words) + 0.5]),
        "yaxis": axis("Praise, it says", **SHARE), "hovermode": "x unified",
    }
    chart = Chart(f"running_{sentence}", {"data": data, "layout": layout}, binds,
                  f"“… {' '.join(words[-4:])}”",
                  f"How sure each net is of praise after each word of: {text}.",
                  height=HEIGHT, note="first seed")
    return with_guess(chart, 0.5, "y")


# --- many to many, place by place -------------------------------------------------------------


def tagging(config: shapes.Config, variants: Sequence[Method]) -> list[Panel]:
    right = shares("tagged", "tagged", config, variants, "Numbers that are tagged rightly",
                   "The share of numbers that are tagged rightly, over the steps.")
    return [right, read_values(), said_peaks(variants)]


def read_values() -> Chart:
    """One sequence, with its peaks."""
    places = list(range(1, tasks.N_VALUES + 1))
    data = [
        {"type": "scatter", "mode": "lines+markers", "name": "Number", "uid": "values", "x": places,
         "y": [], "line": {"color": AWAY, "width": 1.5}, "marker": {"size": 5, "color": AWAY},
         "showlegend": False, "hovertemplate": "%{y:.2f}"},
        {"type": "scatter", "mode": "markers", "name": "Peak", "uid": "tops", "x": places, "y": [],
         "marker": {"size": 11, "color": INK, "symbol": "triangle-up"}, "showlegend": False,
         "hoverinfo": "skip"},
    ]
    layout = {"xaxis": axis("Place in the sequence   (▲ peak)", range=[0.5, places[-1] + 0.5]),
              "yaxis": axis("Number that is read"), "hovermode": "x unified"}
    binds = (Bind(0, "state", y=Ref("values")), Bind(1, "state", y=Ref("tops")))
    return Chart("values", {"data": data, "layout": layout}, binds, "What they read",
                 "One sequence of numbers; triangles are the peaks.", height=HEIGHT,
                 note="one sequence")


def said_peaks(variants: Sequence[Method]) -> Chart:
    """How sure each is that a place is a peak."""
    places = list(range(1, tasks.N_VALUES + 1))
    data = [curve(net, x=places, y=[], mode="lines+markers",
                  marker={"symbol": net.symbol, "size": 8}, hovertemplate="%{y:.0%}")
            for net in variants]
    binds = [Bind(i, "state", y=Ref("peak", variant=net.key)) for i, net in enumerate(variants)]
    layout = {"xaxis": axis("Place in the sequence", range=[0.5, places[-1] + 0.5]),
              "yaxis": axis("A peak, it says", **SHARE), "hovermode": "x unified"}
    chart = Chart("peak", {"data": data, "layout": layout}, tuple(binds), "What they say of it",
                  "How sure each net is at each place that it is a peak.", height=HEIGHT,
                  note="first seed, the same sequence")
    return with_guess(chart, 0.5, "y")


# --- encoder and decoder ----------------------------------------------------------------------


def expanding(config: shapes.Config, variants: Sequence[Method]) -> list[Panel]:
    over_time = shares("exact_3", "exact", config, variants,
                       f"Whole answers to {tasks.MOST_PAIRS} pairs",
                       "The share of answers without a mistake, over the steps.",
                       pairs=tasks.MOST_PAIRS)
    return [against_pairs(variants, config.n_seeds), over_time,
            *(said_letters(net) for net in variants)]


def against_pairs(variants: Sequence[Method], n_seeds: int) -> Chart:
    """Whole answers by the number of pairs: a line through the medians in its band."""
    return over_points(
        "exact", "exact", variants, n_seeds, PAIRS, "pairs", "Whole answers, by number of pairs",
        "Pairs in the source   (trained: 1 to 3)", RIGHT,
        "The share of answers without a mistake by the number of pairs.")


def over_points(
    name: str, array: str, variants: Sequence[Method], n_seeds: int, points: Sequence[float],
    dimension: str, title: str, x_title: str, y_title: str, alt: str,
) -> Chart:
    """A share at a few points, as it is now: a dot per seed, and a line through the medians."""
    apart = 0.03 * (points[-1] - points[0])
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for i, net in enumerate(variants):
        aside = apart * (i - (len(variants) - 1) / 2)
        for point in points:
            binds.append(Bind(len(data), "state", y=pick(array, {"variant": net.key,
                                                                 dimension: point})))
            data.append({
                "type": "scatter", "mode": "markers", "name": net.label, "showlegend": False,
                "uid": f"{net.label} {point:g}", "legendgroup": net.label, "hoverinfo": "skip",
                "x": [round(point + aside, 3)] * n_seeds, "y": [], "cliponaxis": False,
                "marker": {"symbol": net.symbol, "size": 8, "color": net.color, "opacity": 0.6},
            })
        binds.append(Bind(len(data), "state", y=Ref(array, reduce="median", variant=net.key)))
        data.append(curve(net, x=list(points), y=[], hovertemplate="%{y:.0%}"))
    half = 0.12 * (points[-1] - points[0])
    layout = {"xaxis": axis(x_title, tickvals=list(points), zeroline=False,
                            range=[points[0] - half, points[-1] + half]),
              "yaxis": axis(y_title, **SHARE), "hovermode": "x unified"}
    return Chart(name, {"data": data, "layout": layout}, tuple(binds), title, alt, height=HEIGHT,
                 note=counted(y_title, "a dot per seed" if n_seeds > 1 else ""))


def said_letters(net: Method) -> Chart:
    """What a decoder says for the example, place by place, and what is right."""
    pairs = tasks.expanded([tasks.EXAMPLE], tasks.MOST_PAIRS)
    right = [int(symbol) for symbol in pairs.target[0] if symbol >= 0]
    rows, colours = [*tasks.LETTERS, "end"], shaded("", {0: "0", 1: "1"}, ("no", "sure"),
                                                    light="high")
    shades = {name: colours[name] for name in ("colorscale", "reversescale")}
    places = list(range(1, pairs.target.shape[1] + 1))
    data = [
        {"type": "heatmap", "x": places, "y": list(range(len(rows))), "z": [], "zmin": 0, "zmax": 1,
         "uid": f"says {net.key}", **shades, "showscale": False,
         "hovertemplate": "symbol %{x}: %{z:.0%}<extra></extra>"},
        {"type": "scatter", "mode": "markers", "name": "Right", "uid": "right", "x": places,
         "y": right, "showlegend": False, "hoverinfo": "skip",
         "marker": {"symbol": "circle", "size": 9, "color": ON_MAP[0],
                    "line": {"width": 2, "color": ON_MAP[1]}}},
        {"type": "scatter", "mode": "markers", "x": [None], "y": [None],
         "uid": f"says-{net.key}-colours", "showlegend": False, "hoverinfo": "skip",
         "marker": {"color": [0], "cmin": 0, "cmax": 1, **shades, "showscale": True,
                    "colorbar": colours["colorbar"]}},
    ]
    layout = {
        "xaxis": axis("Place in the answer   (○ as it should be)", range=[0.5, places[-1] + 0.5]),
        "yaxis": axis("", tickvals=list(range(len(rows))), ticktext=rows,
                      range=[len(rows) - 0.5, -0.5]),
        "plot_bgcolor": EMPTY, "hovermode": "closest",
    }
    return Chart(f"says_{net.key}", {"data": data, "layout": layout},
                 (Bind(0, "state", z=Ref("says", variant=net.key)),),
                 f"{net.label}: the answer to {tasks.EXAMPLE}",
                 f"How sure the {net.label} is of each letter at each place of its answer.",
                 width="third", height=260, note="first seed")


# --- writing on -------------------------------------------------------------------------------


def writing(config: shapes.Config, variants: Sequence[Method]) -> list[Panel]:
    loss = learning_curves(
        "loss", "loss", variants, by="variant", n_seeds=config.n_seeds,
        title="How surprised each is by the next symbol", y_title="Cross-entropy",
        y_range=[0, 3.4], alt="The loss on pieces of the text, over the steps.",
    )
    known = over_points(
        "known", "known", variants, config.n_seeds, TEMPERATURES, "temperature",
        "Words of the rhyme, by temperature", "Temperature", "Share of the words that are known",
        "Of the words that are written, the share that is in the text, by temperature.")
    return [writer(config, variants), loss, known]


def writer(config: shapes.Config, variants: Sequence[Method]) -> Stage:
    """The nets of the frame write on: they run in the browser."""
    nets = [{**net, "label": method.label, "color": method.color} for net, method in
            zip(shapes.net_as_data(config), variants, strict=True)]
    options = {"nets": nets, "symbols": tasks.SYMBOLS, "known": sorted(tasks.KNOWN),
               "piece": tasks.PIECE}
    return Stage("writes", "writer", ("weights", "influence"), options, "They write, and look back",
                 "What each net writes, and which symbols a prediction depends on.", width="full",
                 height=300, note="first seed; red: no word of the rhyme")


CHARTS = {"draw": drawing, "praise": judging, "peaks": tagging, "expand": expanding,
          "write": writing}
