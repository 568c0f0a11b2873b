"""The sheet of latents in a real browser: a place is framed by hand."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from devtools.browser import LIVE, box_of, explore, visit, wait

STAGE = "document.querySelector('[data-chart=sheet]')?.__latent"


def test_the_frame_is_dragged_and_says_how_far_its_image_is_from_a_real_one(
    server: str, chrome: Browser
) -> None:
    with visit(chrome) as page:
        page.goto(server + explore("gan", "digits", n_steps=20, n_seeds=1))
        wait(page, f"{STAGE}?.sheet.unit > 4 && {LIVE}.current >= 1")
        area = box_of(page, "[data-chart=sheet] canvas")
        unit = page.evaluate(f"{STAGE}.sheet.unit")
        page.mouse.move(area["x"] + 4 + 2.5 * unit, area["y"] + 4 + 8.5 * unit)
        page.mouse.down()
        page.mouse.move(area["x"] + 4 + 6.5 * unit, area["y"] + 4 + 3.5 * unit)
        page.mouse.up()
        assert page.evaluate(f"[{STAGE}.across, {STAGE}.up]") == [6, 7]
        page.mouse.move(area["x"] + 4 + unit, area["y"] + 4 + unit)  # let go: nothing follows
        assert page.evaluate(f"[{STAGE}.across, {STAGE}.up]") == [6, 7]
        apart = page.evaluate(f"{STAGE}.now.arrays.apart.values[7 * 11 + 6]")
        said = page.locator("[data-chart=sheet] .lv-pole-said")
        expect(said).to_contain_text(f"{apart:.2f} away")
