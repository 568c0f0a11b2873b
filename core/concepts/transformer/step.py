"""A forward pass, slowly: what one layer makes of the state of one place, number by number.

A net is trained as in the labs. Then it reads a new sequence, and one of its layers is taken
apart for one place and one head: what it asks for, what it gets, and what is added to it.

Paper: Vaswani et al. 2017.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import model_validator

from core.concepts.transformer import common
from core.concepts.transformer.common import CommonConfig
from core.concepts.transformer.tasks import NOTHING
from core.config import Config as BaseConfig
from core.config import RefusedError, between, setting
from core.lazy import torch
from core.stacked import update
from core.stacked.functions import embedding, layer_norm, linear
from core.stacked.race import Race
from core.stacked.traced import Parameters, views
from core.stacked.transformer import POSITIONS, Transformer
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

N_TESTS = 8
"""New sequences, one of which is read."""
TOLD = ("learned", "sinusoidal")
"""Positions that are added to a symbol."""
VECTORS = {
    "state": ("symbol", "position", "state"), "norm1": ("norm1",), "query": ("query",),
    "mix": ("mix",), "attention": ("attention",), "sum1": ("sum1",), "norm2": ("norm2",),
    "hidden": ("hidden", "hidden_2"), "mlp": ("mlp",), "sum2": ("sum2",), "norm": ("norm",),
}
"""By sub-step the vectors of the place that it makes."""
QUANTITIES = update.quantities(clips=True)
"""What an update makes."""


OWN = {"shows", "at", "place", "layer", "head", "sequence"}
"""Settings that the labs whose nets these are have not."""


def as_there(name: str) -> Any:
    """A setting of the labs whose nets these are."""
    return CommonConfig.model_fields[name]


class Config(BaseConfig):
    """Which net, after how much training, and what of it is taken apart."""

    shows: Literal["pass", "update"] = setting(
        "pass", "What is looked at slowly", label="Slowly",
        names={"pass": "A forward pass", "update": "The next update"},
    )
    at: int = setting(100, "Updates before the forward pass", ge=0, le=600, step=10, unit="steps",
                      label="At step")
    place: int = setting(3, "Whose state is followed through the layer", ge=1, le=24)
    layer: Literal["first", "last"] = setting(
        "first", "Which one is taken apart", names={"first": "First layer", "last": "Last layer"}
    )
    head: Literal["first", "last"] = setting(
        "first", "Which one of the layer is drawn",
        names={"first": "First head", "last": "Last head"},
    )
    sequence: int = setting(1, "Which of the new sequences is read", ge=1, le=N_TESTS)
    task: Literal["reverse", "sort", "count", "previous", "repeats", "one_period"] = (
        as_there("task"))
    n_layers: int = setting(1, "Attention and MLP, one after the other", ge=1, le=6,
                            unit="layers")
    learning_rate: float = as_there("learning_rate")
    warm_up: int = as_there("warm_up")
    start: Literal["torch", "unit"] = as_there("start")
    batch_size: int = as_there("batch_size")
    positions: Literal["learned", "sinusoidal", "rotary", "none"] = as_there("positions")
    norm: Literal["pre", "post", "none"] = as_there("norm")
    residual: bool = as_there("residual")
    mlp: bool = as_there("mlp")
    sees: Literal["task", "all", "before"] = as_there("sees")
    scale: bool = as_there("scale")
    n_heads: Literal["1", "2", "4"] = setting(
        "1", "Per layer; together they have all features", group="Network",
        names={"1": "1 head", "2": "2 heads", "4": "4 heads"},
    )
    width: int = setting(
        16, "Features of a state", ge=16, le=128, unit="features", step=16, group="Network"
    )
    n_seeds: int = setting(
        1, "Nets, each with its own weights and sequences; the first one is drawn", ge=1, le=8,
        unit="seeds", group="Seeds",
    )
    seed: int = as_there("seed")

    @model_validator(mode="after")
    def _a_place_of_the_sequence(self) -> Config:
        if self.place > (last := length(self)):
            raise RefusedError("place", self.place, between(1, last), task=self.task)
        return self


def length(config: Config) -> int:
    """Places of the sequence."""
    return common.task_of(lab_config(config)).length


def layer_of(config: Config) -> int:
    """Which one is taken apart, counted from 1."""
    return 1 if config.layer == "first" else config.n_layers


def head_of(config: Config) -> int:
    """Which one is drawn, counted from 1."""
    return 1 if config.head == "first" else int(config.n_heads)


def lab_config(config: Config) -> CommonConfig:
    """That of the labs in which these nets are trained."""
    return CommonConfig(**config.model_dump(exclude=OWN))


def sub_steps(config: Config) -> list[str]:
    """What is done one after the other; of each the key of its note."""
    pre, post = config.norm == "pre", config.norm == "post"
    last = layer_of(config) == config.n_layers
    done = {
        "state": True, "norm1": pre, "query": True, "keys": True, "scores": True,
        "weights": True, "mix": True, "attention": True, "sum1": config.residual,
    }
    names = [name for name, there in done.items() if there] + ["norm1"] * post
    if config.mlp:
        names += [*["norm2"] * pre, "hidden", "mlp", *["sum2"] * config.residual,
                  *["norm2"] * post]
    return [*names, *["norm"] * (pre and last), "answer"]


def vectors(config: Config) -> list[str]:
    """Of the place, in the order in which they are made."""
    told = layer_of(config) == 1 and config.positions in TOLD
    return [name for step in sub_steps(config) for name in VECTORS.get(step, ())
            if told or name not in ("symbol", "position")]


def example(config: Config) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is read of every seed, (seed, T), the right answers, alike, and where they stand,
    (seed, T, T).
    """
    drawn = next(common.drawn(lab_config(config), common.TESTING, N_TESTS))
    x, y, source = (a[:, config.sequence - 1] for a in drawn)
    return x, y, source


