"""One update slowly: held to torch, written out by hand, and to the lab's own run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.concepts import find
from core.concepts.dqn import solve, step, understand
from core.concepts.dqn.cartpole import THETA_LIMIT, advance
from core.concepts.dqn.learner import MAX_GRADIENT_NORM, layers_of
from core.concepts.dqn.step import Agents, Update, lab_config, last_update, pick
from core.config import with_changes
from core.words import phrase
from explorer.page import labs_on

LAB = find("dqn.step")
SMALL = step.Config(at=700, n_seeds=2)
SETTINGS: dict[str, dict[str, Any]] = {
    "full": {}, "double": {"agent": "double"}, "three steps": {"agent": "multi_step"},
    "neither": {"agent": "neither"}, "another world": {"gravity": 20, "pole_length": 1},
}
every_setting = pytest.mark.parametrize("name", SETTINGS)


def agents_of(config: step.Config) -> Agents:
    agents = Agents(lab_config(config))
    for _ in range(config.at + 1):
        agents.step()
    return agents


def net_of(p: np.ndarray, s: int) -> nn.Sequential:
    """Of the agent of seed `s`, without a dueling head."""
    layers: list[nn.Module] = []
    for weight, bias in layers_of(p):
        linear = nn.Linear(weight.shape[2], weight.shape[1])
        linear.weight.data = torch.from_numpy(weight[s].copy())
        linear.bias.data = torch.from_numpy(bias[s, :, 0].copy())
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def rows(a: np.ndarray, s: int) -> Tensor:
    """(batch, features) of an agent's part of (S, features, batch)."""
    return torch.from_numpy(a[s].T.copy())


def q_of(net: nn.Module, x: Tensor) -> Tensor:
    return net(x)[:, :2]  # the third output is of dueling nets


