"""The DQN page, driven as a visitor would.

What is looked at are controls, address, warnings and the run that the page asks for; a stand-in
takes the orders, so that a hundred visits train nothing. Two visits are real. The stage with the
pole is watched in a browser.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit.testing.v1 import AppTest

from core.concepts.dqn import solve, step, understand
from core.concepts.dqn.cartpole import advance
from core.concepts.dqn.learner import PLAYED_SIZES, Recipe
from core.concepts.dqn.stacks import DeepAgents, TableAgents
from core.concepts.dqn.tabular import EDGES
from core.config import settings_of, with_changes
from core.frames import header_of
from devtools.browser import LIVE, Gate, explore, visit, wait
from explorer.live.assets import module_path, plotly_path
from explorer.server import service
from pages import dqn
from tests.support.repairs import repaired
from tests.support.visits import (
    LIVENESS,
    Orders,
    Visits,
    healthy,
    view_of,
    warnings_of,
    widget,
)

VISITS = Visits("dqn")
LABS = VISITS.labs
opened = VISITS.opened


def charts_of(at: AppTest) -> dict[str, Any]:
    return {chart["id"]: chart for chart in view_of(at)["charts"]}


REFUSED = {
    "too large": ("understand", {"n_steps": "99999"}, "n_steps", "from 1000 to 16000"),
    "nan": ("understand", {"gamma": "nan"}, "gamma", "from 0.9 to 0.999"),
    "no whole step": ("understand", {"changes": "12.5:gravity=9"}, "changes", "from 0 to 16000"),
    "no option": ("understand", {"loss": "hinge"}, "loss", "mse, huber"),
    "unknown agent": ("understand", {"variants": "full,rainbow"}, "variants", "full, no_target"),
    "no agent": ("understand", {"variants": ","}, "variants", "at least one of full"),
    "too many": ("understand", {"variants": ",".join(understand.VARIANTS)}, "variants",
                 "from 1 to 8"),
    "nothing changes it": ("understand", {"changes": "90:gamma=0.9"}, "changes", "pole_length"),
    "unknown name": ("solve", {"buffer_size": "10"}, "buffer_size", "no such setting"),
    "unknown agent to look at": ("understand", {"look": "nobody"}, "look", "full, no_target"),
    "too many carts": ("solve", {"n_envs": "1000"}, "n_envs", "from 8 to 64"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_an_address_cannot_have_is_explained(case: str, orders: Orders) -> None:
    lab, query, field, allowed = REFUSED[case]
    at = opened(lab, **query)
    (warning,) = [w.value for w in at.warning]
    assert warning.startswith(f"{field}: ")
    assert allowed in warning
    assert orders.configs[-1] == LABS[lab].config()
    assert field not in at.query_params
    assert [w.value for w in healthy(at.run()).warning] == []


def test_what_makes_no_difference_is_hidden(orders: Orders) -> None:
    for query, hidden in (({}, {"table_step_size"}), ({"variants": "table"}, set())):
        at = opened(**query)
        fields = settings_of(LABS["understand"].config)
        assert {f for f in fields if widget(at, LABS["understand"], f) is None} == hidden


def test_looking_at_another_agent_trains_nothing(orders: Orders) -> None:
    """The box above the pole: the maps are of another agent, the run is the same."""
    at = opened()
    before = charts_of(at)
    assert before["pole"]["stage"]["look"] == "full"
    at.query_params["look"] = "neither"
    after = charts_of(healthy(at.run()))
    assert after["pole"]["stage"]["look"] == "neither"
    assert after["policy_map"]["binds"][0]["z"]["labels"] == {"variant": "neither"}
    assert orders.configs[0] == orders.configs[1]
    widget(at, LABS["understand"], "variants").set_value(["full", "double"])
    healthy(at.run())
    assert warnings_of(at) == [], "an agent that was taken away needs no word"
    assert "look" not in at.query_params


def test_an_intervention_is_marked(orders: Orders) -> None:
    """On every chart over steps, and the pole's world changes with it."""
    charts = charts_of(opened(changes="3000:gravity=20", gravity="5"))
    over_time = [charts[name] for name in ("returns", "q_start", "greedy", "td_error")]
    assert all(3000 in [s["x0"] for s in c["figure"]["layout"]["shapes"]] for c in over_time)
    worlds = charts["pole"]["stage"]["worlds"]
    assert [(w["step"], w["world"]["gravity"]) for w in worlds] == [(0, 5), (3000, 20)]


