"""The agent written for reading: its update is the paper's, what it remembers is what gymnasium
did, and with the random numbers of a stacked agent it is that agent, step by step.
"""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

import gymnasium
import numpy as np
import pytest
import torch

from core.concepts.dqn import plain
from core.concepts.dqn.learner import (
    MAX_GRADIENT_NORM,
    PLAYED_SIZES,
    Learner,
    Recipe,
    layers_of,
)
from core.concepts.dqn.plain import Agent, Settings
from core.concepts.dqn.stacks import ACTING, REPLAY, DeepAgents, Draws

FULL = Recipe()


def settings_of(recipe: Recipe, **more: Any) -> Settings:
    names = {f.name for f in fields(Settings)}
    return Settings(**{k: v for k, v in asdict(recipe).items() if k in names}, **more)


def start_at(agent: Agent, p: np.ndarray) -> None:
    """Both nets at a stacked agent's parameters, (P,)."""
    for net in (agent.net, agent.target):
        for layer, (weight, bias) in zip(net.layers[::2], layers_of(p[None]), strict=True):
            n = layer.out_features  # without dueling a net has no third output
            layer.weight.data = torch.tensor(weight[0, :n])
            layer.bias.data = torch.tensor(bias[0, :n, 0])


def test_its_settings_are_the_pages() -> None:
    """The full agent's, and its nets are as large."""
    assert settings_of(FULL) == Settings()
    assert len({f.name for f in fields(Settings)} & set(asdict(FULL))) == 10
    assert (4, *Settings().hidden, 2) == PLAYED_SIZES
    assert Settings().max_gradient_norm == MAX_GRADIENT_NORM


# --- with a stacked agent's luck -------------------------------------------------------


class Luck:
    """A stacked agent's random numbers, where the plain one asks for its own."""

    def __init__(self, seed: int, agent: Agent) -> None:
        self._acting = Draws([seed], ACTING, 6)
        self._batches = Draws([seed], REPLAY, agent.settings.batch_size)
        self._agent, self._now = agent, self._acting()[0]

    def start(self) -> np.ndarray:
        """Where the next episode begins."""
        return (self._now[2:] - 0.5) / 10

    def random(self) -> float:
        self._now = self._acting()[0]
        return self._now[0]

    def integers(self, n: int, size: int | None = None) -> Any:
        """An action, or rows of the memory: the stacked one counts from the newest back."""
        if size is None:
            return self._now[1] < 0.5
        back = (self._batches()[0] * n).astype(int)
        return (self._agent.t - 1 - back) % self._agent.settings.buffer_size


class Starting(gymnasium.Wrapper):
    """CartPole that begins where it is told to."""

    def __init__(self, env: gymnasium.Env, luck: Luck) -> None:
        super().__init__(env)
        self._luck = luck

    def reset(self, **how: Any) -> tuple[np.ndarray, dict]:
        self.env.reset(**how)
        self.unwrapped.state = self._luck.start()  # type: ignore[attr-defined]
        return self._luck.start().astype(np.float32), {}


def lucky(settings: Settings, seed: int, p: np.ndarray) -> Agent:
    agent = Agent(seed, settings)
    start_at(agent, p)
    luck = Luck(seed, agent)
    agent.rng = luck  # type: ignore[assignment]
    agent.env = Starting(agent.env, luck)
    agent.state, _ = agent.env.reset()
    return agent