def taken_apart(
    net: Transformer, p: Parameters, x: Tensor, layer: int, head: int, place: int
) -> dict[str, Tensor]:
    """What a layer is made of; layer, head and place are counted from 0.

    Args:
        x: A sequence for each of K nets, (K, T).

    Returns:
        Of all places: "states", that enter the layer, and "norms", what attention is given of
        them, (K, T, D); "keys", "values" and "shares", values times weights, (K, T, D / heads);
        "scores" and "weights", (K, T), infinite scores where a place may not look. Of the place
        the vectors in `VECTORS`, (K, features), and "answer", the chances after the last layer.
    """
    seen, name = net.see(p, x[:, None]), f"{layer}.".__add__
    states = seen.states[layer]  # (K, 1, T, D)
    symbol = embedding(x, p["symbols"])[:, place]
    found = {"symbol": symbol, "position": states[:, 0, place] - symbol}

    def normed(h: Tensor, norm: str) -> Tensor:
        return layer_norm(h, p[norm], p[f"{norm}_bias"])

    def through(h: Tensor, part: str) -> Tensor:
        return linear(h, p[name(part)], p[f"{name(part)}_bias"])

    def after(part: Tensor, h: Tensor, i: str) -> Tensor:
        """What a part gives, with the residual connection and the norm behind it."""
        found["sum" + i] = y = h + part if net.residual else part
        if net.norm == "post":
            found["norm" + i] = y = normed(y, name("norm" + i))
        return y

    norms = normed(states, name("norm1")) if net.norm == "pre" else states
    qkv = through(norms, "qkv").unflatten(-1, (3, net.n_heads, -1)).movedim(2, 4)
    q, k, v = qkv.unbind(2)  # (K, 1, heads, T, d)
    turned = POSITIONS[net.positions].turned
    query, keys, values = turned(q)[:, 0, head, place], turned(k)[:, 0, head], v[:, 0, head]
    scores = (keys @ query[..., None])[..., 0] / (query.shape[-1] ** 0.5 if net.scale else 1)
    if net.causal:
        scores = scores.masked_fill(torch.arange(x.shape[-1]) > place, -torch.inf)
    weights = scores.softmax(-1)
    shares = weights[..., None] * values

    h = states[:, 0, [place]]  # (K, 1, D)
    mixes = seen.looks[layer][:, 0, :, place, None] @ v[:, 0]  # (K, heads, 1, d)
    attention = through(mixes.flatten(1)[:, None], "mix")
    if net.norm == "pre":
        found["norm1"] = norms[:, 0, [place]]
    h = after(attention, h, "1")
    if net.mlp:
        if net.norm == "pre":
            found["norm2"] = normed(h, name("norm2"))
        hidden = through(found["norm2"] if net.norm == "pre" else h, "wide").relu()
        found["hidden"], found["hidden_2"] = hidden.chunk(2, -1)
        found["mlp"] = through(hidden, "narrow")
        h = after(found["mlp"], h, "2")
    if net.norm == "pre":
        found["norm"] = normed(h, "norm")
    found |= {"state": states[:, 0, place], "query": query, "mix": shares.sum(1),
              "attention": attention, "after": h}
    flat = {key: a.flatten(1) for key, a in found.items()}
    return flat | {"states": states[:, 0], "norms": norms[:, 0], "keys": keys, "values": values,
                   "shares": shares, "scores": scores, "weights": weights,
                   "answer": seen.logits[:, 0, place].softmax(-1)}


def trained(config: Config) -> tuple[Transformer, Race, Iterator[tuple[Tensor, Tensor]]]:
    """The nets after so many updates, and the batches to come."""
    lab = lab_config(config)
    net = common.net_of(lab)
    race, schedule = common.race_of(lab, net), common.batches(lab)
    for t in range(1, config.at + 1):
        race.step(*next(schedule), common.rate_factor(lab, t))
    return net, race, schedule


