"""The page's lesson; its texts are in `explorer/lessons/<language>/tuning.toml`."""

from __future__ import annotations

from explorer.scene import Scene

SCENES: tuple[Scene, ...] = ()
