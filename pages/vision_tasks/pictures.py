"""The page's own pictures: scenes with what nets say of them. Pure functions, like `charts`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.concepts.vision_tasks import captions, find, pixels, questions, shared
from core.concepts.vision_tasks.asking import ANSWERS, N_RELATIONS, Answerer
from core.concepts.vision_tasks.asking import KINDS as ANSWERERS
from core.concepts.vision_tasks.common import CommonConfig
from core.concepts.vision_tasks.figures import POINTS
from core.concepts.vision_tasks.find import ASKED
from core.concepts.vision_tasks.heads import HEADS
from core.concepts.vision_tasks.nets import folded_shapes
from core.concepts.vision_tasks.scenes import BIG, NAMES, PEN, SHAPES, SIDE, SMALL, THICK
from core.concepts.vision_tasks.segment import KINDS, Segmenter
from core.concepts.vision_tasks.sentences import LENGTH, N_WORDS, RELATIONS, WORDS
from core.stacked.traced import Program
from explorer.charts import HEIGHT, axis, learning_curves
from explorer.live import Bind, Chart, Ref, Stage
from explorer.theme import INK, Method, Palette
from pages.vision_tasks.styles import CLASSES

FIRST = "new scenes of the first seed"
FAR = 7
"""Pixels; a point that is always in the middle of the picture is hardly farther off."""
INKED = 0.85
"""How dark a visitor's shapes are, midway between those that nets learn from."""


def _said(methods: Sequence[Method]) -> list[dict[str, Any]]:
    return [{"label": m.label, "color": m.color} for m in methods]


def found(nets: Sequence[Method]) -> Stage:
    """A row of scenes per net, with its class and its box."""
    rows = [{**row, "classes": ASKED[net.key].of_class, "boxes": ASKED[net.key].of_box}
            for row, net in zip(_said(nets), nets, strict=True)]
    return Stage(
        "scenes", "found", ("image", "true_class", "true_box", "said_class", "said_box"),
        {"side": SIDE, "classes": list(NAMES), "colors": [], "nets": rows},
        "What the nets say", "New scenes, and for each net its class and its box.",
        height=150 * len(nets) if len(nets) > 1 else 220, note=FIRST,
        invitation="point at a scene")


def segmented(nets: Sequence[Method], classes: Palette) -> Stage:
    """A row of scenes per net, with what it takes each pixel for."""
    return Stage(
        "scenes", "segmented", ("image", "true", "said"),
        {"side": SIDE, "classes": list(NAMES), "nets": _said(nets),
         "colors": [classes[name].color for name in NAMES]},
        "What each pixel is taken for",
        "New scenes, what is true of their pixels, and what each net says.",
        height=92 * (len(nets) + 2), note=FIRST, invitation="point at a scene")


def covering(nets: Sequence[Method], n_seeds: int) -> Chart:
    """Mean IoU over the updates, and that of one box for all scenes."""
    return _beside(learning_curves(
        "iou", "iou", nets, by="net", n_seeds=n_seeds, y_range=[0, 1],
        title="Boxes (dotted: one box for all scenes)", y_title="Mean IoU",
        alt="Mean IoU of the boxes in new scenes, over the updates."),
        "One box for all", "usual_iou")


def _beside(chart: Chart, name: str, array: str) -> Chart:
    """Curves, and a dotted line for what is not learned."""
    line = {"type": "scatter", "mode": "lines", "name": name, "uid": array,
            "legendgroup": array, "showlegend": False, "hoverinfo": "skip",
            "line": {"color": INK, "dash": "dot", "width": 1.5}}
    data = [*chart.figure["data"], line]
    fed = Bind(len(data) - 1, "series", y=Ref(array, reduce="median"))
    return replace(chart, figure={**chart.figure, "data": data}, binds=(*chart.binds, fed))


def several(ways: Sequence[Method]) -> Stage:
    """A row of scenes per way, with all boxes that it says."""
    return Stage(
        "scenes", "regions",
        ("image", "true_class", "true_box", "said_class", "said_box"),
        {"side": SIDE, "classes": list(NAMES), "colors": [], "nets": _said(ways)},
        "Which boxes are said, and what is in them",
        "New scenes with two shapes, and for each way its boxes and their classes.",
        height=170 * len(ways) if len(ways) > 1 else 220, note=FIRST,
        invitation="point at a scene")


def found_shapes(ways: Sequence[Method], n_seeds: int) -> Chart:
    """Shapes that are found over the updates, and those that any region is around."""
    return _beside(learning_curves(
        "found", "found", ways, by="net", n_seeds=n_seeds, y_range=[0, 1], percent=True,
        title="Shapes found (dotted: in a region)", y_title="Share right",
        alt="Share of the shapes in new scenes whose class and box are right, over the updates."),
        "Shapes in a region", "proposed")


QUESTIONS = {"class": ("What", "share right"), "box": ("Where", "mean IoU"),
             "pixels": ("Which pixels", "mean IoU"), "sentence": ("Say it", "share true")}
