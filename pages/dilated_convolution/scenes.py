"""The page's lesson; its texts are in `explorer/lessons/<language>/dilated_convolution.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.dilated_convolution import melody_claims as melody
from core.concepts.dilated_convolution import reach_claims as reach
from core.config import Config, with_changes
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

REACH, MELODY = find("dilated_convolution.reach"), find("dilated_convolution.melody")


def two(config: Config) -> Config:
    """With two seeds: enough for what these scenes show, and half the time."""
    changed: Config = with_changes(config, n_seeds=2)
    return changed


def right(net: str, lag: int) -> Ref:
    """The median over the seeds of the share of right answers."""
    return Ref("right", net=net, lag=lag, reduce="median")


def share(net: str, lag: int, step: int | None = None, run: int = 0) -> Value:
    return Value(right(net, lag), "percent", step, run)


def kept(net: str) -> Ref:
    """The median over the seeds of the places until a net's first mistake."""
    return Ref("kept", net=net, reduce="median")


SCENES = (
    Scene(
        "edge", REACH, (reach.DEFAULT,), ("tree", "right"),
        ("edge", "field_is_formula", "uses_what_it_needs"), right=1,
        values={"far": share("dilated", 15), "beyond": share("dilated", 16),
                "plain": share("plain", 4), "short": share("plain", 5)},
        stops=(Stop(20, "right", x=8, y=right("dilated", 8)),),
        words=("convolution", "dilation", "lag", "receptive_field"),
    ),
    Scene(
        "holes", REACH, (two(reach.FOURS),), ("right",), ("blind_spots",), right=2,
        values={"five": share("fours", 5), "eight": share("fours", 8),
                "fifteen": share("fours", 15), "sixteen": share("fours", 16)},
        stops=(Stop(25, "right", x=16, y=right("fours", 16)),),
        words=("dilation", "receptive_field", "lag"),
    ),
    Scene(
        "enough", REACH, (two(reach.TALL),), ("tree", "loss_12"), ("not_sufficient",), right=2,
        values={"tall": share("tall", 12), "dilated": share("dilated", 12)},
        stops=(Stop(40, "loss_12", y=Ref("loss", net="tall", lag=12, reduce="median")),),
        words=("receptive_field", "layer", "lag"),
    ),
    Scene(
        "hops", REACH, (reach.HOPS,), ("right", "tree"), ("far_before_near", "residual_slows"),
        right=1,
        values={"seven": share("dilated", 7, 10), "eight": share("dilated", 8, 10),
                "fifteen": share("dilated", 15)},
        stops=(Stop(9, "right", x=8, y=right("dilated", 8)),),
        words=("skip_connection", "dilation", "lag"),
    ),
    Scene(
        "alone", MELODY, (melody.DEFAULT,), ("song", "known"),
        ("plain_loses_it", "dilated_plays_it", "no_better_than_it_sees"), right=1,
        values={"plain": Value(kept("plain"), "whole"),
                "known": Value(Ref("right", net="plain", reduce="median"), "percent"),
                "dilated": Value(kept("dilated"), "whole")},
        stops=(Stop(60, "known", y=Ref("right", net="plain", reduce="median")),),
        words=("receptive_field", "dilation"),
    ),
    Scene(
        "joy", MELODY, (two(melody.JOY), two(melody.JOY_FIVE)), ("song",),
        ("one_layer_more_plays_it",), right=1,
        values={"four": Value(kept("dilated"), "whole"),
                "five": Value(kept("dilated"), "whole", run=1)},
        stops=(Stop(60),),
        words=("receptive_field", "layer"),
    ),
)
