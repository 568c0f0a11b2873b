"""One step of a cell, slowly: its parts against torch's own cells, and where it is looked at."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.concepts import find
from core.concepts.recurrence import inside, step
from core.concepts.recurrence.cells import Reader
from core.concepts.recurrence.tasks import TASKS
from core.stacked.functions import linear
from core.stacked.traced import views
from core.words import phrase

LAB = find("recurrence.step")
WIDTH = 5
CELLS = {"lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}


@pytest.mark.parametrize("family", CELLS)
def test_the_parts_are_those_of_torchs_cell(family: str) -> None:
    task = TASKS["adding"]
    net = Reader(family, task.n_inputs, WIDTH, task.n_outputs, loss=task.loss)
    rng = np.random.default_rng(5)
    p = views(net.shapes, torch.from_numpy(rng.standard_normal((2, net.n_parameters))))
    x = torch.from_numpy(rng.standard_normal((2, 3, task.n_inputs)))
    state = tuple(torch.from_numpy(rng.standard_normal((2, 3, WIDTH)))
                  for _ in range(1 + (family == "lstm")))
    u = linear(x, p["in_weight"], p["in_bias"])
    gates, parts = step.taken_apart(net, p, u, state)
    assert all(((gate > 0) & (gate < 1)).all() for gate in gates.values())
    for k in range(2):
        cell = CELLS[family](task.n_inputs, WIDTH).double()
        with torch.no_grad():
            cell.weight_ih.copy_(p["in_weight"][k])
            cell.weight_hh.copy_(p["weight"][k])
            cell.bias_ih.copy_(p["in_bias"][k])
            cell.bias_hh.copy_(p["bias"][k] if "bias" in p else torch.zeros(4 * WIDTH))
            given = tuple(part[k] for part in state)
            found = cell(x[k], given if family == "lstm" else given[0])
        h, remembered = found if family == "lstm" else (found, found)
        torch.testing.assert_close(parts["after"][k], remembered, rtol=0, atol=1e-9)
        torch.testing.assert_close(parts["out" if family == "lstm" else "after"][k], h, rtol=0,
                                   atol=1e-9)


@pytest.mark.parametrize("cell", CELLS)
def test_its_net_is_that_of_the_look_inside(cell: str) -> None:
    """At the same step its gates at that place are on the map there."""
    same = {"cell": cell, "length": 5, "n_seeds": 2, "n_steps": 40}
    config = step.Config(**same, at=20)
    shown = list(step.train(config))[-1].arrays["gates"]
    frames = inside.train(inside.Config(**same))
    places: dict[str, np.ndarray] = {}
    for frame in frames:
        places |= {k: a for k, a in frame.arrays.items() if k == "event_places"}
        if frame.step >= 20:
            break
    assert frame.step == 20
    place = int(places["event_places"].min()) - 1
    np.testing.assert_allclose(
        shown[..., 0], frame.arrays["shown"][1:, :, place], rtol=0, atol=1e-5)


@pytest.mark.parametrize(("where", "events", "place"), [
    ("event", [3, 7], 3), ("between", [3, 7], 4), ("between", [3, 4], 5), ("between", [8, 9], 7),
    ("between", [0, 9], 1),
])
def test_which_place_is_looked_at(where: str, events: list[int], place: int) -> None:
    config = step.Config(where=where)
    assert step.place_of(config, np.array(events)) == place


@pytest.mark.parametrize("cell", CELLS)
def test_it_grows_a_part_at_a_time_and_says_its_numbers(cell: str) -> None:
    frames = list(step.train(step.Config(cell=cell, at=20, length=5)))
    assert len(frames) == len(step.SUB_STEPS[cell])
    seen = [int(np.isfinite(frame.arrays["parts"]).all((1, 2)).sum()) for frame in frames]
    assert seen == [1, 1, 2, 3, 4, 5, 6][: len(frames)]
    last = frames[-1].arrays["parts"][..., 0]
    said = [phrase(frame.notes[0], LAB.words) for frame in frames]
    unit = int(np.abs(last[4] - last[0]).argmax())
    assert f"Unit {unit + 1} is the one" in said[0]
    assert f"= {last[4, unit]:.2f}" in said[5]
    assert not any("{" in text for text in said)
