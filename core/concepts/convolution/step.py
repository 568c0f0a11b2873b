"""One kernel slowly: a window, times the kernel, summed up; then the next place.

A net is trained as in the look inside. Then one kernel of its first layer goes over an image, a
few places step by step, then all others; batch norm, pooling and ReLU make a map of its sums. Or
the next update is made, and what it does to the kernel's middle row is shown a part at a time.

Paper: LeCun et al. 1998, section II: the same weights at every place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from core.concepts.convolution import inside
from core.concepts.convolution.inside import CHANNELS, SMALL_START, for_browser, net_of
from core.concepts.convolution.nets import Stack
from core.concepts.convolution.pictures import rate_factor
from core.concepts.convolution.tasks import SIDES, Task, task_of
from core.config import setting
from core.lazy import torch
from core.stacked import update
from core.stacked.data import batches
from core.stacked.race import Block, Runner
from core.stacked.traced import Traced, views
from core.training import Algorithm, Measured, recorded
from core.words import Note

if TYPE_CHECKING:
    from torch import Tensor

N_PLACES = 4
"""That are gone to one by one."""
AT_A_PLACE = ("window", "products", "sum")
AFTERWARDS = ("all", "norm", "pooled", "relu")
QUANTITIES = update.quantities(clips=False)
"""What an update makes."""
PARTS = (*AT_A_PLACE * N_PLACES, *AFTERWARDS)


class Config(inside.Config):
    """Which kernel, of which net, after how much training."""

    shows: Literal["way", "update"] = setting(
        "way", "What is looked at slowly", label="Slowly",
        names={"way": "A kernel's way", "update": "The next update"},
    )
    channel: int = setting(
        1, "Which kernel of the first layer", ge=1, le=CHANNELS[0], label="Kernel"
    )
    picture: int = setting(
        1, "Which image goes through, of the net's test images", ge=1, le=20, label="Image"
    )
    at: int = setting(
        300, "Updates before", ge=0, le=600, unit="steps", step=10, label="At step"
    )
    n_seeds: int = setting(
        1, "Nets that are trained; the first is looked into", ge=1, le=8, unit="seeds",
        group="Seeds",
    )


@dataclass(frozen=True)
class Trained:
    """The nets, as the lab trains them, with what comes next.

    Attributes:
        together: They.
        schedule: The batches to come.
    """

    task: Task
    stack: Stack
    together: Block
    schedule: Iterator[tuple[Tensor, Tensor]]


def trained(config: Config, n_steps: int) -> Trained:
    """After so many updates."""
    task, net = task_of(config), net_of(config)
    stack = Stack(net, config.seeds, config.learning_rate)
    if config.start == "small":
        views(net.shapes, stack.p)["block1.weight"].mul_(SMALL_START)
    rate = {"learning_rate": config.learning_rate}
    with torch.inference_mode():
        together = Block(stack.stack, [Runner("adam", rate, s) for s in range(config.n_seeds)],
                         config.n_seeds)
    schedule = batches(task.split, config.seeds, config.batch_size, config.n_steps)
    for i in range(1, n_steps + 1):
        together.step(*next(schedule), rate_factor(i, config.n_steps))
    return Trained(task, stack, together, schedule)


def next_update(config: Config) -> update.Taken:
    """That of the kernel's middle row."""
    at = min(config.at, config.n_steps - 1)
    nets = trained(config, at)
    kernel = update.positions(net_of(config).shapes, "block1.weight")[config.channel - 1, 0]
    return update.next_update(nets.together, *next(nets.schedule), kernel[len(kernel) // 2],
                              rate_factor(at + 1, config.n_steps))


def steps(config: Config) -> range:
    """One frame per sub-step."""
    return range(len(QUANTITIES if config.shows == "update" else PARTS))


@recorded(steps)
def train(config: Config) -> Algorithm[Config]:
    """The net as the lab trains it, then the way of one kernel, or an update, a part at a time."""
    if config.shows == "update":
        yield from update.slowly(next_update(config), channel=config.channel)
        return
    nets = trained(config, min(config.at, config.n_steps))
    task, stack, net = nets.task, nets.stack, net_of(config)
    named = views(net.shapes, stack.p)
    assert isinstance(stack.stack, Traced)
    state = {**named, **stack.stack.state}
    ways = [
        Way(x[:, config.picture - 1], for_browser(net, {k: a[s:] for k, a in state.items()}),
            config.channel - 1) for s, x in enumerate(task.split.test_x)
    ]
    t = 0

    def measure() -> Measured:
        sums = np.array([way.sum(t) for way in ways], np.float32)
        return {**ways[0].frame(t), "sum": sums}, [ways[0].note(t)]

    for t in steps(config):
        yield t, measure


class Way:
    """What one kernel of the first layer makes of an image.

    Args:
        image: (pixels,)
        arrays: Of the net, as `for_browser` gives them.
        channel: Which kernel, from 0 on.
    """

    def __init__(self, image: Tensor, arrays: Mapping[str, np.ndarray], channel: int) -> None:
        self.side = round(len(image) ** 0.5)
        self.image = image.double().view(self.side, self.side).numpy()
        self.kernel = arrays["kernel1"][channel, 0]
        self.scale, self.offset = (float(arrays[f"{what}1"][channel])
                                   for what in ("scale", "offset"))
        half = len(self.kernel) // 2
        x, w = (torch.from_numpy(a)[None, None] for a in (self.image, self.kernel))
        self.sums = torch.nn.functional.conv2d(x, w, padding=half)[0, 0].numpy()
        self.normed = self.scale * self.sums + self.offset
        self._padded = np.pad(self.image, half)
        row, column = np.unravel_index(self.normed.argmax(), self.sums.shape)
        first = min(max(int(column) - N_PLACES // 2, 0), self.side - N_PLACES)
        self.places = [(int(row), first + i) for i in range(N_PLACES)]

    def window(self, place: tuple[int, int]) -> np.ndarray:
        """Around a place, 0 outside of the image."""
        row, column = place
        k = len(self.kernel)
        return self._padded[row : row + k, column : column + k]

    def sum(self, t: int) -> float:
        """At the place of the t-th part, where it is added up already."""
        place = self.places[min(t // len(AT_A_PLACE), N_PLACES - 1)]
        return float("nan") if PARTS[t] in AT_A_PLACE[:2] else float(self.sums[place])

    def frame(self, t: int) -> dict[str, np.ndarray]:
        """The parts up to the t-th; later ones have no value yet."""
        i, part = min(t // len(AT_A_PLACE), N_PLACES - 1), PARTS[t]
        place, at_places = self.places[i], t < N_PLACES * len(AT_A_PLACE)
        window = self.window(place)
        products = window * self.kernel
        done = i + (part == "sum") if at_places else N_PLACES
        sums = np.full_like(self.sums, np.nan)
        for row, column in self.places[:done]:
            sums[row, column] = self.sums[row, column]
        half = len(self.kernel) / 2
        frame = np.array([[-half, -half], [-half, half], [half, half], [half, -half],
                          [-half, -half]]) + place
        pooled = self.normed.reshape(self.side // 2, 2, self.side // 2, 2).max((1, 3))
        nothing = np.full_like(pooled, np.nan)
        arrays = {
            "image": self.image, "kernel": self.kernel, "window": window,
            "products": products if part != "window" else np.full_like(products, np.nan),
            "sums": sums if at_places else self.sums if part == "all" else self.normed,
            "pooled": {"pooled": pooled, "relu": pooled.clip(0)}.get(part, nothing),
            "frame": frame, "place": np.array(place, float)[None],
        }
        return {name: np.asarray(a, np.float32) for name, a in arrays.items()}

    def note(self, t: int) -> Note:
        """What this sub-step does, with its numbers."""
        row, column = self.places[min(t // len(AT_A_PLACE), N_PLACES - 1)]
        k = len(self.kernel)
        values = {
            "row": row + 1, "column": column + 1, "k": k, "side": self.side,
            "half": self.side // 2, "n": self.side**2,
            "sum": f"{self.sums[row, column]:.2f}", "scale": f"{self.scale:.2f}",
            "offset": f"{self.offset:.2f}", "normed": f"{self.normed[row, column]:.2f}",
        }
        return Note(PARTS[t], values, about=f"{t}")  # each place has its own


NOTES = {
    "window": "Row {row}, column {column}: the window of {k} × {k} pixels around it.",
    "products": "Every number of the window times the weight at the same place in the kernel.",
    "sum": "All products added up, {sum}, are the map's number at row {row}, column {column}. "
           "Then on to the next place, with the same kernel.",
    "all": "The same kernel at all {n} places: a whole map out of {k} × {k} weights.",
    "norm": "Batch norm: every number of the map times {scale}, plus {offset}.",
    "pooled": "Pooling: of each 2 × 2 numbers the largest goes on. Of {side} × {side} numbers "
              "{half} × {half} are left.",
    "relu": "ReLU: what is below 0 becomes 0. This is one of the maps that the second layer sees.",
    update.WHICH: "{at} updates so far. Kernel {channel} has a weight for each pixel of its "
                  "window; these are those of its middle row. The same weights are at work at "
                  "every place of every image. This is what the next update does to them.",
    **update.NOTES,
}

DIMS = {
    "image": ("step", "y", "x"), "kernel": ("step", "down", "across"),
    "window": ("step", "down", "across"), "products": ("step", "down", "across"),
    "sums": ("step", "y", "x"), "pooled": ("step", "pooled_y", "pooled_x"),
    "frame": ("step", "corner", "way"), "place": ("step", "one", "way"), "sum": ("step", "seed"),
    **update.DIMS,
}


def coords(config: Config) -> Mapping[str, list[Any]]:
    """Labels of all dimensions but "step"."""
    side, k = SIDES[config.data], int(config.kernel)
    return {
        "y": list(range(side)), "x": list(range(side)), "down": list(range(k)),
        "across": list(range(k)), "pooled_y": list(range(side // 2)),
        "pooled_x": list(range(side // 2)), "corner": list(range(5)), "way": ["y", "x"],
        "one": [0], "seed": list(config.seeds),
        **update.coords(QUANTITIES, k),
    }
