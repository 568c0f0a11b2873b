"""The front door in the browser: pictures that move, what was seen, and links without a reload."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from explorer.live.assets import module_path
from explorer.live.view import component


def door(
    key: str, html: str, miniatures: Mapping[str, Any], words: Mapping[str, Any]
) -> str:
    """Shows it.

    Args:
        key: Its identity from rerun to rerun.
        html: What stands in it: a canvas with `data-miniature` for each picture, and elements with
            `data-seen`, a slug, and `data-scenes`, the keys of its scenes.
        miniatures: By slug what is drawn (`browser/miniatures.js`).
        words: What is said around them.

    Returns:
        Where a visitor wants to go, as an address without "./"; "" where nobody does.
    """
    result = component("front_door", "door.css")(
        key=key,
        data=[{"script": module_path("door.js"), "html": html, "miniatures": miniatures,
               "words": words}],
        on_go_change=lambda: None,  # the rerun itself is what it asks for
    )
    return str(result.get("go") or "")