"""The four questions of one trunk, and how good answers are counted."""


def answered(nets: Sequence[Method]) -> Stage:
    """A row for all who are asked one question, and one for each trunk that is asked several."""
    rows = _together(nets)
    return Stage(
        "scenes", "answered",
        ("image", "true_class", "true_box", "true_pixels", "true_words", "said_class", "said_box",
         "said_pixels", "said_words"),
        {"side": SIDE, "classes": list(NAMES), "nets": rows, "words": list(WORDS),
         "colors": [CLASSES[name].color for name in NAMES]},
        "Four answers to a picture",
        "New scenes with all answers: by a net for each question, and by one for all.",
        height=196 * len(rows), width="full", note=FIRST, invitation="point at a scene")


def _together(nets: Sequence[Method]) -> list[dict[str, Any]]:
    """Which net answers which question, row by row."""
    asked = [shared.ASKED[net.key].questions for net in nets]
    alone = {one[0]: i for i, one in enumerate(asked) if len(one) == 1}
    rows = [{"label": "A net for each question", "color": INK, "of": alone}] if alone else []
    return rows + [
        {"label": net.label, "color": net.color, "of": dict.fromkeys(one, i)}
        for i, (net, one) in enumerate(zip(nets, asked, strict=True)) if len(one) > 1]


def alone_and_shared(nets: Sequence[Method], n_seeds: int) -> Chart:
    """A row per question, with a dot per seed of every net that is asked it."""
    data: list[dict[str, Any]] = []
    binds: list[Bind] = []
    for row, question in enumerate(QUESTIONS):
        own = [net for net in nets if question in shared.ASKED[net.key].questions]
        for j, m in enumerate(own):
            y = row + 0.6 * ((j + 0.5) / len(own) - 0.5)
            binds.append(Bind(len(data), "state",
                              x=Ref("score", net=m.key, question=question)))
            data.append({
                "type": "scatter", "mode": "markers", "name": m.label, "uid": f"{m.key} {question}",
                "legendgroup": m.label, "showlegend": False, "x": [None] * n_seeds,
                "y": [y] * n_seeds, "hovertemplate": "%{x:.2f}", "cliponaxis": False,
                "marker": {"symbol": m.symbol, "size": 10, "color": m.color, "opacity": 0.75}})
    rows: dict[str, Any] = {
        "tickvals": list(range(len(QUESTIONS))), "zeroline": False,
        "ticktext": [f"{asked} ({how})" for asked, how in QUESTIONS.values()],
        "range": [len(QUESTIONS) - 0.5, -0.5]}
    layout = {"xaxis": axis("1 is perfect", range=[0, 1]), "yaxis": axis("", **rows),
              "hovermode": "closest"}
    return Chart("scores", {"data": data, "layout": layout}, tuple(binds), "Alone and shared, now",
                 "A row per question: how good the answers of each net are now, a dot per seed.",
                 height=HEIGHT, note="higher is better" + ", a dot per seed" * (n_seeds > 1))


def posed(learners: Sequence[Method]) -> Stage:
    """A row of figures per learner, with the points that it says."""
    return Stage(
        "scenes", "posed", ("image", "true_points", "said_points"),
        {"side": SIDE, "classes": list(POINTS), "colors": [], "nets": _said(learners)},
        "Where the key points are said to be", "New figures, and for each net its key points.",
        height=108 * len(learners), note="new figures of the first seed",
        invitation="point at a picture")


def by_point(learners: Sequence[Method], n_seeds: int) -> Chart:
    """How far each key point is off, now."""
    data = [{
        "type": "scatter", "mode": "markers", "name": m.label, "uid": m.label,
        "legendgroup": m.label, "showlegend": False, "x": [None] * len(POINTS),
        "y": [i + 0.12 * (j - (len(learners) - 1) / 2) for i in range(len(POINTS))],
        "marker": {"symbol": m.symbol, "size": 10, "color": m.color, "opacity": 0.85},
        "hovertemplate": "%{x:.2f}",
    } for j, m in enumerate(learners)]
    binds = tuple(Bind(j, "state", x=Ref("distance", learner=m.key, reduce="median"))
                  for j, m in enumerate(learners))
    rows: dict[str, Any] = {
        "tickvals": list(range(len(POINTS))), "ticktext": list(POINTS), "zeroline": False,
        "range": [len(POINTS) - 0.5, -0.5]}
    layout = {"xaxis": axis("Distance (pixels)", range=[0, FAR]), "yaxis": axis("", **rows),
              "hovermode": "closest"}
    return Chart("distance", {"data": data, "layout": layout}, binds, "How far off each point is",
                 "The mean distance of each key point from where it is, now.", height=HEIGHT,
                 note="lower is better" + f", median of {n_seeds} seeds" * (n_seeds > 1))


