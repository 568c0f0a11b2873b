"""The page's lesson; its texts are in `explorer/lessons/<language>/gan.toml`."""

from __future__ import annotations

from core.concepts import find
from core.concepts.gan import dirac_claims as dirac
from core.concepts.gan import plane_claims as plane
from explorer.live import Ref
from explorer.scene import Scene, Stop, Value

PLANE, SMALLEST = find("gan.plane"), find("gan.dirac")


def kinds(game: str) -> Ref:
    """The median over the seeds of how many pieces a game's generators make."""
    return Ref("effective", game=game, reduce="median")


def good(game: str) -> Ref:
    return Ref("good", game=game, reduce="median")


def radius(move: str) -> Ref:
    return Ref("radius", move=move, reduce="median")


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
        "numbers", PLANE, (plane.FIRST, plane.SMALL_LATENT), ("plane",),
        ("fewer_numbers_more_islands",), right=1, look="non_saturating",
        values={"many": Value(kinds("non_saturating")),
                "few": Value(kinds("non_saturating"), run=1)},
        stops=(Stop(700),),
        words=("generator", "collapse", "seed"),
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
        "brake", SMALLEST, (dirac.BRAKE, dirac.HARD_BRAKE), ("radius",), ("more_is_slower",),
        right=2, look="r1",
        values={"soft": Value(radius("r1")), "hard": Value(radius("r1"), run=1)},
        stops=(Stop(60),),
        words=("generator", "discriminator"),
    ),
)