@every_setting
def test_a_target_is_that_of_torch(name: str) -> None:
    """Reward plus discount times the target network's value of its own best action, or, double,
    of the online network's; the reward alone where the episode terminated.
    """
    config = with_changes(SMALL, **SETTINGS[name])
    agents = agents_of(config)
    update = last_update(agents)
    for s in range(config.n_seeds):
        online, target = (net_of(p, s) for p in agents.before)
        with torch.no_grad():
            x2, values = rows(update.x2, s), q_of(online, rows(update.x, s))
            next_q = q_of(target, x2)
            chooser = q_of(online, x2) if name == "double" else next_q
            best = next_q.gather(1, chooser.argmax(1, keepdim=True))[:, 0]
            wanted = torch.from_numpy(update.gain[s]) + torch.from_numpy(update.discount[s]) * best
        np.testing.assert_allclose(update.target[s], wanted, rtol=1e-4)
        np.testing.assert_allclose(update.q[s].T, values, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(update.next_q[s].T, next_q, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(update.error[s], update.taken[s] - update.target[s])


def test_the_first_update_is_one_step_of_torchs_adam() -> None:
    """At step 500, where Adam has no past: the loss over the batch, its gradient's norm cut."""
    config = with_changes(SMALL, at=step.FIRST_UPDATE)
    agents = Agents(lab_config(config))
    for _ in range(step.FIRST_UPDATE):
        agents.step()
    update = last_update(agents)
    for s in range(config.n_seeds):
        net = net_of(agents.before[0], s)
        taken = q_of(net, rows(update.x, s)).gather(
            1, torch.from_numpy(update.right[s]).long()[:, None])[:, 0]
        optimizer = torch.optim.Adam(net.parameters(), lr=config.learning_rate)
        nn.functional.mse_loss(taken, torch.from_numpy(update.target[s])).backward()
        nn.utils.clip_grad_norm_(net.parameters(), MAX_GRADIENT_NORM)
        optimizer.step()
        after = q_of(net, rows(update.x, s)).gather(
            1, torch.from_numpy(update.right[s]).long()[:, None])[:, 0]
        np.testing.assert_allclose(update.after[s], after.detach(), rtol=1e-4, atol=1e-5)


@every_setting
def test_the_agent_is_that_of_the_lab(name: str) -> None:
    """To the bit: networks before the update are those of the lab's agents after as many steps,
    and the lab's next update has the same values and errors.
    """
    config = with_changes(SMALL, **SETTINGS[name])
    ours, theirs = agents_of(config), understand.Agents(lab_config(config))
    for _ in range(config.at):
        theirs.step()
    (stack,) = theirs.stacks
    np.testing.assert_array_equal(ours.before[0], stack.learner.p)
    np.testing.assert_array_equal(ours.before[1], stack.learner.target_p)
    theirs.step()
    update = last_update(ours)
    np.testing.assert_allclose(update.taken, stack.taken, rtol=1e-5)
    np.testing.assert_array_equal(ours.learner.p, stack.learner.p)


@pytest.mark.parametrize("name", ["full", "another world"])
def test_a_transition_is_one_step_of_the_cart(name: str) -> None:
    config = with_changes(SMALL, **SETTINGS[name])
    agents = agents_of(config)
    update = last_update(agents)
    state = update.x.transpose(1, 0, 2).astype(float)
    after = advance(state, update.right > 0, agents.carts.world)
    np.testing.assert_allclose(update.x2.transpose(1, 0, 2), after, rtol=1e-4, atol=1e-5)


def test_which_transition() -> None:
    update = last_update(agents_of(SMALL))
    assert pick(update, "first").tolist() == [0, 0]
    leaning = pick(update, "leaning")
    largest = pick(update, "error")
    for s in range(2):
        assert np.abs(update.error[s, largest[s]]) == np.abs(update.error[s]).max()
        assert np.abs(update.x2[s, 2, leaning[s]]) == np.abs(update.x2[s, 2]).max()
        fell = np.abs(update.x2[s, 2]) > THETA_LIMIT
        assert (fell == (update.discount[s] == 0)).all()


def frames(**changes: Any) -> list[Any]:
    return list(step.train(with_changes(SMALL, **changes)))


def test_numbers_come_one_by_one_and_are_those_of_the_update() -> None:
    """Those of the chosen transition; full are the action's Q, the counted value, the target."""
    update: Update = last_update(agents_of(SMALL))
    for t, frame in enumerate(frames()):
        values, counts = frame.arrays["values"], frame.arrays["counts"]
        known = np.array([since <= t for since in step.SINCE])
        assert (np.isfinite(values).all(1) == known).all()
        assert np.isfinite(counts[:, 0]).sum() == [0, 1, 2, 3, 3, 4][t]
        shown = frame.arrays["batch_q"]
        wanted = {3: update.taken, 4: update.taken, 5: update.after}.get(t)
        assert np.isnan(shown).all() if wanted is None else (wanted == shown.T).all()
    np.testing.assert_array_equal(frame.arrays["one"][0, 0], update.target[:, 0])
    np.testing.assert_array_equal(values[4], update.target[:, 0])
    pole = frame.arrays["pole"]
    length = np.hypot(*(pole[:, 1] - pole[:, 0]).swapaxes(0, 1))
    np.testing.assert_allclose(length, 1, rtol=1e-6)


@pytest.mark.parametrize(("changes", "keys"), [
    ({}, ["drawn", "q", "next", "target", "error", "step"]),
    ({"agent": "double"}, ["drawn", "q", "next_double", "target", "error", "step"]),
    ({"transition": "leaning"},
     ["drawn_fell", "q", "next_fell", "target_fell", "error", "step"]),
])
def test_notes_say_what_happens(changes: dict[str, Any], keys: list[str]) -> None:
    said = [frame.notes[0] for frame in frames(**changes)]
    assert [note.key for note in said] == keys
    assert not any("{" in phrase(note, LAB.words) for note in said)
    values = said[3].values
    if keys[3] == "target":
        total = float(values["reward"]) + float(values["discount"]) * float(values["value"])
        assert float(values["target"]) == pytest.approx(total, abs=0.02)
    else:
        assert float(values["target"]) == 1


@pytest.mark.parametrize(("at", "taken"), [(0, 500), (1234, 1234)])
def test_the_way_from_the_lab_keeps_its_settings(at: int, taken: int) -> None:
    """The first agent with a network; before the first update there is none to look at."""
    slowly = labs_on("dqn")["understand"].slowly
    assert slowly
    config = understand.Config(variants=("table", "double", "full"), gamma=0.95, gravity=5,
                               n_seeds=3, seed=9)
    experiment, found = slowly(config, at)
    assert experiment is LAB
    assert found == step.Config(agent="double", gamma=0.95, gravity=5, n_seeds=3, seed=9, at=taken)


def test_the_way_from_who_solves_the_task() -> None:
    """One cart instead of 32, after as many updates; the target network follows at every step."""
    slowly = labs_on("dqn")["solve"].slowly
    assert slowly
    experiment, found = slowly(solve.Config(n_step=5, tau=0.02, seed=9), 32_000)
    assert experiment is LAB
    assert found == step.Config(
        n_step=5, tau=0.02, seed=9, at=1500, target_update_interval=1, n_seeds=4, double=True,
        learning_rate=0.003, gamma=0.98)