def asked(nets: Sequence[Method]) -> Stage:
    """Scenes, and below each a question and the answer of every net."""
    return Stage(
        "scenes", "asked", ("image", "true", "asked", "said"),
        {"side": SIDE, "classes": list(NAMES), "colors": [], "nets": _said(nets),
         "words": [*RELATIONS, *ANSWERS]},
        "What the nets answer", "New scenes, a question about each, and the answer of each net.",
        height=200 + 24 * len(nets), note=FIRST, invitation="choose a question")


def captioned(nets: Sequence[Method]) -> Stage:
    """A row of scenes per net, with its sentence below each."""
    return Stage(
        "scenes", "captioned", ("image", "true_words", "said_words"),
        {"side": SIDE, "classes": list(NAMES), "colors": [], "nets": _said(nets),
         "words": list(WORDS)},
        "What the nets say", "New scenes, and the sentence of each net.",
        height=190 * len(nets), note=FIRST, invitation="point at a scene")


def looked(nets: Sequence[Method], at: Sequence[int]) -> Stage:
    """For each word of a sentence where the nets look, at these positions in the arrays."""
    rows = [{**row, "at": i} for row, i in zip(_said(nets), at, strict=True)]
    return Stage(
        "looks", "looked", ("image", "true_words", "said_words", "looks"),
        {"side": SIDE, "classes": list(NAMES), "colors": [], "nets": rows, "words": list(WORDS)},
        "Where it looks, word by word",
        "A scene for each word of a sentence, with the places that the net looks at.",
        height=170 * len(nets), note=FIRST)


# --- a scene of the visitor's own ------------------------------------------------------------


def _composed(
    config: CommonConfig, learned: int, nets: Sequence[Mapping[str, Any]], asked: str,
    kind: str = "composed", **more: object,
) -> Stage:
    """A scene to put together, and what nets say of it that have learned from so many shapes."""
    drawing = {"side": SIDE, "paths": list(SHAPES.values()), "pen": PEN, "thick": THICK,
               "sizes": [sum(ends) / 2 for ends in (SMALL, BIG)], "noise": config.noise,
               "ink": INKED}
    return Stage(
        "composed", kind, ("weights",),
        {"side": SIDE, "classes": list(NAMES), "words": None,
         "colors": [CLASSES[name].color for name in NAMES], "nets": list(nets),
         "drawing": drawing, "learned": learned, **more},
        "A scene of your own", f"A scene that you put together, and each net's {asked} for it.",
        height=230, width="full", note="nets of the first seed, run in your browser")


def _rows(methods: Sequence[Method], nets: Sequence[Program]) -> list[dict[str, Any]]:
    return [{**row, "shapes": {name: list(shape) for name, shape in folded_shapes(net).items()}}
            for row, net in zip(_said(methods), nets, strict=True)]


def composed_to_find(config: find.Config, methods: Sequence[Method]) -> Stage:
    asked = [ASKED[method.key] for method in methods]
    rows = _rows(methods, [find.net_of(config, one) for one in asked])
    return _composed(config, 1, [
        {**row, "kind": "finder", "padding": config.padding, "everywhere": config.everywhere,
         "classes": one.of_class, "boxes": one.of_box}
        for row, one in zip(rows, asked, strict=True)], "class and box")


def composed_of_pixels(config: pixels.Config, methods: Sequence[Method]) -> Stage:
    kinds = [KINDS[method.key] for method in methods]
    rows = _rows(methods, [Segmenter(kind) for kind in kinds])
    return _composed(config, 2, [
        {**row, "kind": "segmenter", "skips": kind.skips, "deep": kind.deep}
        for row, kind in zip(rows, kinds, strict=True)], "pixels")


def composed_to_say(config: captions.Config, methods: Sequence[Method]) -> Stage:
    nets = [captions.net_of(method.key) for method in methods]
    return _composed(config, 2, [
        {**row, "kind": "speaker", "looks": net.kind.looks, "atOnce": net.kind.at_once,
         "words": N_WORDS, "length": LENGTH}
        for row, net in zip(_rows(methods, nets), nets, strict=True)],
        "sentence", words=list(WORDS))


def composed_for_all(config: shared.Config, methods: Sequence[Method]) -> Stage:
    nets = [shared.net_of(config, method.key) for method in methods]
    return _composed(config, 2, [
        {**row, "kind": "answering", "questions": [name for name in HEADS if name in net.asked],
         "words": N_WORDS, "length": LENGTH}
        for row, net in zip(_rows(methods, nets), nets, strict=True)],
        "classes, boxes, pixels and sentence", "answered_own", rows=_together(methods),
        words=list(WORDS))


def composed_to_ask(config: questions.Config, methods: Sequence[Method]) -> Stage:
    kinds = [ANSWERERS[method.key] for method in methods]
    return _composed(config, 2, [
        {**row, "kind": "answerer", "looks": kind.looks, "sees": kind.sees, "hears": kind.hears,
         "relations": N_RELATIONS}
        for row, kind in zip(_rows(methods, [Answerer(kind) for kind in kinds]), kinds,
                             strict=True)],
        "answer", "asked_own", words=[*RELATIONS, *ANSWERS])
