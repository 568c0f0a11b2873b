"""DQN on CartPole: the textbook agent with its ablations, and settings that solve the task."""

from __future__ import annotations

from core.concepts import labs_of
from core.concepts.dqn import solve, understand
from core.config import Config
from core.experiment import Preset
from core.runs import run_name
from explorer import controls
from explorer.catalog import concept
from explorer.dqn_charts import solve_charts, understand_charts
from explorer.lesson import header, lesson
from explorer.live import Click, Fork, live_view
from explorer.server import service

CONCEPT = concept("dqn")
UNDERSTAND, SOLVE = labs_of("dqn")


def understand_controls() -> tuple[understand.Config, Preset | None]:
    def hidden(config: understand.Config) -> set[str]:
        return (set() if "table" in config.variants else {"table_step_size"}) | (
            understand.INTERVENTION - {"intervene_at"} if config.intervene_at is None else set()
        )

    def narrower(config: understand.Config) -> dict[str, tuple[float, float]]:
        return {"intervene_at": (0, config.n_steps)}

    return controls.configure(UNDERSTAND, understand.Config, hidden=hidden, narrower=narrower)


def respond(click: Click) -> None:
    """To the stage's agent box, and to its button that changes the world from here on."""
    if click.y == "look":
        controls.look_at(str(click.x))
    else:
        controls.set_values(UNDERSTAND, intervene_at=int(click.x))
        controls.open_box(UNDERSTAND, "Intervention")


experiment = controls.choose_lab((UNDERSTAND, SOLVE))
config: Config
fork: Fork | None = None
if experiment is UNDERSTAND:
    textbook, preset = understand_controls()
    look = controls.looked_at(textbook.variants, tuple(understand.VARIANTS))
    config, views = textbook, understand_charts(textbook, look)
    origin, at = understand.without_intervention(textbook), textbook.intervene_at
    if origin != textbook:
        same_before = textbook.n_steps + 1 if at is None else at
        fork = Fork(run_name(UNDERSTAND, origin), same_before)
else:
    tuned, preset = controls.configure(SOLVE, solve.Config)
    config, views = tuned, solve_charts(tuned)

header(CONCEPT, preset)
run = service.runs().start(experiment, config, service.viewer(experiment.name))
live_view(experiment.name, run.token, views, on_click=respond, fork=fork)
lesson(CONCEPT, experiment, preset, run)
