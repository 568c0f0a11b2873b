"""One read of a decoder, slowly: what it asks for, what each place is worth, and what it gets.

A translator is trained as in the labs. Then it reads a new sequence and says the answer up to one
symbol; there its attention is taken apart: the query, the scores, the weights, and what is read. Or
the next update is, for some weights of the query.

Papers: Bahdanau et al. 2015 (additive), Luong et al. 2015 (dot), Vaswani et al. 2017 (scaled), Xu
et al. 2015 (hard).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from pydantic import model_validator

from core.concepts.attention import common
from core.concepts.attention.common import N_TESTS, CommonConfig, EncoderName, TaskName
from core.concepts.attention.reads import READ_NAMES, READS, Hard, Soft, additive, say, scaled
from core.concepts.attention.tasks import DATE_DIGITS, TASKS, Pairs, Task
from core.concepts.attention.translator import Translator
from core.config import Config as BaseConfig
from core.config import RefusedError, between, setting
from core.lazy import torch
from core.stacked import update
from core.stacked.functions import linear
from core.stacked.race import Race
from core.stacked.traced import Parameters, views
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

SUB_STEPS = ("states", "query", "products", "scores", "weights", "read", "answer")
"""What is done one after the other; each is the key of its note."""
QUANTITIES = update.quantities(clips=True)
"""What an update makes."""
VECTORS = ("state", "query", "read")
"""The decoder's state, what it asks for, and what it gets."""
ReadName = Literal["dot", "scaled", "additive", "marginal", "straight_through", "reinforce"]


def as_there(name: str) -> Any:
    """A setting of the labs whose nets these are."""
    return CommonConfig.model_fields[name]


class Config(BaseConfig):
    """Which decoder, after how much training, and at which symbol."""

    attention: ReadName = setting(
        "dot", "How the decoder reads",
        names={name: READ_NAMES[name] for name in get_args(ReadName)},
    )
    shows: Literal["read", "update"] = setting(
        "read", "What is looked at slowly", label="Slowly",
        names={"read": "A read", "update": "The next update"},
    )
    at: int = setting(
        260, "Updates before the read", ge=0, le=1000, step=20, unit="steps", label="At step"
    )
    symbol: int = setting(
        3, "Of the answer: which is about to be said", ge=1, le=9, label="Symbol"
    )
    sequence: int = setting(
        1, "Which of the new sequences is read", ge=1, le=N_TESTS, label="Sequence"
    )
    task: TaskName = as_there("task")
    encoder: EncoderName = as_there("encoder")
    longest: int = as_there("longest")
    n_steps: int = setting(
        260, "Updates that are planned: the learning rate falls for the last 30 % of them", ge=20,
        le=1000, unit="steps", step=20, group="Training", label="Planned steps",
    )
    learning_rate: float = as_there("learning_rate")
    width: int = as_there("width")
    batch_size: int = as_there("batch_size")
    n_seeds: int = setting(
        1, "Nets, each with its own weights and sequences; the first one is drawn", ge=1, le=16,
        unit="seeds", group="Seeds",
    )
    seed: int = as_there("seed")

    @model_validator(mode="after")
    def _a_symbol_of_the_answer(self) -> Config:
        if self.symbol > (last := n_symbols(self)):
            raise RefusedError("symbol", self.symbol, between(1, last), longest=self.longest)
        return self


def lab_config(config: Config) -> CommonConfig:
    """That of the labs in which these nets are trained."""
    own = {"attention", "shows", "at", "symbol", "sequence"}
    return CommonConfig(**config.model_dump(exclude=own), reads=(config.attention,))


def n_symbols(config: Config) -> int:
    """Of the answer."""
    return DATE_DIGITS if config.task == "date" else common.usual(lab_config(config))


def example(config: Config) -> Pairs:
    """What is read of every seed, (seed, S), and the right answer, (seed, T)."""
    lab = lab_config(config)
    pairs = common.exam_of(lab, common.net_of(lab), N_TESTS, common.TESTS).usual()
    n = common.usual(lab)
    return Pairs(pairs.source[:, config.sequence - 1, :n],
                 pairs.target[:, config.sequence - 1, : n_symbols(config)])


