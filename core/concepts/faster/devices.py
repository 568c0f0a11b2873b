"""What of the machine computes: threads of the processor, or a GPU."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.lazy import torch

if TYPE_CHECKING:
    from collections.abc import Iterator


def n_cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def threads(all_cores: bool) -> Iterator[None]:
    """Runs have one thread each; what has more has them for as long as it is timed."""
    if all_cores:
        torch.set_num_threads(n_cores())
    try:
        yield
    finally:
        torch.set_num_threads(1)


def device_of(gpu: bool) -> torch.device | None:
    """Where to compute; None where it is to be a GPU and there is none."""
    if not gpu:
        return torch.device("cpu")
    return torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None


def finished(device: torch.device) -> None:
    """Waits for a GPU, which computes while the processor goes on."""
    if device.type != "cpu":
        torch.accelerator.synchronize()


def gpu_name() -> str:
    """What it calls itself; "" where there is none."""
    device = device_of(True)
    if device is None:
        return ""
    named = device.type == "cuda" and torch.cuda.is_available()
    return torch.cuda.get_device_name() if named else device.type
