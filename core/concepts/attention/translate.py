"""What does a decoder look at? Translators with and without attention, side by side.

An encoder reads a sequence, a decoder says another one for it. With a fixed vector all that was
read has to go through one state; with attention the decoder looks back at every symbol. How many
of new sequences are right as a whole, and at which lengths; and what it looks at.

Papers: Sutskever et al. 2014 (the fixed vector), Bahdanau et al. 2015 (additive attention), Luong
et al. 2015 (dot, "general"), Vaswani et al. 2017 (scaled, self-attention).
Differs from the papers in: digits and dates rather than languages; GRUs of 32 features; the
decoder is asked for as many symbols as the answer has, so that there is no sign for the end; what
was read goes into the answer only, not into the decoder's next state.
"""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import model_validator

from core.concepts.attention.common import DIMS, NOTES, CommonConfig, coords, train
from core.concepts.attention.reads import READ_NAMES
from core.config import each_once, setting

__all__ = ["DIMS", "NOTES", "Config", "coords", "train"]

ReadName = Literal["none", "dot", "scaled", "additive"]


class Config(CommonConfig):
    """Which translators, of what, and how they are trained."""

    reads: tuple[ReadName, ...] = setting(
        ("dot", "none"), "What the decoder gets of the source: see The equations",
        label="Decoders", names={name: READ_NAMES[name] for name in get_args(ReadName)},
    )

    @model_validator(mode="after")
    def _some_reads(self) -> Config:
        each_once("reads", self.reads, get_args(ReadName))
        return self