def next_update(config: Config) -> update.Taken:
    """That of the weights that make the first number of the head's query."""
    net, race, schedule = trained(config)
    rows = update.positions(net.shapes, f"{layer_of(config) - 1}.qkv")
    first = (head_of(config) - 1) * (config.width // int(config.n_heads))
    return update.next_update(race, *next(schedule), rows[first, : update.N_WEIGHTS],
                              common.rate_factor(lab_config(config), config.at + 1))


def looked_into(config: Config) -> dict[str, np.ndarray]:
    """Trains the nets and takes them apart: by name the parts, (K, ...)."""
    net, race, _ = trained(config)
    with torch.inference_mode():
        found = taken_apart(net, views(net.shapes, race.p), torch.from_numpy(example(config)[0]),
                            layer_of(config) - 1, head_of(config) - 1, config.place - 1)
    return {name: a.numpy() for name, a in found.items()}


def steps(config: Config) -> range:
    """One frame per sub-step."""
    return range(len(QUANTITIES if config.shows == "update" else sub_steps(config)))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The nets as the labs train them, then one layer or one update, a part at a time."""
    if config.shows == "update":
        yield from update.slowly(next_update(config), layer=layer_of(config),
                                 head=head_of(config))
        return
    parts, done = looked_into(config), sub_steps(config)
    parts["scores"][np.isinf(parts["scores"])] = np.nan
    t = 0

    def measure() -> Measured:
        seen = done[: t + 1]
        of_place = [column(config, parts, name, name in made(seen)) for name in vectors(config)]
        arrays = {"vectors": np.stack(of_place, 1)}  # (K, vector, D)
        arrays["states"] = parts["norms" if config.norm == "pre" and "norm1" in seen else "states"]
        arrays |= {name: parts[name] if name in seen else np.full_like(parts[name], np.nan)
                   for name in ("keys", "scores", "weights", "answer")}
        values = parts["shares" if "mix" in seen else "values"]
        arrays["values"] = values if "keys" in seen else np.full_like(values, np.nan)
        # the features of a place below each other, and the seeds last
        return {name: a.T.astype(np.float32) for name, a in arrays.items()}, [
            _note(config, parts, done[t])]

    for t in range(len(done)):
        yield t, measure


def made(seen: list[str]) -> set[str]:
    """The vectors that there are after some sub-steps."""
    return {name for step in seen for name in VECTORS.get(step, ())}


def column(
    config: Config, parts: Mapping[str, np.ndarray], name: str, there: bool
) -> np.ndarray:
    """A vector of the place, (K, D), with nothing where it is shorter or not there yet."""
    found = np.full((config.n_seeds, config.width), np.nan)
    if there:
        found[:, : parts[name].shape[1]] = parts[name]
    return found


def _note(config: Config, parts: Mapping[str, np.ndarray], done: str) -> Note:
    """What this sub-step does in the first net, with its numbers."""
    task = common.task_of(lab_config(config))
    x, y, _source = (a[0] for a in example(config))
    weights, chances, right = parts["weights"][0], parts["answer"][0], y[config.place - 1]
    top, said = int(weights.argmax()), int(chances.argmax())
    d = config.width // int(config.n_heads)

    def first(name: str) -> str:
        return f"{parts[name][0, 0]:.2f}" if name in parts else ""

    values = {
        "sequence": "".join(task.symbols[n] for n in x), "place": config.place,
        "here": task.symbols[x[config.place - 1]], "layer": layer_of(config),
        "before": layer_of(config) - 1, "n_layers": config.n_layers, "width": config.width,
        "features": d, "root": f"{d**0.5:.3g}", "n_heads": int(config.n_heads),
        "top": top + 1, "seen": task.symbols[x[top]], "score": f"{parts['scores'][0, top]:.2f}",
        "weight": f"{weights[top]:.0%}", "hidden": 2 * config.width,
        "silent": int((np.concatenate([parts["hidden"][0], parts["hidden_2"][0]]) == 0).sum())
        if config.mlp else 0,
        **{name: first(name) for name in ("symbol", "position", "state", "norm1", "attention",
                                          "sum1", "mlp", "sum2")},
        "from": first("state"), "answer": task.answers[said], "chance": f"{chances[said]:.0%}",
        "right": task.answers[right],
    }
    return Note(note_of(config, done, said == right, bool(right == NOTHING)), values)


def note_of(config: Config, done: str, is_right: bool, is_free: bool) -> str:
    """The key of what is said of a sub-step.

    Args:
        is_right: Whether the answer of the first net is.
        is_free: Whether nothing is asked at the place.
    """
    if done == "state":
        if layer_of(config) > 1:
            return "state_between"
        return "state" if config.positions in TOLD else "state_untold"
    if done == "answer":
        if layer_of(config) < config.n_layers:
            return "answer_later"
        return "answer_free" if is_free else "answer_right" if is_right else "answer_wrong"
    return {
        "query": "query_turned" if config.positions == "rotary" else "query",
        "scores": "scores" if config.scale else "scores_unscaled",
        "attention": "attention" if config.n_heads == "1" else "attention_heads",
    }.get(done, done)


NOTES = {
    "state": "The net reads {sequence}. Place {place} has a {here}: {width} learned numbers for "
             "the symbol, plus {width} for the place, number by number, are its state. The first: "
             "{symbol} + {position} = {state}.",
    "state_untold": "The net reads {sequence}. Place {place} has a {here}: {width} learned numbers "
                    "for the symbol are its state, the same at every place.",
    "state_between": "The net has read {sequence}. This is what layer {before} made of place "
                     "{place}, which had a {here}: a state of {width} numbers.",
    "norm1": "Layer norm: less the mean of the {width} numbers, divided by their standard "
             "deviation, times a learned gain, plus a learned number. The first is now {norm1}.",
    "query": "What does place {place} look for? Its numbers, times a matrix, make a query of "
             "{features} numbers.",
    "query_turned": "What does place {place} look for? Its numbers, times a matrix, make a query "
                    "of {features} numbers, whose pairs are turned by angles that grow with the "
                    "place (so are those of the keys).",
    "keys": "In the same way every place makes, with two other matrices, a key (what it can be "
            "found by) and a value (what it gives). Place {place} is among them.",
    "scores": "The query times a key, number by number, added up and divided by {root}, the root "
              "of {features}: a score for each place that may be looked at. That of place {top} is "
              "{score}, the highest.",
    "scores_unscaled": "The query times a key, number by number, added up: a score for each place "
                       "that may be looked at. That of place {top} is {score}, the highest.",
    "weights": "Softmax makes shares of the scores, which are 1 together: e to the power of each, "
               "divided by the sum of all. Place {top}, with a {seen}, gets {weight}.",
    "mix": "Every value is multiplied by its weight, as “Values” shows now; added up, they are the "
           "mix. {weight} of it is the value of place {top}.",
    "attention": "The mix, times a matrix, is what attention gives to place {place}: {width} "
                 "numbers.",
    "attention_heads": "The mixes of the layer's {n_heads} heads, one below the other, times a "
                       "matrix, are what attention gives to place {place}: {width} numbers.",
    "sum1": "The residual connection: the state was not replaced, what attention gives is added to "
            "it. The first number: {from} + {attention} = {sum1}.",
    "norm2": "Layer norm again, with a gain of its own: mean 0 and standard deviation 1 before it "
             "is multiplied.",
    "hidden": "The MLP looks at this place alone: a matrix makes {hidden} numbers of its {width}, "
              "here in two columns. Those below 0 become 0 (ReLU): {silent} of them.",
    "mlp": "A second matrix makes {width} numbers of the {hidden} again.",
    "sum2": "They are added as well. The first number is now {sum2}: what leaves layer {layer} at "
            "place {place}.",
    "norm": "After the last layer one more layer norm.",
    "answer_right": "A last matrix makes a number for each answer, softmax makes chances of them. "
                    "{answer} has {chance}: that is right.",
    "answer_wrong": "A last matrix makes a number for each answer, softmax makes chances of them. "
                    "{answer} has {chance}; right is {right}.",
    "answer_free": "A last matrix makes a number for each answer, softmax makes chances of them. "
                   "{answer} has {chance}; nothing is asked at this place.",
    "answer_later": "The layers up to the {n_layers}th go on with it in the same way; in the end "
                    "{answer} has {chance}. Right is {right}.",
    update.WHICH: "{at} updates so far. In layer {layer}, head {head}, the first number of a query "
                  "is made of all numbers that attention is given, each times a weight: weight 1 "
                  "for the first of them, weight 2 for the second. This is what the next update "
                  "does to them.",
    **update.NOTES,
}

DIMS = {
    "vectors": ("step", "feature", "vector", "seed"),
    "states": ("step", "feature", "place", "seed"),
    "keys": ("step", "of_head", "place", "seed"),
    "values": ("step", "of_head", "place", "seed"),
    "scores": ("step", "place", "seed"),
    "weights": ("step", "place", "seed"),
    "answer": ("step", "says", "seed"),
    **update.DIMS,
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    task = common.task_of(lab_config(config))
    return {
        "feature": list(range(1, config.width + 1)),
        "of_head": list(range(1, config.width // int(config.n_heads) + 1)),
        "vector": vectors(config), "place": list(range(1, task.length + 1)),
        "says": list(task.answers), "seed": list(config.seeds),
        **update.coords(QUANTITIES, update.N_WEIGHTS),
    }
