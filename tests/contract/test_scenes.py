"""Every scene of every lesson: what it names exists, and its answer is one that is studied."""

from __future__ import annotations

import pytest

from core.config import Config
from core.study import count_of
from explorer.catalog import CATALOG
from explorer.live import Chart
from explorer.page import lab_of, scenes_of
from explorer.player import main_of, panels_of
from explorer.scene import MOST_CHARTS, Scene, Text, placeholders, texts

SCENES = [(c.slug, scene) for c in CATALOG for scene in scenes_of(c.slug)]
each_scene = pytest.mark.parametrize(
    ("slug", "scene"), SCENES, ids=[f"{slug}-{scene.key}" for slug, scene in SCENES])


def text_of(slug: str, scene: Scene) -> Text:
    return texts(slug)[scene.key]


@pytest.mark.parametrize("slug", [c.slug for c in CATALOG])
def test_a_lesson_has_four_to_six_scenes_and_a_text_for_each(slug: str) -> None:
    scenes = scenes_of(slug)
    assert list(texts(slug)) == [scene.key for scene in scenes]
    assert len(scenes) in (0, 1, 4, 5, 6)  # a new concept has no more than one


@each_scene
def test_its_panels_exist(slug: str, scene: Scene) -> None:
    lab = lab_of(scene.experiment)
    assert 1 <= len(scene.charts) <= MOST_CHARTS
    for i, config in enumerate(scene.configs):
        looks = lab.looks(config)
        assert scene.look in ("", *looks)
        panels = {p.id: p for p in lab.charts(config, scene.look or looks[0])}
        shown = [name for name in scene.charts if name in panels]  # only some of another run
        assert shown == list(scene.charts) or (i and shown and not scene.ghost)
        drawn = [panels[name] for name in shown]
        groups = {trace.get("legendgroup", trace.get("name")) for panel in drawn
                  if isinstance(panel, Chart) for trace in panel.figure["data"]}
        assert set(scene.hidden) <= groups
    assert {stop.chart for stop in scene.stops} <= {"", *scene.charts}
    assert all(stop.y is not None for stop in scene.stops if stop.chart)


@each_scene
def test_its_values_are_numbers_of_its_runs(slug: str, scene: Scene) -> None:
    refs = [value.ref for value in scene.values.values()]
    refs += [at for stop in scene.stops for at in (stop.x, stop.y) if hasattr(at, "array")]
    for ref in refs:
        dims = [d for d in scene.experiment.dims[ref.array] if d != "step"]
        assert ref.labels.keys() <= set(dims)
        assert len(dims) - len(ref.labels) == bool(ref.reduce), f"{ref} gives no single number"
    assert all(value.run < len(scene.configs) for value in scene.values.values())


@each_scene
def test_its_text_fits_it(slug: str, scene: Scene) -> None:
    text = text_of(slug, scene)
    assert 2 <= len(text.answers) <= 4
    assert len(set(text.answers)) == len(text.answers)
    assert 0 <= scene.right < len(text.answers)
    assert len(text.stops) == len(scene.stops)
    assert len(text.sides) == (0 if len(scene.configs) == 1 else 2)
    said = [text.reveal, text.because]
    used = set().union(*map(placeholders, said))
    in_stops = set().union(*map(placeholders, text.stops)) - {"step"}
    assert used | in_stops == scene.values.keys()
    assert used, "a reveal gives numbers of this run"
    assert not placeholders(text.question + "".join(text.answers))


@each_scene
def test_the_claim_that_decides_is_about_these_settings(slug: str, scene: Scene) -> None:
    claims = [scene.experiment.claim(name) for name in scene.claims]
    assert {_seedless(c) for c in scene.configs} <= {_seedless(c) for c in claims[0].configs}
    assert all(count_of(scene.experiment, claim) for claim in claims), "not studied"


@each_scene
def test_its_stops_are_within_the_run(slug: str, scene: Scene) -> None:
    steps = [stop.step for stop in scene.stops]
    assert steps == sorted(set(steps))
    assert all(step > 0 for step in steps)
    assert len(scene.configs) in (1, 2)
    assert not scene.ghost or len(scene.configs) == 2


@each_scene
def test_what_stands_side_by_side_can_be_compared(slug: str, scene: Scene) -> None:
    """Of two runs the vertical axes are one, where the charts say how far up they reach; without
    marks there is nothing beside the data.
    """
    charts = {p.id: p.figure["layout"] for p in panels_of(scene, text_of(slug, scene))
              if isinstance(p, Chart)}
    for name in set(main_of(scene)) & charts.keys():
        own, other = (charts.get(n, charts[name]).get("yaxis", {}) for n in (name, f"{name}-other"))
        assert own.get("range") == other.get("range")
        assert scene.marks or not charts[name]["shapes"] + charts[name]["annotations"]


def _seedless(config: Config) -> Config:
    return config.model_copy(update={"seed": 0, "n_seeds": 1})
