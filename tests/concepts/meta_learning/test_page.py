"""What is special to the page of meta-learning; `tests/contract/test_pages.py` has the rest."""

from __future__ import annotations

from math import prod

from playwright.sync_api import Browser, expect

from core.concepts import find
from core.concepts.meta_learning import shots, sinusoids
from devtools.browser import visit, wait
from explorer.page import view_of

LAB, SHOTS = find("meta_learning.sinusoids"), find("meta_learning.shots")
EPISODE = "document.querySelector('[data-chart=episode]')?.__episode"
FEW = "lab=shots&n_steps=20&n_seeds=1&batch_size=4&n_shots=2"
STAGE = "document.querySelector('[data-chart=curves]')?.__adapt"
SMALL = "n_steps=20&n_seeds=1&width=8&n_tasks=2&n_shots=4"


def test_the_stage_knows_the_nets_of_the_frame() -> None:
    config = sinusoids.Config(width=16, n_shots=7, test_rate=0.02)
    (stage,) = [c["stage"] for c in view_of(LAB, config)["charts"] if c["id"] == "curves"]
    n = sum(map(prod, stage["shapes"].values()))
    assert n == sinusoids.net_of(config, "maml").n_parameters
    assert stage["rate"] == 0.02
    assert {len(task["x"]) for task in stage["tasks"]} == {7}


def test_a_visitor_puts_points_in_and_the_nets_take_their_steps(
    server: str, chrome: Browser
) -> None:
    """A click is a point of all nets', a click on it takes it away; none at all is said; what
    cannot be asked for is refused.
    """
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{server}/meta_learning?{SMALL}")
        wait(page, f"{STAGE}?.now?.step === 20 && {STAGE}.boxes.length === 4")
        said, canvas = page.locator(".lv-pole-said"), page.locator("[data-chart=curves] canvas")
        expect(said).to_contain_text("Points: 4, steps on them: 1. Squared error along")
        page.get_by_role("button", name="No points").click()
        expect(said).to_contain_text("Click into a picture to put a point there")
        assert page.evaluate(f"{STAGE}.shown.every((s) => s.before === s.after)")
        x, y, width, height = page.evaluate(
            f"(({{ x, y, width, height }}) => [x, y, width, height])({STAGE}.boxes[2])")
        at = {"x": x + 0.7 * width, "y": y + height / 4}
        canvas.click(position=at)
        expect(said).to_contain_text("Points: 1, steps on them: 1. Squared error at them")
        ((px, py),) = page.evaluate(f"{STAGE}.points.map(({{ x, y }}) => [x, y])")
        assert abs(px - 2) < 0.2
        assert abs(py - 3) < 0.2
        page.locator("[data-adapt=steps]").fill("20")
        assert page.evaluate(f"{STAGE}.errors(1).after < {STAGE}.errors(1).before")
        page.locator("[data-adapt=rate]").fill("7")
        expect(said).to_contain_text("Learning rate: 7 is not allowed. Allowed: 0 … 0.1.")
        page.locator("[data-adapt=rate]").fill("0.01")
        canvas.click(position=at)
        expect(said).to_contain_text("Click into a picture")


def test_the_stage_of_examples_knows_the_nets_of_the_frame() -> None:
    """Their parameters lie in the frame one after the other, and all numbers that a place needs."""
    config = shots.Config(nets=("gru", "snail"), n_ways=3, n_shots=2, n_steps=20, n_seeds=1)
    (stage,) = [c["stage"] for c in view_of(SHOTS, config)["charts"] if c["id"] == "episode"]
    first = next(iter(shots.train(config)))
    n = sum(prod(shape) for net in stage["nets"] for shape in net["shapes"].values())
    assert first.arrays["weights"].shape == (n,)
    assert first.arrays["others"].shape == (stage["side"] ** 2 + stage["most"], 4)
    assert [net["kind"] for net in stage["nets"]] == ["recurrent", "chain"]
    for examples in stage["episodes"]:
        assert len(examples) == stage["most"] == 6
        assert sorted(name for *_, name in examples) == [0, 0, 1, 1, 2, 2]


def test_a_visitor_puts_examples_in_and_the_nets_read_them(server: str, chrome: Browser) -> None:
    """A click is an example of the chosen name, a click on it takes it away; more than nets were
    trained on are refused, and without an example of each name nobody is asked.
    """
    with visit(chrome, viewport={"width": 1280, "height": 720}) as page:
        page.goto(f"{server}/meta_learning?{FEW}")
        wait(page, f"{EPISODE}?.now?.step === 20 && {EPISODE}.boxes.length === 5")
        said = page.locator("[data-chart=episode] .lv-pole-said")
        canvas = page.locator("[data-chart=episode] canvas")
        expect(said).to_contain_text("Step 20. Examples: 2 of A, 2 of B. Of all places")
        page.get_by_role("button", name="No examples").click()
        expect(said).to_contain_text("Choose a name and click into a picture")
        x, y, side = page.evaluate(
            f"(({{ x, y, width }}) => [x, y, width])({EPISODE}.boxes[1])")
        left, right = ({"x": x + part * side, "y": y + side / 2} for part in (0.2, 0.8))
        canvas.click(position=left)
        page.get_by_role("button", name="B", exact=True).click()
        canvas.click(position=right)
        expect(said).to_contain_text("Examples: 1 of A, 1 of B.")
        best = page.evaluate(f"{EPISODE}.best")
        assert best[0] == 0, "the place at the left"
        assert best[20] == 1, "the one at the right"
        nearest = page.evaluate(f"{EPISODE}.asBest(1)")
        assert nearest > 0.5
        for part in (0.4, 0.5, 0.6):
            canvas.click(position={"x": x + part * side, "y": y + side / 4})
        expect(said).to_contain_text("At most 4 examples")
        canvas.click(position=right)
        expect(said).to_contain_text("Examples: 1 of A, 2 of B.")
        page.get_by_role("button", name="Other examples").click()
        expect(said).to_contain_text("Examples: 2 of A, 2 of B.")