@pytest.mark.parametrize("recipe", [
    replace(FULL, epsilon_decay_steps=300),
    replace(FULL, double=True, dueling=True, loss="huber", epsilon_end=0.3),
    replace(FULL, buffer_size=100, target_update_interval=1, tau=0.01, gamma=0.9),
], ids=["full", "double, dueling, Huber", "small memory, soft target"])
def test_it_is_the_stacked_agent(recipe: Recipe) -> None:
    """600 steps, 500 of them with an update: the same episodes, and in the end the same nets."""
    stack = DeepAgents([recipe], [5], batch_size=32, learning_starts=100)
    agent = lucky(settings_of(recipe, batch_size=32, learning_starts=100), 5, stack.learner.p[0])
    start, ends = stack.learner.p.copy(), []
    for _ in range(600):
        n_before = stack.n_episodes[0]
        stack.step()
        agent.step()
        if stack.n_episodes[0] > n_before:
            ends.append(int(stack.last_return[0]))
        np.testing.assert_allclose(stack.carts.state[:, 0, 0], agent.state, atol=1e-5)
    assert agent.lengths == ends
    assert len(ends) > 10
    assert np.abs(stack.learner.p - start).max() > 0.02
    assert_near(stack.learner, agent)


def assert_near(learner: Learner, agent: Agent) -> None:
    for net, p in ((agent.net, learner.p), (agent.target, learner.target_p)):
        for layer, (weight, bias) in zip(net.layers[::2], layers_of(p), strict=True):
            n = layer.out_features
            np.testing.assert_allclose(layer.weight.detach(), weight[0, :n], atol=1e-3)
            np.testing.assert_allclose(layer.bias.detach(), bias[0, :n, 0], atol=1e-3)


# --- what it remembers -----------------------------------------------------------------


def test_it_remembers_what_gymnasium_did() -> None:
    """The same actions in a second environment lead to the same transitions and episodes."""
    agent = Agent(3, Settings(learning_starts=10**9))
    for _ in range(400):
        agent.step()
    env = gymnasium.make("CartPole-v1")
    state, _ = env.reset(seed=3)
    lengths, length = [], 0
    for t in range(400):
        after, reward, terminated, truncated, _ = env.step(int(agent.memory["action"][t]))
        np.testing.assert_array_equal(agent.memory["state"][t], state)
        np.testing.assert_array_equal(agent.memory["after"][t], after)
        assert agent.memory["reward"][t] == reward
        assert agent.memory["terminated"][t] == terminated
        state, length = after, length + 1
        if terminated or truncated:
            lengths.append(length)
            state, length = env.reset()[0], 0
    assert agent.lengths == lengths
    assert len(lengths) > 10


def test_an_episode_that_is_cut_short_has_a_future() -> None:
    """A pole that stands to the time limit: its last state still has a value behind it."""
    agent = Agent(0, Settings(learning_starts=10**9))
    agent.act = lambda: int(agent.state[2] + 0.3 * agent.state[3] > 0)  # type: ignore[method-assign]
    while not agent.lengths:
        agent.step()
    assert agent.lengths == [500]
    assert not agent.memory["terminated"].any()
    agent.act = lambda: 0  # type: ignore[method-assign]
    while len(agent.lengths) < 2:
        agent.step()
    assert np.flatnonzero(agent.memory["terminated"]).tolist() == [agent.t - 1]
    discounts = {float(d) for _ in range(40) for d in agent.batch()[3]}
    assert discounts == {0.0, float(np.float32(0.99))}


# --- its update ------------------------------------------------------------------------


def values(layers: list[np.ndarray], x: np.ndarray, dueling: bool) -> np.ndarray:
    """Q of both actions, (n, 2), in numpy; layers are weight, bias, weight, ..."""
    h = x
    for i in range(0, len(layers), 2):
        h = h @ layers[i].T + layers[i + 1]
        h = np.maximum(h, 0) if i < len(layers) - 2 else h
    if not dueling:
        return h
    advantage = h[:, :2]
    return h[:, 2:] + advantage - advantage.mean(1, keepdims=True)


def layers_in(net: torch.nn.Module) -> list[np.ndarray]:
    return [p.detach().numpy().copy() for p in net.parameters()]


