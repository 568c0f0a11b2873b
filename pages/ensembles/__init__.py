"""Ensembles: trees that are averaged or boosted, and classifiers that vote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from core.concepts.ensembles import growing, voting
from core.concepts.ensembles.data import DataConfig, most, pool_of
from core.concepts.ensembles.methods import METHODS
from core.concepts.ensembles.step import Config as Step
from core.config import Config
from core.data.own import data_set
from core.experiment import Experiment
from explorer import charts
from explorer.live import Chart, Click, Ref
from explorer.page import Lab
from explorer.slow_motion import slow_motion
from explorer.theme import Method, Palette, chosen
from pages.ensembles import pictures
from pages.ensembles.scenes import SCENES
from pages.ensembles.step import charts as step_charts
from pages.ensembles.styles import TREES, VOTERS

__all__ = ["LABS", "SCENES"]


def growing_charts(config: growing.Config, look: str) -> list[Chart]:
    methods = with_trees_like(config)
    team, n, n_seeds = chosen(methods, growing.team(config)), config.n_estimators, config.n_seeds
    watch = methods[config.watch]
    watched = watch.label
    views = [
        charts.learning_curves(
            "test_error", "test_error", team, by="ensemble", n_seeds=n_seeds, percent=True,
            x_axis=charts.axis("Trees that each method has fitted", range=[0, n]),
            title="Test error", y_title="Share wrong",
            alt="Test error of each method.",
        ),
        pictures.three_errors(
            "watched", watch, n, n_seeds=n_seeds,
            out_of_bag=METHODS[config.watch].leaves_points_out,
            alt=f"Test, training and out-of-bag error of {watched}.",
        ),
        pictures.bias_and_variance(
            "bias_variance", team, title="From one member (○) to all (●)",
            alt=f"Bias and net variance of each method over {n_seeds} training sets.",
        ),
        pictures.margins(
            "margins", team, growing.MARGINS.tolist(), title="Margins of the training points now",
            alt="Share of the training points with at most each margin, for each method.",
        ),
        pictures.gain(
            "gain", team, n_seeds=n_seeds, title="Unlike errors, and what voting gains",
            alt="Correlation of the members' errors and the gain of the vote, for each method.",
        ),
        charts.dots(
            "budget", "test_error", team, by="ensemble", n_seeds=n_seeds, percent=True, spread=0.4,
            title="Same number of fits", x_title="Share wrong",
            alt="Test error of each seed at the current number of fitted trees.",
        ),
    ]
    if data_set(config.data).plane:
        surface, *members = plane_charts(config, watch)
        views = [surface, views[0], *thirds(members), *views[1:3], *thirds(views[3:])]
    return views


def with_trees_like(config: growing.Config) -> Palette:
    """The methods, where the legend says what the single tree is."""
    kind = {None: "One full tree", 1: "One stump"}.get(config.max_depth, "One tree")
    return {**TREES, "tree": replace(TREES["tree"], label=kind)}


def thirds(views: Sequence[Chart]) -> list[Chart]:
    return [replace(chart, width="third") for chart in views]


def plane_charts(config: growing.Config, watch: Method) -> list[Chart]:
    labels, query = growing.coords(config), (config.query_x, config.query_y)
    key, watched = watch.key, watch.label
    row, column = growing.query_cell(config)
    rows = growing.thumb_numbers(config)
    return [
        pictures.decision_surface(
            "surface", "surface", key, labels["x"], labels["y"], query=query,
            title=f"{watched}: the ensemble", invitation="click to ask its members",
            alt=f"Votes of {watched} over the plane.",
        ),
        pictures.decision_surface(
            "member", "member_surface", key, labels["x"], labels["y"], query=query, weights="used",
            title="The newest tree", scale=False,
            note="large points: drawn more often, tiny ones: left out"
            if METHODS[config.watch].leaves_points_out else "large points count more",
            alt=f"Votes of the newest tree of {watched} over the plane.",
        ),
        pictures.tiles(
            "thumbnails", Ref("thumbnails", ensemble=key), rows, growing.THUMB,
            title="Its first trees",
            x_title="Feature 1", y_title="Feature 2", alt=f"The first members of {watched}.",
        ),
        pictures.votes(
            "votes", watch, (labels["x"][column], labels["y"][row]), config.n_estimators,
            title=f"Votes at ({query[0]:g}, {query[1]:g}): newest ▪, all —",
            alt="The vote of each new member, and of the ensemble, at the chosen point.",
        ),
    ]


def voting_charts(config: voting.Config, look: str) -> list[Chart]:
    names, n_seeds = voting.crowd(config), config.n_seeds
    crowd, subsets = chosen(VOTERS, names), voting.subsets(len(names))
    sizes = dict(zip(voting.coords(config)["subset"], map(len, subsets), strict=True))
    views = [
        charts.dots(
            "members", "member_error", crowd, by="member", n_seeds=n_seeds, percent=True,
            spread=0.4,
            title="Members' test error", x_title="Share wrong",
            alt="Test error of each member and seed.",
        ),
        charts.learning_curves(
            "rules", "error", chosen(VOTERS, voting.LINES), by="rule", n_seeds=n_seeds,
            percent=True,
            x_axis=charts.axis("Members that vote", range=[0.8, len(crowd) + 0.2], dtick=1),
            title="Test error as members join", y_title="Share wrong",
            alt="Test error of each way of voting, of the mean and of the best member.",
        ),
        pictures.alike(
            "alike", crowd, title="How alike the members' errors are",
            alt="Correlation of the test errors of each two members, mean over seeds.",
        ),
        pictures.crowds(
            "gain", sizes, title="Gain of every crowd of 2 ●, 3 ▲, 4 ■",
            alt="Correlation of errors and gain of a soft vote, for each crowd and seed.",
        ),
    ]
    if data_set(config.data).plane:
        rows = [[m.label for m in crowd], [VOTERS[r].label for r in voting.RULES]]
        surface = pictures.tiles(
            "surface", Ref("surface"), rows, voting.CELLS, points=True,
            title="Members (above) and crowd (below)", x_title="Feature 1", y_title="Feature 2",
            alt="Votes of each member and of each way of voting over the plane.",
        )
        views = [surface, views[1], *thirds([views[0], *views[2:]])]
    return views


def hidden(config: DataConfig) -> set[str]:
    drawn = set() if pool_of(config.data) is None else {"noise"}
    asked = {"query_x", "query_y"} & set(type(config).model_fields)
    return drawn if data_set(config.data).plane else drawn | asked


def place_query(click: Click, config: growing.Config) -> dict[str, Any]:
    """Shows the members' votes where a surface was clicked."""
    return growing.query_at(click.x, click.y)


def without_effect(config: Step) -> set[str]:
    boosting = {"boosting_depth", "learning_rate"}
    return {"max_depth", "subsample"} if config.method == "adaboost" else boosting


common: dict[str, Any] = {
    "step": "member", "hidden": hidden, "resets": {"data": ("n_samples",)},
    "narrower": lambda config: {"n_samples": (50, most(config.data))},
}


def slowly(config: growing.Config, at: int) -> tuple[Experiment, Config]:
    """The next member of the ensemble that is looked into, or of the method nearest to it; the
    moons where the data have no picture.
    """
    method = {"gradient_boosting": "adaboost", "forest": "forest", "adaboost": "adaboost"}
    return slow_motion("ensembles.step", config, at, method=method.get(config.watch, "bagging"))


LABS = {
    "growing": Lab(
        "Growing", growing_charts, trained=growing.shared_run, on_click=place_query,
        slowly=slowly, **common
    ),
    "voting": Lab("Voting", voting_charts, **common),
    "step": Lab("One step, slowly", step_charts, "sub-step", seconds=15, says=True,
                hidden=without_effect),
}
