"""The front door in the browser: pictures that move, what was seen, and links without a reload.

It is on the screen before Streamlit has started in the browser: the document has it, and when
Streamlit has made the page, it moves there (`takeOver` in browser/door.js).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from explorer.live.assets import module_path
from explorer.live.opening import for_script
from explorer.live.view import component

_HERE = Path(__file__).parent
_SCRIPT, _STYLE = "door.js", "door.css"


@dataclass(frozen=True)
class Door:
    """What stands there.

    Attributes:
        html: An element of class "door": in it a canvas with `data-miniature` for each picture, and
            elements with `data-seen`, a slug, and `data-scenes`, the keys of its scenes.
        miniatures: By slug what is drawn (`browser/miniatures.js`).
        words: What is said around them.
    """

    html: str
    miniatures: Mapping[str, Any]
    words: Mapping[str, Any]

    def show(self, key: str) -> str:
        """Shows it in a page.

        Args:
            key: Its identity from rerun to rerun.

        Returns:
            Where a visitor wants to go, as an address without "./"; "" where nobody does.
        """
        result = component("front_door", _STYLE)(
            key=key,
            data=[{"script": module_path(_SCRIPT), **asdict(self)}],
            on_go_change=lambda: None,  # the rerun itself is what it asks for
        )
        return str(result.get("go") or "")

    def opening(self) -> bytes:
        """The part of a document that shows it."""
        style = "".join((_HERE / name).read_text("utf-8") for name in (_STYLE, "opening.css"))
        data = for_script({**asdict(self), "html": ""})
        return (
            f'<style>{style}</style><div id="door-opening"><main>{self.html}'
            f'<script type="application/json">{data}</script></main></div>'
            f'<script type="module" async src="./{module_path(_SCRIPT)}"></script>'
        ).encode()