@pytest.mark.parametrize("limit", [None, 0.1], ids=["free", "clipped"])
@pytest.mark.parametrize("loss", ["mse", "huber"])
@pytest.mark.parametrize("double", [False, True])
@pytest.mark.parametrize("dueling", [False, True])
def test_the_gradient_is_that_of_the_papers_loss(
    dueling: bool, double: bool, loss: Any, limit: float | None
) -> None:
    """Against finite differences of the loss, written out in numpy: towards r + d max Q', or with
    double Q-learning d Q'(argmax Q); squared, or Huber's; cut where its norm passes the limit.
    """
    agent = Agent(1, Settings((6, 5), double=double, dueling=dueling, loss=loss,
                              max_gradient_norm=limit))
    other = plain.QNet((6, 5), dueling)
    agent.target.load_state_dict(other.state_dict())
    agent.net.double()
    agent.target.double()
    rng = np.random.default_rng(0)
    x, after = rng.standard_normal((2, 12, 4)) * 3
    action, reward = rng.integers(2, size=12), rng.uniform(-3, 3, 12)
    discount = rng.choice([0.0, 0.9], 12)
    net, target, rows = layers_in(agent.net), layers_in(agent.target), np.arange(12)
    chooser = values(net if double else target, after, dueling)
    goal = reward + discount * values(target, after, dueling)[rows, chooser.argmax(1)]

    def loss_of(layers: list[np.ndarray]) -> float:
        error = np.abs(values(layers, x, dueling)[rows, action] - goal)
        huber = np.where(error < 1, error**2 / 2, error - 0.5)
        return float((error**2 if loss == "mse" else huber).mean())

    agent.learn(*map(torch.from_numpy, (x, action, reward, discount, after)))
    found = np.concatenate([p.grad.numpy().ravel() for p in agent.net.parameters()])  # type: ignore[union-attr]
    expected = differences(loss_of, net)
    norm = np.linalg.norm(expected)
    assert norm > 0.2
    scale = 1.0 if limit is None else limit / norm
    np.testing.assert_allclose(found, expected * scale, atol=1e-6)


def differences(of: Any, layers: list[np.ndarray], h: float = 1e-6) -> np.ndarray:
    """The gradient of a function of the layers, by central differences, (P,)."""
    found = []
    for layer in layers:
        for i in np.ndindex(layer.shape):
            kept = layer[i]
            sides = []
            for layer[i] in (kept - h, kept + h):
                sides.append(of(layers))
            layer[i] = kept
            found.append((sides[1] - sides[0]) / (2 * h))
    return np.array(found)


# --- its schedule ----------------------------------------------------------------------


def test_the_share_of_random_actions_falls_linearly() -> None:
    """A net that always prefers to push right pushes left in half of the random steps."""
    agent = Agent(0, Settings(epsilon_decay_steps=1000, epsilon_end=0.2))
    with torch.no_grad():
        for p in agent.net.parameters():
            p.zero_()
        agent.net.layers[-1].bias[1] = 1.0  # type: ignore[index, union-attr]
    for t, share in ((0, 1.0), (500, 0.6), (1000, 0.2), (5000, 0.2)):
        agent.t = t
        left = np.mean([agent.act() == 0 for _ in range(4000)])
        assert left == pytest.approx(share / 2, abs=0.03)


def test_updates_come_when_they_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tenth step once there are 50 transitions; the target every 30 steps throughout."""
    agent = Agent(0, Settings(learning_starts=50, train_frequency=10, target_update_interval=30))
    learned, copied = list[int](), list[int]()
    monkeypatch.setattr(agent, "learn", lambda *batch: learned.append(agent.t))
    monkeypatch.setattr(agent, "update_target", lambda: copied.append(agent.t))
    for _ in range(100):
        agent.step()
    assert learned == [50, 60, 70, 80, 90, 100]
    assert copied == [30, 60, 90]


def test_it_runs_as_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    lengths = plain.main(1000)
    assert 1000 - 500 < sum(lengths) <= 1000
    assert capsys.readouterr().out.startswith("step   1000:")
