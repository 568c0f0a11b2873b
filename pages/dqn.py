"""DQN on CartPole: the textbook agent with its ablations, and settings that solve the task."""

from __future__ import annotations

from core.dqn import understand
from core.dqn.cartpole import EARTH
from core.dqn.record import MAP_THETA, MAP_THETA_DOT, THETA_BINS
from core.dqn.tabular import EDGES
from core.experiment import Config, Preset, concepts
from explorer import agent_charts as charts
from explorer import controls, service
from explorer.catalog import concept
from explorer.lesson import header, lesson
from explorer.live import Chart, Click, live_view
from explorer.theme import METHODS, name_of

CONCEPT = concept("dqn")
(UNDERSTAND,) = concepts()["dqn"]


def understand_controls() -> tuple[understand.Config, Preset | None]:
    def hidden(config: understand.Config) -> set[str]:
        return (set() if "table" in config.variants else {"table_step_size"}) | (
            {"then_epsilon", "then_learning_rate", "then_gravity", "then_pole_length"}
            if config.intervene_at is None else set()
        )

    def narrower(config: understand.Config) -> dict[str, tuple[float, float]]:
        return {"intervene_at": (0, config.n_steps)}

    return controls.configure(UNDERSTAND, understand.Config, hidden=hidden, narrower=narrower)


def understand_charts(config: understand.Config, look: str) -> list[Chart]:
    agents, v = config.variants, config.variants.index(look)
    name, color = name_of(look), METHODS[look].color
    spread = f", median and range of {config.n_seeds} seeds" if config.n_seeds > 1 else ""
    bound = understand.value_bound(config, look)
    wide = understand.may_run_away(config)
    returns = charts.with_epsilon(charts.curves(
        "returns", "episodic_return", agents, n_seeds=config.n_seeds, y_range=[0, 520],
        title="Episodic return, mean of the last 20" + spread, y_title="Steps (reward)",
        alt="Mean return of the last 20 training episodes of each agent, over steps.",
    ), "epsilon", v)
    greedy = charts.with_traces(charts.curves(
        "greedy", "greedy_return", agents, n_seeds=config.n_seeds, y_range=[0, 520],
        title="Greedy return in gymnasium" + spread, y_title="Steps (reward)",
        alt="Mean return of five episodes without random actions, every 1000 steps.",
    ), [charts.level(475, config.n_steps, "475: solved")])
    q_start = charts.with_traces(charts.curves(
        "q_start", "q_start", agents, n_seeds=config.n_seeds, log=wide,
        y_range=[0, 6.5] if wide else [0, 2.2 * bound],
        title=f"Q at the start, and what {name} earned", y_title="Discounted return",
        alt="Value that each agent expects at the start, over steps.",
    ), [charts.level(bound, config.n_steps, f"most that {name} can earn: {bound:.4g}"),
        charts.earned("discounted_return", v, color)])
    td_error = charts.curves(
        "td_error", "td_error", agents, n_seeds=config.n_seeds, log=True,
        title="Size of the TD error" + spread, y_title="|δ|",
        alt="Mean absolute TD error of each agent since the frame before, over steps.",
    )
    over_time = [charts.marked(c, config.intervene_at, "changed")
                 for c in (returns, q_start, greedy, td_error)]
    theta, theta_dot = MAP_THETA.tolist(), MAP_THETA_DOT.tolist()
    return [
        charts.pole(
            understand.players(config), look, sizes=(4, 64, 64, 2),
            edges=[e.tolist() for e in EDGES], world=understand.worlds(config), changeable=True,
            alt="A cart that balances a pole.",
        ),
        *over_time[:2],
        over_time[2],
        charts.state_map(
            "policy_map", "policy_map", v, theta, theta_dot, between=("left", "right"),
            title=f"What {name} does, and what it remembers", z_title="Prefers to push",
            visited="visited", alt=f"Preferred action of {name} by angle and angular velocity.",
        ),
        charts.state_map(
            "value_map", "value_map", v, theta, theta_dot, title=f"What {name} expects",
            z_title="max Q", alt=f"Value of {name} by angle and angular velocity.",
        ),
        over_time[3],
        charts.shares(
            "replay", "replay_theta", v, THETA_BINS.tolist(), color=color,
            title=f"Replay memory of {name}, by angle", x_title="θ, the pole's angle (rad)",
            y_title="Share of transitions", alt="Share of the stored transitions per angle.",
        ),
    ]


def respond(click: Click) -> None:
    """To the stage's agent box, and to its button that changes the world from here on."""
    if click.y == "look":
        controls.look_at(str(click.x))
    else:
        controls.set_values(UNDERSTAND, intervene_at=int(click.x))


config: Config
config, preset = understand_controls()
look = controls.looked_at(config.variants, tuple(understand.VARIANTS))
views = understand_charts(config, look)

header(CONCEPT, preset)
run = service.runs().start(UNDERSTAND, config, service.viewer(UNDERSTAND.name))
live_view(UNDERSTAND.name, run.token, views, on_click=respond)
lesson(CONCEPT, UNDERSTAND, preset, run)
