"""One update slowly: a signal on its way through a deep net, and what comes back of the gradient.

A net starts and is trained as in the lab of signals. Then some of its images go through it a layer
at a time, the gradient of their loss comes back a layer at a time, and one update is made.

Papers: Glorot & Bengio 2010, section 4.2; He et al. 2015, section 2.2: what a layer makes of the
variance that comes in, forward and backward.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.tuning import signal
from core.concepts.tuning.net import ACTIVATION_NAMES, INIT_NAMES, Deep
from core.concepts.tuning.signal import BATCH_SIZE, Init, data_of, net_of, nets_of, signals
from core.config import Config as BaseConfig
from core.config import setting
from core.lazy import torch
from core.stacked.data import batches
from core.stacked.race import Race
from core.stacked.traced import views
from core.training import Algorithm, Measured, recorded
from core.words import Note
from core.words import names as names_of

if TYPE_CHECKING:
    from torch import Tensor

N_SHOWN = 16
"""Images of the batch whose numbers in every unit are drawn."""


def of_lab(name: str) -> Any:
    """A setting of the lab of signals, with its words and bounds."""
    return signal.Config.model_fields[name]


class Config(BaseConfig):
    """Which start, in which net, after how many updates."""

    init: Init = setting("he", "What weights are before the first update", names=INIT_NAMES,
                         label="Initial weights")
    activation: Literal["relu", "tanh"] = of_lab("activation")
    norm: Literal["none", "batch", "layer"] = of_lab("norm")
    depth: int = of_lab("depth")
    at: int = setting(
        0, "Updates before the one that is shown", ge=0, le=500, unit="steps", step=10,
        label="At step",
    )
    rates: Literal["own", "shared"] = of_lab("rates")
    learning_rate: float = of_lab("learning_rate")
    width: int = of_lab("width")
    n_seeds: int = setting(
        1, "Nets; that of the first seed is drawn", ge=1, le=16, unit="seeds", group="Seeds",
    )
    seed: int = of_lab("seed")


def lab_config(config: Config) -> signal.Config:
    """The lab whose nets these are."""
    same = {name: getattr(config, name) for name in signal.Config.model_fields
            if name in Config.model_fields}
    return signal.Config(**same, inits=(config.init,), map="off", n_steps=max(config.at, 20))


def parts(config: Config) -> list[tuple[str, int]]:
    """What happens, one after the other, and at which hidden layer; 0 where at none."""
    layers = range(1, config.depth + 1)
    return [("input", 0), *(("forward", i) for i in layers), ("loss", 0),
            *(("backward", i) for i in reversed(layers)), ("update", 0)]


def steps(config: Config) -> range:
    """Those of the frames."""
    return range(len(parts(config)))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The nets as the lab trains them, then one update, a layer at a time."""
    lab = lab_config(config)
    split, nets = data_of(lab), nets_of(lab)
    schedule = batches(split, config.seeds, BATCH_SIZE, config.at + 1)
    for x, y in islice(schedule, config.at):
        nets.step(x, y)
    x, y = next(schedule)
    update = Update(config, net_of(lab, config.depth), nets, x, y)
    t = 0

    def measure() -> Measured:
        return update.frame(t), [update.note(t)]

    for t in range(len(parts(config))):
        yield t, measure


