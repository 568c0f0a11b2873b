"""Four small convolutional nets, each called by itself in channels last, beside eager torch.nn; and
the images that they learn.
"""

from __future__ import annotations

from functools import partial
from itertools import islice

import numpy as np

from benchmarks.eager import Loop
from benchmarks.promise import Measured, Promise, interleaved, medians, seconds, speedups
from core.concepts.convolution.build import KINDS
from core.concepts.convolution.nets import BLOCKS, Stack
from core.concepts.convolution.pictures import Config
from core.concepts.convolution.tasks import task_of
from core.data.strokes import Strokes
from core.lazy import torch
from core.stacked.cnn import CNN
from core.stacked.data import batches

CONFIG = Config(n_seeds=4)
RATE, BATCH = 0.01, 64
TOLERANCE = 2e-3
"""Between parameters of the two after `CHECKED_STEPS`: float32, another order."""
CHECKED_STEPS = 5
N_IMAGES = 4000


def beside_eager_torch() -> Measured:
    from core.concepts.convolution.plain import cnn

    torch.set_num_threads(1)
    split, net = task_of(CONFIG).split, CNN(BLOCKS)
    stack = Stack(net, CONFIG.seeds, RATE)
    loop = Loop(net, [cnn() for _ in stack.p], stack.p, RATE)
    given = list(islice(batches(split, CONFIG.seeds, BATCH, CHECKED_STEPS), CHECKED_STEPS))
    theirs = [(loop.images(x), y.argmax(1)) for x, y in given]
    for (x, y), (images, labels) in zip(given, theirs, strict=True):
        stack.step(x, y, 1.0)
        loop.step(images, labels)
    found = float((stack.p - loop.flat()).abs().max())
    assert found < TOLERANCE, f"the nets and torch's differ by {found:.1e}"
    pairs = interleaved(partial(seconds, partial(stack.step, *given[0], 1.0), 4),
                        partial(seconds, partial(loop.step, *theirs[0]), 4), 7)
    ours, eager = medians(pairs)
    return Measured(speedups(pairs),
                    f"{ours * 1e3:.1f} and {eager * 1e3:.1f} ms a step of {len(theirs[0][0])} nets")


def fewer_weights_more_time() -> Measured:
    """A step of nets with two 3 x 3 beside nets with one 5 x 5, which have more weights."""
    torch.set_num_threads(1)
    small, large = KINDS["two_3x3"], KINDS["one_5x5"]
    assert small.n_parameters < large.n_parameters
    assert small.multiply_adds < large.multiply_adds
    x, y = next(batches(task_of(CONFIG).split, CONFIG.seeds, BATCH, 1))
    steps = [partial(Stack(net, CONFIG.seeds, RATE).step, x, y, 1.0) for net in (small, large)]
    pairs = interleaved(partial(seconds, steps[1], 4), partial(seconds, steps[0], 4), 7)
    one, two = medians(pairs)
    return Measured(speedups(pairs), (
        f"{two * 1e3:.1f} and {one * 1e3:.1f} ms a step of {CONFIG.n_seeds} nets; "
        f"{small.n_parameters} and {large.n_parameters} weights"))


def images_at_once() -> Measured:
    """Strokes drawn together, beside the same number drawn one after the other."""
    strokes, few = Strokes(), 200
    rng = np.random.default_rng(0)

    def one_by_one() -> None:
        for _ in range(few):
            strokes.draw(1, rng)

    pairs = interleaved(partial(seconds, partial(strokes.draw, N_IMAGES, rng), 1),
                        partial(seconds, one_by_one, 1), 5)
    pairs = [(together, apart * N_IMAGES / few) for together, apart in pairs]
    together, apart = medians(pairs)
    return Measured(speedups(pairs), f"{together * 1e3:.0f} ms and {apart * 1e3:.0f} ms")


PROMISES = (
    Promise("convolution", "4 CNNs of 3778 parameters on 64 images each: how many times as fast "
            "as a loop over the same nets in eager torch.nn", 1.3, beside_eager_torch),
    Promise("build", "Fewer weights are not less time: a step of nets with two 3 x 3, to one of "
            "nets with one 5 x 5, which have more weights and more multiply-adds", 1,
            fewer_weights_more_time),
    Promise("strokes", f"{N_IMAGES} generated images: how many times as fast as one at a time", 20,
            images_at_once),
)
