"""The page's lesson; its texts are in `explorer/lessons/<language>/gan.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.gan import digits_claims as digits
from core.concepts.gan import dirac_claims as dirac
from core.concepts.gan import plane_claims as plane
from core.concepts.gan import worlds_claims as worlds
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

PLANE, SMALLEST, DIGITS = find("gan.plane"), find("gan.dirac"), find("gan.digits")
WORLDS = find("gan.worlds")


def kinds(game: str) -> Ref:
    """The median over the seeds of how many pieces a game's generators make."""
    return Ref("effective", game=game, reduce="median")


def good(game: str) -> Ref:
    return Ref("good", game=game, reduce="median")


def radius(move: str) -> Ref:
    return Ref("radius", move=move, reduce="median")


def of_digits(what: str, maker: str) -> Ref:
    """The median over the seeds of what is measured of a maker's digits."""
    return Ref(what, maker=maker, reduce="median")


def of_maps(what: str, kind: str) -> Ref:
    """The median over the seeds of what is measured of maps between two worlds."""
    return Ref(what, map=kind, reduce="median")


SCENES = (
    Scene(
        "collapse", PLANE, (plane.FIRST,), ("plane", "effective"),
        ("collapses", "spreads_first"), right=2, look="non_saturating", hidden=("R1",),
        values={"before": Value(kinds("non_saturating"), step=200),
                "after": Value(kinds("non_saturating"))},
        stops=(Stop(200, "effective", y=kinds("non_saturating")),
               Stop(1000, "effective", y=kinds("non_saturating"))),
        words=("generator", "discriminator", "network", "seed"),
    ),
    Scene(
        "good", PLANE, (plane.FIRST,), ("quality", "plane"),
        ("better_points", "r1_covers", "collapses"), right=0, look="r1",
        values={"alone": Value(good("non_saturating"), "percent"),
                "r1": Value(good("r1"), "percent"),
                "kinds": Value(kinds("non_saturating")), "r1_kinds": Value(kinds("r1"))},
        stops=(Stop(800, "quality", x=kinds("non_saturating"), y=good("non_saturating")),
               Stop(1000, "quality", x=kinds("r1"), y=good("r1"))),
        words=("generator", "discriminator", "collapse"),
    ),
    Scene(
        "rescue", PLANE, (plane.RESCUE,), ("plane", "effective"), ("rescued",), right=1,
        look="non_saturating",
        values={"before": Value(kinds("non_saturating"), step=700),
                "after": Value(kinds("non_saturating"))},
        stops=(Stop(700, "effective", y=kinds("non_saturating")),
               Stop(1000, "effective", y=kinds("non_saturating"))),
        words=("generator", "discriminator", "collapse"),
    ),
    Scene(
        "circle", SMALLEST, (dirac.FIRST,), ("path", "game"), ("never_there", "outwards"), right=2,
        look="alternating", hidden=("R1",),
        values={"alternating": Value(radius("alternating")),
                "simultaneous": Value(radius("simultaneous"))},
        stops=(Stop(30), Stop(300, "path", x=Ref("made", move="simultaneous", xy="x"),
                              y=Ref("position", move="simultaneous", xy="y", reduce="median"))),
        words=("generator", "discriminator", "gradient"),
    ),
    Scene(
        "copies", DIGITS, (digits.FIRST,), ("gallery", "worth"),
        ("copies_pass", "not_copied", "readable"), right=1, look="dense",
        values={"made": Value(of_digits("confident", "dense_mean"), "percent"),
                "copied": Value(of_digits("confident", "copies"), "percent"),
                "far": Value(of_digits("nearest", "dense_mean")),
                "near": Value(of_digits("nearest", "copies")),
                "real": Value(of_digits("nearest", "real"))},
        stops=(Stop(100), Stop(400, "worth", x=of_digits("frechet", "copies"),
                               y=of_digits("nearest", "copies"))),
        words=("generator", "discriminator", "network"),
    ),
    Scene(
        "pairs", WORLDS, (worlds.FIRST,), ("mapped", "sure"),
        ("cycle_fixes_no_pairs", "no_cycle_no_return", "start_decides"), right=2, look="cycle",
        values={"free": Value(of_maps("cycle", "free")), "back": Value(of_maps("cycle", "cycle")),
                "right": Value(of_maps("right", "cycle"), "whole"),
                "near": Value(of_maps("right", "near"), "whole")},
        stops=(Stop(60), Stop(250, "sure", x=of_maps("cycle", "cycle"),
                              y=of_maps("right", "cycle"))),
        words=("generator", "discriminator"),
    ),
)