# --- real runs -------------------------------------------------------------------------


@pytest.mark.parametrize(("lab", "query"), [
    ("understand", {"n_steps": "1000", "variants": "table,no_replay,full", "n_seeds": "1"}),
    ("solve", {"max_steps": "20000", "n_seeds": "1"}),
])
@pytest.mark.usefixtures("own_runs")
def test_charts_speak_of_arrays_that_the_run_has(lab: str, query: dict[str, str]) -> None:
    """Every reference of the view is an array of the frames; and each agent's weights are where
    the stage looks for them.
    """
    at = opened(lab, **query)
    handle = service.runs().handle(view_of(at)["token"])
    handle.wait(LIVENESS)
    assert handle.state == "finished"
    messages = [header_of(message) for message in handle.frames()]
    shapes = {spec["name"]: spec["shape"] for m in messages[1:-1] for spec in m["arrays"]}
    charts = charts_of(at)
    for chart in charts.values():
        for ref in [bind[axis] for bind in chart.get("binds", ()) for axis in "xyz" if bind[axis]]:
            assert len(ref["labels"]) <= len(shapes[ref["array"]])
    for agent in charts["pole"]["stage"]["agents"]:
        assert agent["row"] < shapes[agent["source"]][0]
        assert agent["index"] < shapes["n_episodes"][0]


# --- the stage, in a browser -----------------------------------------------------------

POLE = "document.querySelector('[data-chart=pole]')?.__pole"
SHORT = explore("dqn", variants="full", n_steps=2000, n_seeds=1)


def test_the_browsers_cart_is_the_same(server: str, chrome: Browser) -> None:
    """Its dynamics, networks and tables give the numbers of the core."""
    rng = np.random.default_rng(0)
    deep = DeepAgents([Recipe(dueling=True)], [0], batch_size=8, scale=(1, 1, 5, 1))
    table = TableAgents([Recipe()], [0], 0.2)
    table.tables.q[:] = rng.random(table.tables.q.shape)
    states = rng.uniform(-1, 1, (4, 1, 40)) * np.array([2, 1, 0.2, 1.5])[:, None, None]
    given = {
        "states": states[:, 0].T.tolist(), "weights": deep.played_weights()[0].tolist(),
        "sizes": PLAYED_SIZES, "table": table.tables.q[0].ravel().tolist(),
        "edges": [cuts.tolist() for cuts in EDGES],
    }
    with visit(chrome) as page:
        page.goto(server)
        found = page.evaluate(
            """async ({path, given}) => {
                const pole = await import(path), world = {gravity: 9.8, length: 0.5};
                return given.states.map((s, i) => [pole.advance(s, i % 2 === 0, world),
                  pole.netValues(given.weights, given.sizes, s),
                  pole.tableValues(given.table, given.edges, s), pole.fell(s)]);
            }""", {"path": "/" + module_path("stages/pole.js"), "given": given})
    after, net, cells, fell = (np.array(part) for part in zip(*found, strict=True))
    right = np.arange(40) % 2 == 0
    np.testing.assert_allclose(after.T, advance(states[:, 0], right), atol=1e-12)
    np.testing.assert_allclose(net.T, deep.values(states.astype(np.float32))[0], atol=1e-4)
    np.testing.assert_allclose(cells.T, table.values(states)[0], atol=1e-6)
    assert fell.tolist() == ((np.abs(states[0, 0]) > 2.4)
                             | (np.abs(states[2, 0]) > 0.20943951)).tolist()