def taken_apart(
    name: str, p: Parameters, h: Tensor, states: Tensor
) -> dict[str, Tensor]:
    """What a read is made of.

    Args:
        name: Key in `READS`.
        h: The decoder's states, (K, H).
        states: The encoder's, (K, S, H).

    Returns:
        "query", (K, H); "products", whose sum over features is a score, (K, S, H); "scores" and
        "weights", (K, S); "shares", what every state gives to what is read, (K, S, H); "read", (K,
        H).
    """
    read = READS[name]
    assert isinstance(read, Soft)
    query = linear(h[:, None], p["query"])  # (K, 1, H)
    if read.score is additive:
        products = (query + linear(states, p["key"])).tanh() * p["v"][:, None]
    else:
        products = query * states
    if read.score is scaled:
        products = products / h.shape[-1] ** 0.5
    scores = products.sum(-1)
    weights = scores.softmax(-1)
    taken = weights
    if isinstance(read, Hard):
        taken = torch.zeros_like(weights).scatter_(-1, weights.argmax(-1, keepdim=True), 1.0)
    shares = taken[..., None] * states
    return {"query": query[:, 0], "products": products, "scores": scores, "weights": weights,
            "shares": shares, "read": shares.sum(1)}


def trained(
    config: Config, n_steps: int
) -> tuple[Translator, Race, Iterator[tuple[Tensor, Tensor]]]:
    """The nets after so many updates, and the batches to come."""
    lab = lab_config(config)
    net = common.net_of(lab)
    race, schedule = common.race_of(lab, net), common.batches(lab)
    for t in range(1, n_steps + 1):
        race.step(*next(schedule), common.rate_factor(lab, t))
    return net, race, schedule


def next_update(config: Config) -> update.Taken:
    """That of the weights that make the first number of the query."""
    at = min(config.at, config.n_steps - 1)
    net, race, schedule = trained(config, at)
    return update.next_update(
        race, *next(schedule), update.positions(net.shapes, "query")[0, : update.N_WEIGHTS],
        common.rate_factor(lab_config(config), at + 1))


def looked_into(config: Config) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Trains the nets and has them read: by name the parts, (K, ...), and what they said up to
    the symbol, (K, symbol).
    """
    net, race, _ = trained(config, min(config.at, config.n_steps))
    source = torch.from_numpy(example(config).source)[:, None]
    with torch.inference_mode():
        p = views(net.shapes, race.p)
        states, _begin, _given = net.encode(p, source)
        saying = list(net.saying(p, source, config.symbol))
        h = saying[-1][0]  # (K, 1, H)
        found = taken_apart(config.attention, p, h[:, 0], states[:, 0])
        logits = say(p, h, found["read"][:, None])[:, 0]
        found |= {"state": h[:, 0], "states": states[:, 0], "answer": logits.softmax(-1)}
    said = torch.cat([symbol for _, symbol in saying], 1)
    return {name: a.numpy() for name, a in found.items()}, said.numpy()


def steps(config: Config) -> range:
    """One frame per sub-step."""
    return range(len(QUANTITIES if config.shows == "update" else SUB_STEPS))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The nets as the labs train them, then one read or one update, a part at a time."""
    if config.shows == "update":
        yield from update.slowly(next_update(config))
        return
    parts, said = looked_into(config)
    t = 0

    def measure() -> Measured:
        seen = SUB_STEPS[: t + 1]
        vectors = np.stack([parts[name] for name in VECTORS], 1)  # (K, vector, H)
        vectors[:, [name not in ("state", *seen) for name in VECTORS]] = np.nan
        arrays = {"states": parts["shares" if "read" in seen else "states"], "vectors": vectors}
        arrays |= {name: parts[name] if name in seen else np.full_like(parts[name], np.nan)
                   for name in ("products", "scores", "weights", "answer")}
        note = _note(config, parts, said[0], SUB_STEPS[t])
        # the features of a place below each other, and the seeds last
        return {name: a.T.astype(np.float32) for name, a in arrays.items()}, [note]

    for t in steps(config):
        yield t, measure


