"""GANs: two nets, one game."""

from __future__ import annotations

from core.concepts import find
from core.concepts.gan import companions, dirac, plane, turns, worlds
from core.concepts.gan.targets import n_pieces as pieces_of
from core.experiment import Experiment
from explorer import charts
from explorer.live import Chart, Ref
from explorer.page import Lab
from explorer.repairs import Repairs
from explorer.theme import chosen
from pages.gan import beside, made, pictures, smallest, two_worlds
from pages.gan.scenes import SCENES
from pages.gan.styles import GAMES

__all__ = ["LABS", "SCENES"]


def plane_charts(config: plane.Config, look: str) -> list[Chart]:
    """The game that is looked at, and all games beside each other."""
    games, n, played = chosen(GAMES, config.games), config.n_seeds, GAMES[look]
    of = {"game": look}
    n_pieces = pieces_of(config.target)
    distance = charts.learning_curves(
        "distance", "distance", games, by="game", n_seeds=n, log=True, y_range=[-1.6, 0.4],
        title="Distance of made points from real ones", y_title="Sliced Wasserstein distance",
        alt="How far the made points as a whole are from real ones, per game over the updates.",
    )
    covered = charts.learning_curves(
        "effective", "effective", games, by="game", n_seeds=n, y_range=[0, n_pieces * 1.08],
        title="Pieces of the target, over time", y_title="Pieces that it makes",
        alt="On how many pieces of the target the made points lie, per game over the updates.",
    )
    shown = [
        pictures.game("plane", played, of), pictures.quality("quality", games, n_pieces, n),
        pictures.floor_of(distance, "Two samples of real points",
                          Ref("real_distance", reduce="median")),
        covered,
        pictures.shares("shares", played, n_pieces, list(config.seeds)),
        pictures.losses("losses", played, of, n),
    ]
    return shown + ([pictures.warped("warped", played, of)] if config.latent == 2 else [])


def turn_charts(config: turns.Config, look: str) -> list[Chart]:
    """The same pictures of one game, update by update."""
    played, n = GAMES[config.game], config.n_seeds
    paid = pictures.in_turns(
        pictures.losses("losses", played, {}, n), config.turn, 2 * config.rounds)
    sheet = [pictures.warped("warped", played, {})] if config.latent == 2 else []
    return [pictures.game("plane", played, {}), paid, *sheet]


def slowly(config: plane.Config, step: int) -> tuple[Experiment, turns.Config]:
    """The first of the games turn by turn, from a step on; of its settings those that it shares."""
    shared = {name: getattr(config, name) for name in turns.SHARED}
    return find("gan.turns"), turns.Config(game=config.games[0], begin=min(step, 1200), **shared)


def without_effect(config: plane.Config) -> set[str]:
    needed = {"r1_weight": "r1", "noise": "noise", "penalty_weight": "wasserstein_penalty",
              "clip": "wasserstein_clip"}
    return {field for field, game in needed.items() if game not in config.games}


def without_effect_smallest(config: dirac.Config) -> set[str]:
    needed = {"r1_weight": "r1", "penalty_weight": "penalty", "clip": "clip"}
    return {field for field, move in needed.items() if move not in config.moves}


def without_effect_worlds(config: worlds.Config) -> set[str]:
    return {"cycle_weight"} if set(config.maps) == {"free"} else set()


def without_effect_companions(config: companions.Config) -> set[str]:
    needed = {"beta": {"vae"}, "r1_weight": {"gan"}, "player_rate": {"gan"},
              "sampling_steps": {"diffusion", "bare"},
              "learning_rate": {"vae", "diffusion", "bare"}}
    return {field for field, makers in needed.items() if not makers & set(config.makers)}


def remedies(config: plane.Config) -> Repairs:
    """Against a collapse R1 for all, as strong as it is in the game of that name."""
    return {"collapsed": {"extra_r1": 0.1}}


def smaller_steps(config: dirac.Config) -> Repairs:
    """For those who left the smallest game: a tenth of the step, or the least there is."""
    return {"left": {"step_size": max(0.01, config.step_size / 10)}}


LABS = {
    "plane": Lab("In the plane", plane_charts, hidden=without_effect, look="games",
                 slowly=slowly, repairs=remedies),
    "turns": Lab("Turn by turn", turn_charts, "update", says=True, seconds=20),
    "digits": Lab("Digits", made.panels, look="generators"),
    "asked": Lab("Asked for", made.requests, look="games"),
    "companions": Lab("Companions", beside.panels, hidden=without_effect_companions,
                      repairs=lambda config: {"idle": {"beta": 10.0}}),
    "worlds": Lab("Two worlds", two_worlds.panels, hidden=without_effect_worlds,
                  look="maps"),
    "dirac": Lab("The smallest game", smallest.charts, hidden=without_effect_smallest,
                 look="moves", repairs=smaller_steps),
}