def test_the_pole_follows_the_history(server: str, chrome: Browser) -> None:
    """At the start it falls at once, at the end it stands longer; a scrub starts an episode of
    that frame; and the pole moves before anything else is asked of the page.
    """
    with visit(chrome) as page:
        page.goto(server + explore("dqn", variants="full", n_steps=4000, n_seeds=1))
        wait(page, f"{POLE}?.agent?.steps > 0")
        wait(page, "document.querySelector('.lv').__live.state === 'finished'")
        lengths = [length_at(page, frame) for frame in (0, -1)]
        assert lengths[0] < 40
        assert lengths[1] > 2 * lengths[0]
        assert "after 0 episodes" not in page.locator(".lv-pole-said").inner_text()


def length_at(page: Page, frame: int) -> int:
    """How many steps the agent of a frame stands, played without waiting."""
    page.evaluate(f"""() => {{
        const pole = {POLE}, {{ view }} = pole;
        view.transport.seek({frame} < 0 ? view.run.last : {frame});
    }}""")
    wait(page, f"{POLE}.frame === ({frame} < 0 ? {POLE}.run.last : {frame})")
    return page.evaluate(f"""() => {{
        const pole = {POLE};
        pole.begin(true);
        while (!pole.agent.over) pole.step();
        return pole.agent.steps;
    }}""")


def test_kick_and_game(server: str, chrome: Browser) -> None:
    """A kick moves the pole and is reported; in the game the arrow keys push one's own cart, and
    no longer step through the frames.
    """
    with visit(chrome) as page:
        page.goto(server + SHORT)
        wait(page, f"{LIVE}?.state === 'finished'")
        page.get_by_role("button", name="Jump to the newest frame").click()
        wait(page, f"{POLE}.frame === {POLE}.run.last")
        page.get_by_role("button", name="Kick").click()
        expect(page.locator(".lv-pole-said")).to_contain_text("kick", timeout=LIVENESS * 1000)
        frame = page.evaluate(f"{POLE}.frame")
        page.get_by_role("button", name="Play yourself").click()
        expect(page.locator(".lv-pole-said")).to_contain_text("Press ← or →")
        assert page.evaluate(f"{POLE}.human.steps") == 0
        page.keyboard.down("ArrowRight")
        wait(page, f"{POLE}.human.over === 'fell'")
        page.keyboard.up("ArrowRight")
        assert page.evaluate(f"{POLE}.human.state[2]") < -0.2
        assert page.evaluate(f"{POLE}.frame") == frame
        page.get_by_role("button", name="Stop playing").click()
        page.keyboard.press("ArrowLeft")
        wait(page, f"{POLE}.frame === {frame} - 1")


@pytest.mark.parametrize("address", ["/dqn", explore("dqn", n_seeds=2)])
def test_the_pole_moves_before_plotly_is_there(address: str, server: str, chrome: Browser) -> None:
    """And the charts come when it is."""
    with visit(chrome) as page:
        gate = Gate(page, f"**/{plotly_path()}")
        page.goto(server + address)
        wait(page, f"{POLE}?.agent?.steps > 1 && !{POLE}.view.alone")
        assert page.evaluate("window.Plotly === undefined")
        assert gate.open() == 1
        wait(page, f"{LIVE}.painted === {LIVE}.token")
        assert page.evaluate("window.Plotly !== undefined")


HISTORY = f"""{POLE}.run.frames.map(({{ step, arrays }}) => [step,
  ...Object.entries(arrays).map(([name, {{ values }}]) => `${{name}} ${{Array.from(values)}}`)
]).concat([{POLE}.run.notes.map(({{ index, note }}) => `${{index}} ${{JSON.stringify(note)}}`)])"""