def _note(
    config: Config, parts: Mapping[str, np.ndarray], said: np.ndarray, done: str
) -> Note:
    """What this sub-step does in the first net, with its numbers."""
    task, pair = TASKS[config.task], example(config)
    weights, chances = parts["weights"][0], parts["answer"][0]
    place, right = int(weights.argmax()), int(pair.target[0, config.symbol - 1])
    values = {
        "source": shown(task, pair.source[0]), "said": shown(task, said[:-1]),
        "symbol": config.symbol, "n": n_symbols(config), "width": config.width,
        "place": place + 1, "seen": shown(task, pair.source[0, [place]]),
        "score": f"{parts['scores'][0, place]:.2f}", "weight": f"{weights[place]:.0%}",
        "answer": shown(task, said[[-1]]), "chance": f"{chances[said[-1]]:.0%}",
        "right": shown(task, np.array([right])),
    }
    read = READS[config.attention]
    hard = isinstance(read, Hard)
    keys = {
        "states": "states" if config.symbol > 1 else "states_first",
        "products": f"products_{read.score.__name__}" if isinstance(read, Soft) else done,
        "read": "read_hard" if hard else "read",
        "answer": "answer_right" if said[-1] == right else "answer_wrong",
    }
    return Note(keys.get(done, done), values)


def shown(task: Task, numbers: np.ndarray) -> str:
    """Symbols as they are written, a space so that it can be seen."""
    return "".join(task.symbols[number] for number in numbers).replace(" ", "␣")


NOTES = {
    "states": "The encoder has read {source} and keeps a state of {width} numbers for each symbol. "
              "The decoder has said {said}; symbol {symbol} of {n} is next.",
    "states_first": "The encoder has read {source} and keeps a state of {width} numbers for each "
                    "symbol. The decoder has said nothing yet; the first of {n} symbols is next.",
    "query": "What to read for it? The decoder's state, times a matrix, makes a query of {width} "
             "numbers.",
    "products_dot": "The query meets every state: their numbers are multiplied, one by one.",
    "products_scaled": "The query meets every state: their numbers are multiplied, one by one, and "
                       "divided by the root of {width}.",
    "products_additive": "The query meets every state: to each of its numbers one that is made of "
                         "the state is added; then tanh, times a learned factor.",
    "scores": "Added up over the {width} numbers, that is a score for each place. The highest is "
              "{score}, at place {place}, where a {seen} was read.",
    "weights": "Softmax makes shares of the scores, which are 1 together: e to the power of each, "
               "divided by the sum of all. Place {place} gets {weight}.",
    "read": "Every state is multiplied by its weight, as “States” shows now; added up, they are "
            "what is read. {weight} of it is the state at place {place}.",
    "read_hard": "Hard attention reads one state, that with the largest weight, as “States” shows "
                 "now: the one at place {place}.",
    "answer_right": "What is read and the decoder's state together give each symbol a chance. "
                    "{answer} has {chance}: it is said, and it is right.",
    "answer_wrong": "What is read and the decoder's state together give each symbol a chance. "
                    "{answer} has {chance} and is said; right is {right}.",
    update.WHICH: "{at} updates so far. The first number of a query is made of all numbers of "
                  "the decoder's state, each times a weight: weight 1 for the first of them, "
                  "weight 2 for the second. This is what the next update does to them.",
    **update.NOTES,
}

DIMS = {
    "states": ("step", "feature", "place", "seed"),
    "vectors": ("step", "feature", "vector", "seed"),
    "products": ("step", "feature", "place", "seed"),
    "scores": ("step", "place", "seed"),
    "weights": ("step", "place", "seed"),
    "answer": ("step", "says", "seed"),
    **update.DIMS,
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    return {
        "feature": list(range(1, config.width + 1)), "vector": list(VECTORS),
        "place": list(range(1, common.usual(lab_config(config)) + 1)),
        "says": list(TASKS[config.task].symbols), "seed": list(config.seeds),
        **update.coords(QUANTITIES, update.N_WEIGHTS),
    }
