"""The page's lesson; its texts are in `explorer/lessons/<language>/convolution.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.convolution import build_claims as build
from core.concepts.convolution import inside_claims as inside
from core.concepts.convolution import pictures_claims as pictures
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

PICTURES, BUILD, INSIDE = (
    find(f"convolution.{lab}") for lab in ("pictures", "build", "inside"))


def error(net: str) -> Ref:
    """The median over the seeds of a net's error on new images."""
    return Ref("test_error", net=net, reduce="median")


def shape(name: str) -> Ref:
    """The median error of the convolutional net on one shape."""
    return Ref("class_error", reduce="median", **{"net": "cnn", "class": name})


def moved(net: str, by: int) -> Ref:
    return Ref("moved_error", net=net, move=by, reduce="median")


def probe(layer: str) -> Ref:
    return Ref("probe_error", layer=layer, reduce="median")


def share(ref: Ref, step: int | None = None, run: int = 0) -> Value:
    return Value(ref, "percent", step, run)


def whole(array: str, net: str) -> Value:
    return Value(Ref(array, net=net), "whole")


SCENES = (
    Scene(
        "fewer", PICTURES, (pictures.START,), ("test_error", "answers"),
        ("fewer_errors", "learned_by_heart", "more_work"), right=2,
        values={
            "cnn": share(error("cnn")), "nine": share(error("mlp_nine")),
            "work": whole("multiply_adds", "cnn"), "dense": whole("multiply_adds", "mlp_nine"),
        },
        stops=(Stop(120, "test_error", y=error("cnn")),),
        words=("convolution", "weight", "test_error"),
    ),
    Scene(
        "scramble", PICTURES, (pictures.SCRAMBLED, pictures.START), ("test_error", "answers"),
        ("scrambled",), right=1,
        values={
            "cnn": share(error("cnn")), "before": share(error("cnn"), run=1),
            "dense": share(error("mlp_nine")), "dense_before": share(error("mlp_nine"), run=1),
        },
        stops=(Stop(150, "test_error", y=error("cnn")),),
        words=("convolution", "test_error", "band"),
    ),
    Scene(
        "moved", PICTURES, (pictures.CENTRED,), ("moved",),
        ("not_invariant", "moved_less"), right=2,
        values={
            "still": share(moved("cnn", 0)), "two": share(moved("cnn", 2)),
            "dense": share(moved("mlp_nine", 2)),
        },
        stops=(
            Stop(120, "moved", x=0, y=moved("cnn", 0)), Stop(200, "moved", x=2, y=moved("cnn", 2)),
        ),
        words=("pooling", "convolution"),
    ),
    Scene(
        "turned", PICTURES, (pictures.TURNED, pictures.STILL), ("changed", "classes"),
        ("turns_break_some", "turns_spare_others", "flips_break_none"), right=2,
        values={
            "plus": share(shape("plus")), "x": share(shape("x")), "l": share(shape("L")),
            "plus_still": share(shape("plus"), run=1), "x_still": share(shape("x"), run=1),
            "l_still": share(shape("L"), run=1),
        },
        stops=(Stop(150, "classes", x=3, y=shape("plus")), Stop(250, "classes", x=6,
                                                               y=shape("L"))),
        words=("augmentation",),
    ),
    Scene(
        "layers", INSIDE, (inside.START,), ("maps", "probe"),
        ("deeper_reads_better", "untrained_knows_something"), right=2,
        values={
            "first": share(probe("layer1")), "second": share(probe("layer2")),
            "third": share(probe("layer3")), "untrained": share(probe("layer3"), 0),
        },
        stops=(Stop(60, "probe", y=probe("layer3")),),
        words=("map", "probe", "layer"),
    ),
    Scene(
        "cheap", BUILD, (build.GOOGLE,), ("test_error", "parameters", "multiply_adds"),
        ("bottleneck_costs", "inception_keeps"), right=2,
        values={
            "wide": share(error("wide_3x3")), "bottleneck": share(error("bottleneck")),
            "inception": share(error("inception_reduced")),
            "weights": whole("parameters", "inception_reduced"),
            "wide_weights": whole("parameters", "wide_3x3"),
        },
        stops=(Stop(120, "test_error", y=error("bottleneck")),
               Stop(200, "parameters", x=Ref("parameters", net="inception_reduced"),
                    y=error("inception_reduced"))),
        words=("kernel", "map", "weight"),
    ),
)
