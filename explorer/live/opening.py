"""A page before Streamlit has started in the browser: its heading and its view.

Streamlit's start takes a browser a second and more. A page whose first picture needs no Plotly
can come with that picture: the document has the view's data and the run's first frame in it,
and the view's script, which needs nothing of Streamlit, draws them. When Streamlit has made the
page, the view moves into it with all that it has (`takeOver` in browser/opening.js).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from core.config import Config
from core.experiment import Experiment
from explorer.live.assets import view_path

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Opening:
    """What a page shows and trains at its bare address.

    Attributes:
        title: The page's heading.
        question: What it asks before the run, as plain text; "" where the view asks by itself, as
            a scene does.
        experiment: What is trained.
        config: With which configuration.
        view: What the live view is told; its token is the run's name, by which it knows the
            page's own hold on it.
    """

    title: str
    question: str
    experiment: Experiment
    config: Config
    view: dict[str, Any]

    def html(self, messages: Sequence[bytes]) -> bytes:
        """The part of the document that shows it.

        Args:
            messages: The run's first ones, to the first frame.
        """
        text = base64.b64encode(b"".join(messages)).decode()
        data = {**self.view, "messages": text}
        style = "".join((_HERE / name).read_text("utf-8") for name in ("view.css", "opening.css"))
        heading = (f"<h3>{escape(self.title)}</h3><p><b>Predict:</b> {escape(self.question)}</p>"
                   if self.question else "")
        return (
            f"<style>{style}</style>"
            f'<div id="lv-opening" class="{"lv-asks" if self.question else "lv-plays"}">'
            f"<main>{heading}"
            f'<script type="application/json">{for_script(data)}</script></main></div>'
            f'<script type="module" async src="./{view_path()}"></script>'
        ).encode()


def for_script(data: Any) -> str:
    """JSON that can stand in a document: nothing in it ends the element."""
    return json.dumps(data).replace("<", "\\u003c")
