"""What a net that is written forward only is in a script: functions of its parameters, no more.

There it stands for `core.stacked.traced.Program`, which can train many of them at once; a script
has one, whose parameters are (1, *shape).
"""

from __future__ import annotations


class Program:
    """A net: `start` draws its parameters, `forward` is what it says of its inputs."""
