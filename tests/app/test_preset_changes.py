"""Many presets in a row in a real browser: what is to be seen is always the chosen one's."""

from __future__ import annotations

from itertools import cycle, islice

import pytest
from playwright.sync_api import Browser, Page

from core.concepts import concepts
from devtools.browser import LIVE, explore, visit, wait

CHANGES = 6
PICTURE = """(id) => {
  const box = document.querySelector(`[data-chart=${id}]`), plot = box.querySelector('.lv-plot');
  const { data, _fullLayout: layout } = plot;
  return JSON.stringify({ title: box.querySelector('figcaption').textContent,
    traces: data.map(({ x, y, z, name, visible = true, marker = {} }) => ({ x, y, z, name, visible,
      size: marker.size, color: marker.color })),
    ranges: Object.keys(layout).filter((key) => /^[xy]axis\\d*$/.test(key))
      .map((key) => [key, layout[key].range]) });
}"""
"""All that is drawn in a chart, as text."""
PASSED_OFF = f"""() => [...document.querySelectorAll('.lv-chart:not(.lv-stale)')]
  .filter(({{ __panel: {{ onScreen }} }}) => onScreen && onScreen.token !== {LIVE}.token)
  .map(({{ dataset }}) => dataset.chart)"""
"""The charts that show another run as if it were this one."""
SETTLED = """(({{ onScreen, current, whole, dirty, animating }}) =>
  onScreen?.token === {live}.token && current === {live}.frames - 1
  && !whole && !dirty && !animating
)(document.querySelector('[data-chart={chart}]').__panel)"""


@pytest.mark.parametrize(("slug", "lab"), [
    ("ensembles", "growing"), ("skip_connections", "inside"), ("regularization", "plane"),
])
def test_every_chart_is_the_one_of_the_address_opened_afresh(
    server: str, chrome: Browser, slug: str, lab: str
) -> None:
    experiment = next(e for e in concepts()[slug] if e.name == f"{slug}.{lab}")
    names = [p.name for p in sorted(  # the page opens with the one of the defaults: last
        experiment.presets, key=lambda preset: preset.config == experiment.config())]
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(server + explore(slug, lab))
        wait(page, f"{LIVE}?.painted")
        for n, name in enumerate(islice(cycle(names), CHANGES), 1):
            choose(page, name)
            page.mouse.move(800, 300)
            page.mouse.wheel(0, 900 if n % 3 else -1800)
            assert page.evaluate(PASSED_OFF) == []
            if n % 5 == 0:
                found = pictures(page)
                assert found == afresh(chrome, page.url), name


def choose(page: Page, name: str) -> None:
    """Picks a preset and waits for its run's first frame."""
    before = page.evaluate(f"{LIVE}.token")
    page.get_by_role("combobox", name="Preset").click()
    page.get_by_role("option", name=name, exact=True).click()
    wait(page, f"{LIVE}.token !== '{before}' && {LIVE}.frames > 0")


def pictures(page: Page) -> dict[str, str]:
    """Every chart at the last frame of the run, each looked at."""
    wait(page, f"{LIVE}?.state === 'finished'")
    page.get_by_role("button", name="Jump to the newest frame").click()
    found = {}
    for chart in page.locator("[data-chart]:has(.lv-plot)").all():
        chart.scroll_into_view_if_needed()
        name = chart.get_attribute("data-chart")
        assert name
        wait(page, SETTLED.format(chart=name, live=LIVE))
        found[name] = page.evaluate(PICTURE, name)
    return found


def afresh(chrome: Browser, address: str) -> dict[str, str]:
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(address)
        wait(page, f"{LIVE}?.painted")
        return pictures(page)
