"""What happens to a signal on its way through a deep net, as one reads it.

For reading: one net, one batch, no norms. The page has many nets at once (`net`, `signal`);
`tests/concepts/tuning/` holds the two to each other. Run it:
`python -m core.concepts.tuning.plain`.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

Weights = list[np.ndarray]  # layer by layer, (out, in)


def he(sizes: list[int], rng: np.random.Generator) -> Weights:
    """Variance 2 / inputs: ReLU keeps the scale. He et al. 2015, eq. 10."""
    return [rng.standard_normal((n_out, n_in)) * np.sqrt(2 / n_in)
            for n_in, n_out in pairwise(sizes)]


def xavier(sizes: list[int], rng: np.random.Generator) -> Weights:
    """Variance 2 / (inputs + outputs). Glorot & Bengio 2010, eq. 12."""
    return [rng.standard_normal((n_out, n_in)) * np.sqrt(2 / (n_in + n_out))
            for n_in, n_out in pairwise(sizes)]


def forward(weights: Weights, x: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """Activations of the hidden layers, (n, units) each, and logits, for images (n, in)."""
    hidden = []
    h = x
    for w in weights[:-1]:
        h = np.maximum(h @ w.T, 0)
        hidden.append(h)
    return hidden, h @ weights[-1].T


def backward(weights: Weights, hidden: list[np.ndarray], dz: np.ndarray) -> list[np.ndarray]:
    """What comes back to every hidden layer, given the loss's derivative at the logits."""
    found, d = [], dz
    for w, h in zip(weights[:0:-1], hidden[::-1], strict=True):
        d = d @ w
        found.append(d)
        d = d * (h > 0)
    return found[::-1]


def cross_entropy_gradient(z: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of each image's own loss, at logits z (n, classes), for one-hot y."""
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True) - y


def rms(a: np.ndarray) -> float:
    """Root mean square."""
    return float(np.sqrt(np.square(a).mean()))


def main() -> tuple[float, float]:
    """Prints and returns what of the signal is left in the eighth layer, by He and by Xavier."""
    sizes, x = [64, *[256] * 8, 10], np.random.default_rng(0).standard_normal((200, 64))
    left = []
    for start in (he, xavier):
        hidden, _ = forward(start(sizes, np.random.default_rng(1)), x)
        left.append(rms(hidden[-1]) / rms(hidden[0]))
        print(f"{start.__name__}: in layer 8 {left[-1]:.3f} of what was in layer 1")
    return left[0], left[1]


if __name__ == "__main__":
    main()