def test_an_intervention_goes_on_from_its_frame(server: str, chrome: Browser) -> None:
    """What came before it is not shown again, and the history is that of a visitor who comes
    from nowhere; so too from one intervention to another, and back to none.
    """
    with visit(chrome) as page, visit(chrome) as elsewhere:

        def goes_on_after(action: Any) -> None:
            token = page.evaluate(f"""window.heads = [], window.words = "";
              const token = {LIVE}.token, watch = () => {{
                if ({LIVE}.token !== token) window.heads.push({POLE}.view.transport.head);
                window.words += document.querySelector(".lv-where").textContent;
                window.watching = requestAnimationFrame(watch);
              }};
              cancelAnimationFrame(window.watching);
              watch();
              token""")
            action()
            wait(page, f"{LIVE}.token !== '{token}' && {LIVE}.state === 'finished'")
            heads = page.evaluate("window.heads")
            assert heads
            assert min(heads) >= 19
            assert "training up to here again" in page.evaluate("window.words")
            elsewhere.goto(page.url)
            wait(elsewhere, f"{LIVE}?.state === 'finished'")
            assert page.evaluate(HISTORY) == elsewhere.evaluate(HISTORY)

        page.goto(server + SHORT)
        wait(page, f"{LIVE}?.state === 'finished' && {LIVE}.painted")
        page.evaluate(f"{POLE}.view.transport.seek(20)")
        wait(page, f"{POLE}.frame === 20 && {POLE}.agent.steps > 0")
        step = page.evaluate(f"{POLE}.now.step")
        page.get_by_role("button", name="Change from here").click()
        page.get_by_role("combobox", name="Setting").click()
        page.get_by_role("option", name="Gravity").click()
        expect(page.get_by_role("spinbutton", name="From step")).to_have_value(str(step))
        gravity = page.get_by_role("spinbutton", name="New value, from 0.5 to 50")
        gravity.fill("30")
        gravity.press("Enter")
        goes_on_after(page.get_by_role("button", name="Change it").click)
        assert f"changes={step}%3Agravity%3D30" in page.url
        wait(page, f"document.querySelector('.lv').textContent.includes('{step} on: Gravity 30.')")
        page.get_by_role("button", name="Change from here").click()
        page.get_by_role("combobox", name="Setting").click()
        page.get_by_role("option", name="Gravity").click()
        page.get_by_role("spinbutton", name="From step").fill(str(step))
        gravity.fill("20")
        gravity.press("Enter")
        goes_on_after(page.get_by_role("button", name="Change it").click)
        page.locator("summary").filter(has_text="Intervention").click()
        goes_on_after(page.get_by_role("button", name="✕").click)
        assert "changes" not in page.url


def test_another_agent_is_looked_at_without_a_new_run(server: str, chrome: Browser) -> None:
    with visit(chrome) as page:
        page.goto(server + explore("dqn", variants="full,table", n_steps=2000, n_seeds=1))
        wait(page, f"{LIVE}?.state === 'finished'")
        token = page.evaluate(f"{LIVE}.token")
        page.get_by_label("Agent", exact=True).select_option("table")
        wait(page, "location.search.includes('look=table')")
        wait(page, f"{POLE}.chosen.name === 'table'")
        assert page.evaluate(f"{LIVE}.token") == token


def test_configurations_of_this_page_are_found_by_name() -> None:
    assert [e.config for e in LABS.values()] == [understand.Config, solve.Config, step.Config]
    assert with_changes(understand.Config(), n_seeds=2).n_seeds == 2


def test_what_repairs_values_that_nobody_can_earn() -> None:
    """The target network that the agents lack; and copies into it too few to come there."""
    after = repaired("dqn.understand", "overestimates", variants=("neither",), n_steps=1000,
                     n_seeds=1)
    assert (after.variants, after.target_update_interval) == (("full",), 50)
    set_to = dqn.LABS["understand"].repairs(understand.Config())["overestimates"]
    assert set_to == {"variants": ("full", "no_replay"), "target_update_interval": 151}
