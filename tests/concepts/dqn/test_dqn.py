"""The DQN labs, held to gymnasium, to torch, and to a plain agent written as loops.

The stacked agents are fast because their backward pass and Adam are written out and a batch
is one array program; these tests are what makes that safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import cast

import gymnasium
import numpy as np
import pytest
import torch

from core.concepts import find
from core.concepts.dqn import solve, understand
from core.concepts.dqn.cartpole import EARTH, CartPole, World, advance, evaluate, fell, starts
from core.concepts.dqn.learner import (
    DUELING,
    PLAYED_SIZES,
    SHAPES,
    Learner,
    Recipe,
    initial,
    layers_of,
)
from core.concepts.dqn.plain import Agent, Settings
from core.concepts.dqn.replay import Replay
from core.concepts.dqn.stacks import DeepAgents, TableAgents
from core.concepts.dqn.tabular import EDGES, N_CELLS, Tables, cell_of
from core.config import MAX_CHANGES, Config, with_changes
from core.experiment import Frame
from core.frames import encode_frame
from core.words import phrase

FULL = Recipe()


def good(state: np.ndarray) -> np.ndarray:
    """A policy that balances: push to where the pole falls, and back to the middle."""
    x, x_dot, theta, theta_dot = state
    return theta + 0.3 * theta_dot + 0.05 * x + 0.1 * x_dot > 0


# --- the environment -------------------------------------------------------------------


def test_steps_equal_gymnasiums() -> None:
    """The same state and action lead to the same next state, reward, terminated and
    truncated, over thousands of episodes of a mixed policy, many of them to the time limit.
    """
    rng = np.random.default_rng(0)
    n = 400
    env = gymnasium.make_vec("CartPole-v1", num_envs=n, vectorization_mode="vector_entry_point")
    env.reset(seed=1)
    start = starts(rng, n)
    env.unwrapped.state = start.copy()
    carts = CartPole(start)
    noise = rng.choice([0.0, 0.1, 0.5, 1.0], n)  # share of random actions per cart
    episodes, limits = 0, 0
    for _ in range(1200):
        right = np.where(rng.random(n) < noise, rng.random(n) < 0.5, good(carts.state))
        _, reward, terminated, truncated, _ = env.step(right.astype(np.int64))
        expected = env.unwrapped.state
        fresh = starts(rng, n)
        after, our_terminated, our_truncated = carts.step(right, fresh)
        np.testing.assert_allclose(after, expected, rtol=0, atol=1e-6)
        np.testing.assert_array_equal(our_terminated, terminated)
        np.testing.assert_array_equal(our_truncated, truncated)
        assert (reward == 1).all()
        over = terminated | truncated
        episodes += over.sum()
        limits += (truncated & ~terminated).sum()
        # gymnasium would spend a step on starting again: its new episode begins here as well
        env.unwrapped.state[:, over] = fresh[:, over]
        env.unwrapped.steps[over] = 0
        env.unwrapped.prev_done[:] = False
    assert episodes > 5000
    assert limits > 100


def test_a_single_cart_equals_the_ordinary_environment() -> None:
    """Not only the vector environment: `gymnasium.make`, with its own time limit."""
    env = gymnasium.make("CartPole-v1")
    rng = np.random.default_rng(2)
    for episode in range(24):
        seen, _ = env.reset(seed=episode)
        cart = CartPole(env.unwrapped.state.copy())
        np.testing.assert_allclose(cart.state, seen, atol=1e-6)
        over = False
        while not over:
            state = cart.state
            right = bool(good(state)) if episode % 2 else bool(rng.random() < 0.5)
            seen, reward, terminated, truncated, _ = env.step(int(right))
            after, ours, limit = cart.step(np.array(right), np.zeros(4))
            np.testing.assert_allclose(after, seen, atol=1e-6)
            assert (bool(ours), bool(limit), reward) == (terminated, truncated, 1.0)
            over = terminated or truncated


def test_starts_are_gymnasiums() -> None:
    """Every number uniform between -0.05 and 0.05."""
    ours = starts(np.random.default_rng(0), 4000)
    env = gymnasium.make_vec("CartPole-v1", num_envs=4000, vectorization_mode="vector_entry_point")
    env.reset(seed=0)
    for mine, theirs in zip(ours, env.unwrapped.state, strict=True):
        assert np.abs(np.quantile(mine, [0, 0.25, 0.5, 0.75, 1])
                      - np.quantile(theirs, [0, 0.25, 0.5, 0.75, 1])).max() < 0.004


@pytest.mark.parametrize("world", [EARTH, World(gravity=20), World(pole_length=2.0)])
def test_evaluation_plays_in_gymnasium(world: World) -> None:
    """Lengths equal those of our own carts under the same policy, starts and world."""
    start = starts(np.random.default_rng(3), 2, 5)
    found = evaluate(good, start, world)
    assert found.shape == (2, 5)
    state, alive, length = start.copy(), np.ones((2, 5), bool), np.zeros((2, 5), int)
    for _ in range(500):
        length += alive
        state = advance(state, good(state.astype(np.float32)), world)
        alive &= ~fell(state)
    np.testing.assert_array_equal(found, length)


def test_a_changed_world_matters() -> None:
    start = starts(np.random.default_rng(3), 1, 5)
    assert evaluate(good, start).min() == 500
    assert evaluate(good, start, World(gravity=50, pole_length=0.1)).max() < 500
    assert evaluate(good, start, limit=900).min() == 900


@pytest.mark.parametrize(("gamma", "steps"), [(0.9, 500), (0.99, 500), (0.995, 919), (0.999, 4603)])
def test_what_was_earned_looks_as_far_as_q(gamma: float, steps: int) -> None:
    """A pole that never falls earned what Q may at most expect of it, but for 1 %; its return is
    that of an episode.
    """
    config = understand.Config(variants=("full",), n_seeds=2, gamma=gamma)

    def never_falls(n_episodes: int, world: World, limit: int) -> np.ndarray:
        return np.full((2, n_episodes), limit)

    stack = SimpleNamespace(greedy_returns=never_falls, carts=SimpleNamespace(world=EARTH))
    agents = SimpleNamespace(stacks=[stack], gather=lambda found: found[0][None])
    found = understand.Measuring(config)._evaluate(cast(understand.Agents, agents))
    assert found["greedy_return"].tolist() == [[500, 500]]
    bound = understand.value_bound(config, "full")
    assert found["discounted_return"] == pytest.approx(bound * (1 - gamma**steps))
    assert (found["discounted_return"] > 0.99 * bound).all()


# --- the learner -----------------------------------------------------------------------


def plain_agent(recipe: Recipe, p: np.ndarray) -> Agent:
    """A plain agent with this recipe in float64, its nets started at `p`."""
    agent = Agent(0, Settings(
        learning_rate=recipe.learning_rate, target_update_interval=recipe.target_update_interval,
        tau=recipe.tau, double=recipe.double, dueling=recipe.dueling, loss=recipe.loss,
    ))
    for net in (agent.net, agent.target):
        net.double()
        for layer, (weight, bias) in zip(net.layers[::2], layers_of(p[None]), strict=True):
            n = layer.out_features  # without dueling a net has no third output
            layer.weight.data = torch.from_numpy(weight[0, :n].astype(np.float64))
            layer.bias.data = torch.from_numpy(bias[0, :n, 0].astype(np.float64))
    return agent


def assert_same(ours: np.ndarray, net: torch.nn.Module, start: np.ndarray) -> None:
    """All parameters (P,) equal those of a plain net; what it does not have has not moved."""
    pairs = zip(net.layers[::2], layers_of(ours[None]), layers_of(start[None]), strict=True)
    for layer, (weight, bias), (weight0, bias0) in pairs:
        n = layer.out_features
        np.testing.assert_allclose(weight[0, :n], layer.weight.detach(), atol=2e-6)
        np.testing.assert_allclose(bias[0, :n, 0], layer.bias.detach(), atol=2e-6)
        assert np.array_equal(weight[0, n:], weight0[0, n:])
        assert np.array_equal(bias[0, n:], bias0[0, n:])


RECIPES = (
    FULL, replace(FULL, loss="huber", learning_rate=3e-4), replace(FULL, double=True),
    replace(FULL, dueling=True), replace(FULL, target_update_interval=1, tau=0.01),
    replace(FULL, target_update_interval=7, double=True, dueling=True, gamma=0.9),
)


def batch_of(rng: np.random.Generator, k: int, n: int, scale: float) -> list[np.ndarray]:
    x, x2 = rng.standard_normal((2, k, 4, n))
    right = rng.integers(2, size=(k, n)).astype(float)
    return [x, right, np.full((k, n), scale), rng.choice([0.0, 0.99], (k, n)), x2]


@pytest.mark.parametrize("scale", [1.0, 300.0], ids=["ordinary", "gradients that are cut"])
def test_updates_equal_torchs(scale: float) -> None:
    """All switches stacked, in float64, against one torch agent each: parameters and targets
    after 20 updates.
    """
    rng = np.random.default_rng(0)
    start = np.stack([initial(np.random.default_rng(i)) for i in range(len(RECIPES))])
    learner = Learner(RECIPES, start.astype(np.float64))
    agents = [plain_agent(r, p) for r, p in zip(RECIPES, start, strict=True)]
    for t in range(1, 21):
        batch = batch_of(rng, len(RECIPES), 16, scale)
        learner.learn(*batch)
        learner.sync(t)
        for k, agent in enumerate(agents):
            x, right, gain, discount, x2 = (torch.from_numpy(part[k]) for part in batch)
            agent.learn(x.T, right.long(), gain, discount, x2.T)
            if t % agent.settings.target_update_interval == 0:
                agent.update_target()
    for k, agent in enumerate(agents):
        assert np.abs(learner.p[k] - start[k]).max() > 1e-4
        assert_same(learner.p[k], agent.net, start[k])
        assert_same(learner.target_p[k], agent.target, start[k])


def test_initial_weights_are_torchs_default() -> None:
    """Uniform in +-1/sqrt(fan_in), weights and biases."""
    drawn = np.stack([initial(np.random.default_rng(seed)) for seed in range(40)])
    at = 0
    for n_out, n_in in SHAPES:
        n = n_out * (n_in + 1)
        part = drawn[:, at : at + n]
        assert 0.99 < np.abs(part).max() * np.sqrt(n_in) <= 1 + 1e-6
        assert abs(part.mean()) * np.sqrt(n_in) < 0.05
        at += n


def test_the_dueling_head_is_the_papers() -> None:
    v, a = 3.0, np.array([1.0, 2.0])
    np.testing.assert_allclose(np.array(DUELING) @ [*a, v], v + a - a.mean())


def test_epsilon_falls_linearly() -> None:
    stack = DeepAgents([FULL, replace(FULL, epsilon_start=0, epsilon_end=0)], [0], batch_size=8)
    for step, expected in ((0, 1.0), (1000, 0.7625), (4000, 0.05), (9000, 0.05)):
        stack.t = step
        assert stack.epsilon() == pytest.approx([expected, 0.0])


# --- replay ----------------------------------------------------------------------------


def filled(recipes: list[Recipe], n_steps: int, n_envs: int = 1) -> tuple[Replay, list[list]]:
    """A memory after episodes of seven steps (every third is cut short, not failed), and per
    agent and cart the plain list of what happened.
    """
    replay = Replay(recipes, n_envs, 4)
    k, log = len(recipes), [[] for _ in range(n_envs)]
    for t in range(n_steps):
        age = np.full((k, n_envs), t % 7)
        last, failed = t % 7 == 6, (t // 7) % 3 != 2
        state = np.broadcast_to(np.arange(n_envs) + 100.0 * t, (4, k, n_envs))
        replay.add(state, np.full((k, n_envs), t % 2), state + 1,
                   np.full((k, n_envs), last and failed), age)
        for e in range(n_envs):
            log[e].append((100.0 * t + e, t % 2, 100.0 * t + e + 1, last, last and failed))
    return replay, log


@pytest.mark.parametrize("n_envs", [1, 3])
def test_n_step_returns_equal_a_loop(n_envs: int) -> None:
    """Rewards, discounts and next states of every stored transition, for 1, 3 and 10 steps:
    a failure has no value behind it, an episode that is cut short has.
    """
    recipes = [replace(FULL, n_step=n, gamma=g, reward=r)
               for n, g, r in ((1, 0.99, 1.0), (3, 0.9, 0.5), (10, 0.95, 1.0))]
    n_steps = 60
    replay, log = filled(recipes, n_steps, n_envs)
    for k, recipe in enumerate(recipes):
        for e in range(n_envs):
            for t in range(n_steps):
                gain, factor, u = 0.0, 1.0, t
                while True:
                    gain += factor * recipe.reward
                    factor *= recipe.gamma
                    if log[e][u][3] or u - t == recipe.n_step - 1 or u == n_steps - 1:
                        break
                    u += 1
                row = replay._data[k, t, e]
                assert row[0] == log[e][t][0]
                assert row[4] == log[e][u][2]
                assert row[8] == log[e][t][1]
                assert row[9] == pytest.approx(gain, rel=1e-5)
                assert row[10] == pytest.approx(0.0 if log[e][u][4] else factor, rel=1e-5)


def test_truncation_is_not_termination() -> None:
    """A pole that still stands after 500 steps keeps its value: only failures end it."""
    stack = DeepAgents([FULL], [0], batch_size=4, learning_starts=10**9)
    stack.carts.state[:] = 0
    seen = []
    for t in range(1000):
        state = stack.carts.state.copy()
        right = good(state)
        after, terminated, truncated = stack.carts.step(right, np.zeros_like(state))
        stack.replay.add(state.astype(np.float32), right, after, terminated,
                         np.full((1, 1), t % 500))
        seen.append((bool(terminated[0, 0]), bool(truncated[0, 0])))
    assert seen.count((False, True)) == 2
    assert not any(terminated for terminated, _ in seen)
    assert (stack.replay._data[0, :1000, 0, 10] == np.float32(0.99)).all()


def test_a_memory_keeps_the_newest() -> None:
    """An agent draws from its newest `buffer_size` transitions, evenly."""
    recipes = [replace(FULL, buffer_size=n) for n in (1, 10, 40)]
    replay, _ = filled(recipes, 100)
    np.testing.assert_array_equal(replay.filled(), [1, 10, 40])
    for k, n in enumerate((1, 10, 40)):
        np.testing.assert_array_equal(replay.states(k)[:, 0], 100.0 * np.arange(99, 99 - n, -1))
    u = (np.arange(4) + 0.5) / 4
    x, *_ = replay.draw(np.tile(u, (3, 1)))
    np.testing.assert_array_equal(x[0, 0], [9900] * 4)
    np.testing.assert_array_equal(x[1, 0], 100 * (99 - (u * 10).astype(int)))
    np.testing.assert_array_equal(x[2, 0], 100 * (99 - (u * 40).astype(int)))


# --- the table -------------------------------------------------------------------------


def test_cells_are_those_between_the_edges() -> None:
    rng = np.random.default_rng(0)
    state = rng.uniform(-1.5, 1.5, (4, 500)) * np.array([2, 1, 0.15, 1])[:, None]
    found = cell_of(state)
    for i in range(500):
        cell = 0
        for value, edges in zip(state[:, i], EDGES, strict=True):
            cell = cell * (len(edges) + 1) + sum(1 for edge in edges if edge < value)
        assert found[i] == cell
    assert found.min() >= 0
    assert found.max() < N_CELLS


def test_the_table_learns_by_watkins_rule() -> None:
    tables = Tables(np.array([0.9, 0.5]), 0.25)
    tables.q[:] = np.random.default_rng(0).random(tables.q.shape)
    before = tables.q.copy()
    state, after = np.zeros((4, 2)), np.full((4, 2), 0.2)
    taken, error = tables.learn(state, np.array([1.0, 0.0]), after, np.array([False, True]))
    here, there = cell_of(state)[0], cell_of(after)[0]
    goals = [1 + 0.9 * before[0, there].max(), 1.0]
    for k, action in enumerate((1, 0)):
        old = before[k, here, action]
        assert taken[k] == pytest.approx(old)
        assert error[k] == pytest.approx(old - goals[k], abs=1e-6)
        assert tables.q[k, here, action] == pytest.approx(old + 0.25 * (goals[k] - old))
    assert (tables.q != before).sum() == 2


# --- stacks ----------------------------------------------------------------------------


def parameters(recipes: Sequence[Recipe], seeds: list[int], n_steps: int, **more) -> np.ndarray:
    stack = DeepAgents(recipes, seeds, batch_size=16, learning_starts=50, **more)
    for _ in range(n_steps):
        stack.step()
    return stack.learner.p.reshape(len(recipes), len(seeds), -1)


@pytest.mark.parametrize("n_envs", [1, 8])
def test_a_seed_in_a_stack_equals_the_seed_alone(n_envs: int) -> None:
    """Bit for bit, whatever variants and seeds stand beside it: every operation goes through a
    stack agent by agent, matrix products included.
    """
    recipes = [FULL, replace(FULL, double=True, n_step=3)]
    together = parameters(recipes, [3, 4, 5], 300, n_envs=n_envs)
    for v, recipe in enumerate(recipes):
        alone = parameters([recipe], [4], 300, n_envs=n_envs)[0, 0]
        np.testing.assert_array_equal(together[v, 1], alone)
    assert np.abs(together[0, 0] - together[0, 1]).max() > 0.01


def test_batches_of_copies_are_one_transition() -> None:
    """Without replay an agent learns from its last transition once: the same update as from
    64 copies of it.
    """
    recipe = replace(FULL, buffer_size=1)
    once = DeepAgents([recipe], [0], batch_size=1, learning_starts=20)
    copies = DeepAgents([recipe], [0], batch_size=64, learning_starts=20)
    for _ in range(60):
        once.step()
        copies.step()
    np.testing.assert_allclose(once.learner.p, copies.learner.p, atol=1e-4)


def test_a_target_that_is_due_is_never_missed() -> None:
    """The trap: a copy that hangs on another condition may never happen. Then Q at the start
    stays near 1; with C = 50 it is above 20 by step 3000.
    """
    stack = DeepAgents([FULL], [0])
    for _ in range(3000):
        stack.step()
    assert stack.start_value()[0] > 20
    stuck = DeepAgents([FULL], [0])
    stuck.learner.sync = lambda step: None  # as if it never fired
    for _ in range(1500):
        stuck.step()
    assert stuck.start_value()[0] < 2


def test_returns_and_episodes_are_counted() -> None:
    """The running mean and the number of episodes agree with the carts' own steps."""
    stack = TableAgents([FULL], [0, 1], 0.2)
    ends: list[list[int]] = [[], []]
    for _ in range(900):
        before = stack.carts.steps.copy()
        stack.step()
        for k in range(2):
            if stack.carts.steps[k, 0] == 0:
                ends[k].append(before[k, 0] + 1)
    assert stack.n_episodes.tolist() == [len(e) for e in ends]
    assert stack.recent_return() == pytest.approx([np.mean(e[-20:]) for e in ends])
    assert stack.last_return.tolist() == [e[-1] for e in ends]