class Update:
    """One update of the nets by a batch (S, 64, B), and all that is to be seen of it."""

    def __init__(self, config: Config, net: Deep, nets: Race, x: Tensor, y: Tensor) -> None:
        self.config, self.parts = config, parts(config)
        before = nets.p.clone()
        self.activation, self.gradient = signals(net, before, x, y)  # (layer, seed)
        self.came = x.square().mean((1, 2)).sqrt().numpy()
        self.said, self.back = _first(net, before[:1], x[:1], y[:1])  # (layer, image, unit)
        self.loss = [nets.losses(x, y)[0].numpy()]
        nets.step(x, y)
        self.loss.append(nets.losses(x, y)[0].numpy())
        far, long = (np.stack([_length(net, p, layer) for layer in range(1, config.depth + 2)])
                     for p in (nets.p - before, before))  # (layer and output, seed)
        self.moved = np.divide(far, long, out=np.zeros_like(far), where=long > 0)

    def frame(self, t: int) -> dict[str, np.ndarray]:
        """The parts up to the t-th; later ones have no value yet."""
        forward = {layer for part, layer in self.parts[: t + 1] if part == "forward"}
        backward = {layer for part, layer in self.parts[: t + 1] if part == "backward"}
        layers = range(1, self.config.depth + 1)
        part, layer = self.parts[t]
        empty = np.full_like(self.said[0], np.nan)
        here = {"forward": self.said, "backward": self.back}.get(part)
        updated = part == "update"
        arrays = {
            "activation": _known(self.activation, [i in forward for i in layers]),
            "gradient": _known(self.gradient, [i in backward for i in layers]),
            "now": empty if here is None else here[layer - 1],
            "moved": self.moved if updated else np.full_like(self.moved, np.nan),
            "loss": np.stack([self.loss[0], self.loss[1] if updated
                              else np.full_like(self.loss[1], np.nan)]),
        }
        return {name: np.asarray(a, np.float32) for name, a in arrays.items()}

    def note(self, t: int) -> Note:
        """What this part does, with the numbers of the first seed."""
        part, layer = self.parts[t]
        values: dict[str, Any] = {
            "layer": layer, "n": BATCH_SIZE, "came": f"{self.came[0]:.2f}",
            "activation": self.config.activation, "init": self.config.init,
            "loss": f"{self.loss[0][0]:.3g}", "after": f"{self.loss[1][0]:.3g}",
            "first": f"{self.moved[0, 0]:.2%}", "last": f"{self.moved[-1, 0]:.2%}",
        }
        if part in ("forward", "backward"):
            sizes = self.activation if part == "forward" else self.gradient
            beside = layer - 1 if part == "forward" else layer + 1
            known = 1 <= beside <= self.config.depth
            other = sizes[beside - 1, 0] if known else self.came[0]
            size = sizes[layer - 1, 0]
            values |= {"size": f"{size:.3g}", "beside": beside,
                       "times": f"{size / other:.2f}" if other > 0 else "0"}
            if part == "backward" and not known:
                part = "backward_first"
            elif part == "forward" and not known:
                part = "forward_first"
        return Note(part, values, about=f"{t}")


def _known(a: np.ndarray, known: list[bool]) -> np.ndarray:
    """Sizes (layer, seed) where they are known; what is 0 has no place on a logarithmic axis."""
    return np.where(np.array(known)[:, None] & np.isfinite(a) & (a > 1e-30), a, np.nan)


def _first(net: Deep, p: Tensor, x: Tensor, y: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Of one net: what its units say of some images, and the gradients there, as multiples of the
    root mean square at the last hidden layer; both (layer, image, unit).
    """
    with torch.inference_mode(False), torch.enable_grad():
        state = {name: torch.from_numpy(a).to(p.dtype)[None] for name, a in net.state.items()}
        leaves = {name: part.detach().requires_grad_()
                  for name, part in views(net.shapes, p.clone()).items()}
        *hidden, z = net.layers(leaves | state, x.clone(), train=True)
        loss = net.loss.value(z, y.clone()).sum() * x.shape[2]
        gradients = torch.autograd.grad(loss, hidden)
    said, back = (torch.stack([a.detach()[0, :N_SHOWN] for a in each]).double().numpy()
                  for each in (hidden, gradients))
    last = float(gradients[-1].double().square().mean().sqrt())
    return said, back / last if last > 0 else back


def _length(net: Deep, p: Tensor, layer: int) -> np.ndarray:
    """Of a layer's weights in every net, (S,)."""
    return views(net.shapes, p)[f"weight {layer}"].flatten(1).norm(dim=1).numpy()


NOTES = {
    "input": "A batch of {n} images, standardised: root mean square {came}. Weights: {init}.",
    "forward_first": "Layer {layer}: weighted sums of the pixels, then {activation}. Root mean "
                     "square of what it says: {size}.",
    "forward": "Layer {layer} reads layer {beside}. Root mean square: {size}, {times} times what "
               "came in.",
    "loss": "The output layer names a class for each image. Cross-entropy: {loss}; a guess among "
            "ten has 2.30.",
    "backward_first": "The gradient comes back to layer {layer}, the last hidden one: root mean "
                      "square {size}.",
    "backward": "Back from layer {beside} to layer {layer}: {size}, {times} times what it was "
                "there.",
    "update": "Momentum moves the weights of layer 1 by {first} of their length, those of the "
              "output layer by {last}. Loss of the batch: {loss} before, {after} after.",
    **names_of("activation", ACTIVATION_NAMES), **names_of("init", INIT_NAMES),
}

DIMS = {
    "activation": ("step", "layer", "seed"), "gradient": ("step", "layer", "seed"),
    "now": ("step", "image", "hidden"), "moved": ("step", "weights", "seed"),
    "loss": ("step", "when", "seed"),
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    layers = list(range(1, config.depth + 1))
    return {"layer": layers, "weights": [*layers, config.depth + 1], "when": ["before", "after"],
            "image": list(range(N_SHOWN)), "hidden": list(range(config.width)),
            "seed": list(config.seeds)}
