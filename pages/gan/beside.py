"""The pictures of those who make points beside a GAN: a panel each, and how good they are."""

from __future__ import annotations

from dataclasses import replace

from core.concepts.gan import companions
from core.concepts.gan.targets import n_pieces as pieces_of
from explorer import charts
from explorer.live import Chart, Ref
from explorer.theme import Method, chosen
from pages.gan import pictures
from pages.gan.styles import COMPANIONS, SIDES


def panels(config: companions.Config, look: str) -> list[Chart]:
    """What each makes, how good it is, and how each lays two random numbers into the plane."""
    makers, n = chosen(COMPANIONS, config.makers), config.n_seeds
    n_pieces = pieces_of(config.target)
    distance = pictures.floor_of(charts.learning_curves(
        "distance", "distance", makers, by="maker", n_seeds=n, log=True, y_range=[-1.6, 0.4],
        title="Distance of made points from real ones", y_title="Sliced Wasserstein distance",
        alt="How far the made points as a whole are from real ones, over the updates.",
    ), "Two samples of real points", Ref("real_distance", reduce="median"))
    good = charts.learning_curves(
        "good", "good", makers, by="maker", n_seeds=n, percent=True, y_range=[0, 1.04],
        title="Good points, over time", y_title="Share of the points",
        alt="The share of made points that are near to a centre of the target, over the updates.")
    return [
        *(made(maker, len(makers)) for maker in makers),
        pictures.quality("quality", makers, n_pieces, n, by="maker"),
        replace(distance, height=420),
        *(sheet(maker, len(makers)) for maker in makers), good,
    ]


def made(maker: Method, n_makers: int) -> Chart:
    """Points of the first seed over real ones."""
    data = [pictures.points(SIDES["real"], 5, 0.5), pictures.points(SIDES["made"], 5, 0.8)]
    binds = (pictures.placed(0, "real", {}), pictures.placed(1, "made", {"maker": maker.key}))
    return replace(
        Chart(f"made_{maker.key}", {"data": data, "layout": pictures.square()}, binds, maker.label,
              f"{maker.label}: points that it makes, over real ones.", height=360,
              note="first seed"),
        width="third" if n_makers > 2 and n_makers != 4 else "half")


def sheet(maker: Method, n_makers: int) -> Chart:
    """A grid of random numbers, as it lies in the plane."""
    shown = pictures.warped(f"sheet_{maker.key}", maker, {"maker": maker.key})
    return replace(shown, title=f"{maker.label}: its sheet", note="first seed",
                   width=made(maker, n_makers).width)