# --- the labs --------------------------------------------------------------------------

SHORT = understand.Config(variants=("full", "no_replay", "table"), n_steps=2000, n_seeds=1)


def frames(config: Config) -> list[Frame]:
    lab = understand if isinstance(config, understand.Config) else solve
    return list(lab.train(config))  # type: ignore[arg-type]


def test_an_intervention_keeps_what_came_before() -> None:
    """Frames up to its step are the same, byte for byte; afterwards they differ."""
    plain = {f.step: encode_frame(f) for f in frames(SHORT)}
    changed = with_changes(SHORT, changes=["1000:gravity=25", "1000:epsilon_start=0",
                                           "1000:epsilon_end=0"])
    found = frames(changed)
    shared = [f for f in found if f.step < 1000]
    assert len(shared) > 10
    assert all(encode_frame(f) == plain[f.step] for f in shared)
    said = [phrase(note, find("dqn.understand").words) for f in found for note in f.notes]
    assert "From step 1000 on: Gravity 25." in said
    late = [f for f in found if f.step == 2000]
    assert encode_frame(late[0]) != plain[2000]
    assert late[0].arrays["epsilon"][0] == 0.0


def test_a_new_learning_rate_holds_from_its_step_on() -> None:
    config = with_changes(SHORT, variants=("full",), changes=["1000:learning_rate=1e-5"])
    by_step = {f.step: f.arrays["weights"][0].astype(float) for f in frames(config)}
    steps = sorted(by_step)

    def moved(a: int, b: int) -> float:
        return float(np.abs(by_step[b] - by_step[a]).mean() / (b - a))

    before = moved(max(s for s in steps if s <= 800), 1000)
    after = moved(min(s for s in steps if s >= 1200), 2000)
    assert after < before / 5


