"""Ways to compute a layer on this machine: one product of matrices, in several kinds of numbers.

Each way prepares a layer once, as a net in use would, and gives the function that is timed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.concepts.faster.devices import device_of, finished
from core.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

ZEROS = 0.9
"""Share of the weights that is 0 where some are: the smallest."""
Product = Callable[[], "Tensor"]


@dataclass(frozen=True)
class Way:
    """One way to compute a layer.

    Attributes:
        label: For people.
        prepare: From weights (n, n) and images (n_images, n), float32, to the function that
            computes images @ weights.T.
        bytes: Of one number of the weights as they are read.
        exact: Whether it computes with the same weights as float32 does.
        all_cores: Whether it has a thread for each core.
        gpu: Whether on a GPU, if there is one.
    """

    label: str
    prepare: Callable[[Tensor, Tensor], Product]
    bytes: float = 4
    exact: bool = True
    all_cores: bool = False
    gpu: bool = False


def in_float32(weight: Tensor, x: Tensor) -> Product:
    """As usual."""
    return lambda: torch.mm(x, weight.t())


def in_bfloat16(weight: Tensor, x: Tensor) -> Product:
    """Both in bfloat16 before."""
    narrow, images = weight.bfloat16(), x.bfloat16()
    return lambda: torch.mm(images, narrow.t())


def in_float16(weight: Tensor, x: Tensor) -> Product:
    """Both in float16 before."""
    narrow, images = weight.half(), x.half()
    return lambda: torch.mm(images, narrow.t())


def in_int8(weight: Tensor, x: Tensor) -> Product:
    """Weights as whole numbers of 8 bits before, images at every call, as torch's dynamic
    quantization does.
    """
    step = float(weight.abs().max()) / 127
    packed = torch.ops.quantized.linear_prepack(
        torch.quantize_per_tensor(weight, step, 0, torch.qint8), None)
    return lambda: torch.ops.quantized.linear_dynamic(x, packed)


def with_zeros(weight: Tensor) -> Tensor:
    """The smallest nine tenths of the weights are 0."""
    n = round(weight.numel() * ZEROS)
    least = weight.abs().flatten().kthvalue(max(n, 1)).values
    return weight * (weight.abs() > least)


def dense_zeros(weight: Tensor, x: Tensor) -> Product:
    """Zeros are multiplied as any number."""
    return in_float32(with_zeros(weight), x)


def sparse(weight: Tensor, x: Tensor) -> Product:
    """Zeros are left out: rows are kept as their other numbers and those numbers' places."""
    rows, images = with_zeros(weight).to_sparse_csr(), x.t().contiguous()
    return lambda: torch.mm(rows, images).t()


def on_gpu(weight: Tensor, x: Tensor) -> Product:
    """Weights and images are there before."""
    device = device_of(gpu=True)
    assert device is not None
    there, images = weight.to(device), x.to(device)

    def product() -> Tensor:
        result = torch.mm(images, there.t())
        finished(device)
        return result

    return product


WAYS = {
    "float32": Way("Float32, one thread", in_float32),
    "threads": Way("Float32, all cores", in_float32, all_cores=True),
    "bfloat16": Way("BFloat16", in_bfloat16, bytes=2),
    "float16": Way("Float16", in_float16, bytes=2),
    "int8": Way("Int8", in_int8, bytes=1),
    "zeros": Way("90 % zeros", dense_zeros, exact=False),
    "sparse": Way("90 % zeros left out", sparse, bytes=(1 - ZEROS) * 12, exact=False),
    "gpu": Way("GPU, where there is one", on_gpu, gpu=True),
}
WAY_NAMES = {key: way.label for key, way in WAYS.items()}
