"""What a page offers when a run fails: words, a button, and the settings that it sets.

That a repair repairs is tested with its concept (`tests.support.repairs`).
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from core.concepts import concepts, find
from core.config import Change, Config, with_changes
from core.experiment import Experiment
from devtools.browser import LIVE, explore, visit, wait
from explorer.page import lab_of, view_of
from explorer.repairs import offered, settings_after

SURFACE = find("optimizers.surface")
FAR = {"rates": "shared", "learning_rate": 1.0, "n_steps": 200, "optimizers": "sgd"}
REPAIRING = [lab for labs in concepts().values() for lab in labs
             if lab_of(lab).repairs(lab.config())]


def offers(lab: Experiment, config: Config) -> dict[str, Any]:
    return offered(config, lab_of(lab).repairs, lab_of(lab).hidden)


@pytest.mark.parametrize("lab", REPAIRING, ids=lambda lab: lab.name)
def test_a_repair_is_of_a_note_that_the_run_can_say(lab: Experiment) -> None:
    for config in (lab.config(), *(preset.config for preset in lab.presets)):
        assert lab_of(lab).repairs(config).keys() <= lab.words.keys()
        for note, settings in lab_of(lab).repairs(config).items():
            assert settings.keys() <= lab.config.model_fields.keys()
            assert (note in offers(lab, config)) == bool(
                settings_after(config, lab_of(lab).repairs, lab_of(lab).hidden, note, 0))
        assert view_of(lab, config)["repairs"] == offers(lab, config)


def at_rate(rate: float, **more: Any) -> Config:
    config = SURFACE.config(rates="shared", learning_rate=rate, **more)
    assert isinstance(config, Config)
    return config


def test_what_is_no_other_configuration_is_not_offered() -> None:
    assert offers(SURFACE, at_rate(1)).keys() == {"lost", "above_limit"}
    assert offers(SURFACE, at_rate(0.0001)) == {}, "there is no lower one"
    assert offers(SURFACE, SURFACE.config()) == {}, "the rules begin where the surface says"


def test_a_tenth_where_the_usual_rate_is_no_lower() -> None:
    assert offers(SURFACE, at_rate(0.015))["lost"]["settings"] == "Learning rate 0.0015"
    assert offers(SURFACE, at_rate(1))["lost"] == {"settings": "Learning rate 0.01", "here": True}


def test_it_goes_on_from_a_step_with_what_was_in_force() -> None:
    """Changes before the step are kept, those after it are part of what failed."""
    lab = lab_of(SURFACE)
    config = with_changes(at_rate(0.01), changes=["20:learning_rate=0.005",
                                                  "60:learning_rate=2"])
    set_to = settings_after(config, lab.repairs, lab.hidden, "lost", 50)
    assert set_to == {"changes": [Change(20, "learning_rate", 0.005),
                                  Change(50, "learning_rate", 0.01)]}
    assert settings_after(at_rate(1), lab.repairs, lab.hidden, "lost", 0) == {
        "learning_rate": 0.01}
    assert settings_after(at_rate(1), lab.repairs, lab.hidden, "no such note", 5) == {}


def test_a_press_repairs_it(server: str, chrome: Browser) -> None:
    """The button says from where on and with what; the address has it, the failure is gone."""
    with visit(chrome) as page:
        page.goto(server + explore("optimizers", "surface", **FAR))
        button = page.locator(".lv-notes button")
        expect(button).to_have_text(re.compile(r"^Go on from step \d+ with Learning rate 0\.01$"))
        button.click()
        expect(page).to_have_url(re.compile(r"changes=\d+:learning_rate%3D0\.01|changes=\d+%3A"))
        wait(page, f"{LIVE}.state === 'finished' && {LIVE}.current === {LIVE}.frames - 1")
        expect(page.locator(".lv-notes")).not_to_contain_text("diverged")
        expect(button).to_have_count(0)