def test_recorded_weights_play_as_the_agent_does() -> None:
    """What the browser plays from, in half precision, prefers the same action as the agent,
    at states that it meets; the scale of the inputs and the dueling head are in it.
    """
    recipe = replace(FULL, dueling=True)
    stack = DeepAgents([recipe], [0], batch_size=32, scale=(1, 1, 5, 1))
    for _ in range(1500):
        stack.step()
    state = stack.memory(0).T.astype(np.float32)[:, None]  # (4, 1, n)
    q = stack.values(state)[0]
    flat, h, at = stack.played_weights()[0].astype(np.float16).astype(np.float64), state[:, 0], 0
    for i, (n_in, n_out) in enumerate(pairwise(PLAYED_SIZES)):
        weight = flat[at : at + n_in * n_out].reshape(n_out, n_in)
        at += n_in * n_out
        h = weight @ h + flat[at : at + n_out, None]
        at += n_out
        if i < 2:
            h = np.maximum(h, 0)
    assert at == len(flat)
    np.testing.assert_allclose(h, q, rtol=0.02, atol=0.05)
    assert np.mean((h[1] > h[0]) == (q[1] > q[0])) > 0.98


def test_the_largest_run_is_small_enough() -> None:
    """Below 8 MB and 120 frames with the most variants, steps, seeds and changes: by the size of
    its first frame, since all are alike.
    """
    names = tuple(understand.VARIANTS)[: understand.MAX_VARIANTS]
    config = understand.Config(variants=names, n_steps=16_000, n_seeds=10, changes=[
        f"{step}:gravity=20" for step in range(7777, 7777 + 1000 * MAX_CHANGES, 1000)])
    first = next(iter(understand.train(config)))
    assert understand.train.n_frames(config) <= 120
    assert len(encode_frame(first)) * understand.train.n_frames(config) < 8e6


