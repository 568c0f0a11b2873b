"""Pre-train, replace the last layer, fine-tune: in plain torch.nn.

For reading, after Yosinski et al. 2014: one net, five shapes first, then five others of which
there are few labels. The page trains all starts, numbers of labels and seeds beside each other
(`target.Few`); the tests hold the two to each other. Run it:
`python -m core.concepts.transfer.plain`.
"""

from __future__ import annotations

import copy
import math

import numpy as np
import torch
from torch import Tensor, nn

from core.data.strokes import Strokes


def cnn(width: int = 8, n_classes: int = 5) -> nn.Sequential:
    """Three blocks of 3 x 3 convolutions, their mean over the image, and a linear layer."""
    blocks: list[nn.Module] = []
    for n_in, n_out, pool in ((1, width, True), (width, 2 * width, True),
                              (2 * width, 2 * width, False)):
        conv = nn.Conv2d(n_in, n_out, 3, padding=1, bias=False)
        nn.init.normal_(conv.weight, std=(2 / (9 * n_in)) ** 0.5)
        blocks += [conv, nn.BatchNorm2d(n_out), nn.ReLU(), *[nn.MaxPool2d(2)] * pool]
    return nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), new_head(width, n_classes))


def new_head(width: int, n_classes: int = 5) -> nn.Linear:
    head = nn.Linear(2 * width, n_classes)
    nn.init.normal_(head.weight, std=(2 * width) ** -0.5)
    nn.init.zeros_(head.bias)
    return head


def train(
    net: nn.Module, x: Tensor, y: Tensor, n_steps: int, batch_size: int,
    learning_rate: float = 0.01,
) -> None:
    """Adam, its rate falling along half a cosine, on whatever of the net is not frozen.

    Args:
        x: Images, (n, 1, side, side).
        y: Labels, (n,).
    """
    net.train()
    learned = [p for p in net.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(learned, learning_rate)
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda t: (1 + math.cos(math.pi * t / n_steps)) / 2)
    for _ in range(n_steps):
        rows = torch.randperm(len(y))[:batch_size]
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()
        rate.step()


def error(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """The share of images that it takes for another class."""
    net.eval()
    with torch.no_grad():
        return float((net(x).argmax(1) != y).float().mean())


def drawn(classes: range, n: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    images, labels = Strokes(classes=classes).draw(n, rng)
    return torch.from_numpy((images - 0.15) / 0.3)[:, None], torch.from_numpy(labels)


def main(n_labels: int = 5, n_pretraining: int = 100, n_steps: int = 70) -> dict[str, float]:
    """Prints and returns the error on new images, from scratch and fine-tuned."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    untrained = cnn()
    pretrained = copy.deepcopy(untrained)
    train(pretrained, *drawn(range(5), 2000, rng), n_pretraining, 64)
    few, test = drawn(range(5, 10), 5 * n_labels, rng), drawn(range(5, 10), 1000, rng)
    head, found = new_head(8), {}
    for name, start in (("from scratch", untrained), ("fine-tuned", pretrained)):
        net = copy.deepcopy(start)
        net[-1] = copy.deepcopy(head)
        train(net, *few, n_steps, 32)
        found[name] = error(net, *test)
        print(f"{name}, {n_labels} labels per class: {found[name]:.1%} of new images wrong")
    return found


if __name__ == "__main__":
    main()
