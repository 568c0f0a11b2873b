"""A page before Streamlit has started in the browser: its heading and its view.

Streamlit's start takes a browser a second and more. A page whose first picture needs no Plotly
can come with that picture: the document has the view's data and the run's first frame in it,
and the view's script, which needs nothing of Streamlit, draws them. When Streamlit has made the
page, the view moves into it with all that it has (`takeOver` in view.js).
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
from explorer.live.routes import view_path
from explorer.live.view import Chart, view_data

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Opening:
    """What a page shows and trains at its bare address.

    Attributes:
        title: The page's heading.
        question: What it asks before the run, as plain text.
        experiment: What is trained.
        config: Its configuration, as the page's controls have it at first.
        charts: As the page gives them to `live_view`.
    """

    title: str
    question: str
    experiment: Experiment
    config: Config
    charts: tuple[Chart, ...]

    def html(self, run: str, messages: Sequence[bytes]) -> bytes:
        """The part of the document that shows it.

        Args:
            run: The run's name, by which the view knows the page's own hold on it.
            messages: Its first ones, to the first frame.
        """
        text = base64.b64encode(b"".join(messages)).decode()
        data = view_data(run, self.charts, messages=text)
        style = "".join((_HERE / name).read_text("utf-8") for name in ("view.css", "opening.css"))
        return (
            f"<style>{style}</style>"
            f'<div id="lv-opening"><main><h3>{escape(self.title)}</h3>'
            f"<p><b>Predict:</b> {escape(self.question)}</p>"
            f'<script type="application/json">{_for_script(data)}</script></main></div>'
            f'<script type="module" async src="{view_path()}"></script>'
        ).encode()


def _for_script(data: Any) -> str:
    """JSON that can stand in a document: nothing in it ends the element."""
    return json.dumps(data).replace("<", "\\u003c")