def test_the_slow_way_out_of_solving() -> None:
    """Agents that do not make it give up after `max_steps`, with the announced frames."""
    config = solve.Config(max_steps=20_000, n_seeds=2, learning_rate=1e-4)
    found = frames(config)
    assert len(found) == solve.train.n_frames(config)
    assert found[-1].step <= 20_000
    assert np.isnan(found[-1].arrays["solved_at"]).all()


def test_a_solver_stops_after_three_in_a_row() -> None:
    """And its checkpoint passes a fresh test in gymnasium, on other starts."""
    contest = solve.Solving(solve.Config(n_seeds=1, seed=4))
    good_ones = 0
    while not contest.solved.all():
        for _ in range(solve.EVALUATE_EVERY // 32):
            contest.step()
        contest.evaluate()
        good_ones = good_ones + 1 if contest.greedy_return[0] >= solve.SOLVED else 0
        assert contest.hits[0] == good_ones
        assert contest.steps < 400_000
    assert good_ones == 3
    contest.stack.learner.p[:] = 0
    contest.stack.learner.p[:] = contest.kept

    def policy(seen: np.ndarray) -> np.ndarray:
        q = contest.stack.values(seen)
        return q[:, 1] > q[:, 0]

    fresh = starts(np.random.default_rng(12345), 1, 100)
    assert evaluate(policy, fresh).mean() >= solve.SOLVED


def test_every_variant_changes_the_recipe() -> None:
    base = understand.recipe_of(understand.Config(), "full")
    others = [understand.recipe_of(understand.Config(), n) for n in understand.VARIANTS]
    assert sum(recipe == base for recipe in others) == 2  # itself, and the table
    assert len(set(others)) == len(others) - 1


@pytest.mark.parametrize(("changes", "problem"), [
    ({"variants": ()}, "variants: .* is not allowed. Allowed: at least one of full"),
    ({"variants": ("full", "full")}, "each at most once"),
    ({"changes": ["400:gamma=0.9"]}, "changes: '400:gamma=0.9' is not allowed. Allowed: at most 4"),
])
def test_impossible_settings_explain_themselves(changes: dict, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        understand.Config(**changes)
