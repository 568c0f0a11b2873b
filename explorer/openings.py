"""What pages open with, before Streamlit is there in the browser, by their slug.

For pages whose first picture is a stage of the live view: charts would need Plotly, which takes
a browser as long as Streamlit does.
"""

from __future__ import annotations

import logging

from core.concepts import labs_of
from core.frames import header_of
from core.runs import Runs, run_name
from explorer.catalog import concept
from explorer.live.opening import Opening

WAIT_SECONDS = 120.0
"""For the first frame, at a start that has to wait for a cluster."""

_log = logging.getLogger(__name__)


def dqn() -> Opening:
    """The first lab as its first preset has it: what `pages/dqn.py` makes of no settings."""
    from core.concepts.dqn import understand
    from explorer.dqn_charts import understand_charts

    experiment, config = labs_of("dqn")[0], understand.Config()
    charts = understand_charts(config, config.variants[0])
    question = experiment.presets[0].question
    return Opening(concept("dqn").title, question, experiment, config, tuple(charts))


OPENINGS = {"dqn": dqn}


def document(slug: str, runs: Runs) -> bytes:
    """The part of a page's document that shows its opening; empty where its run did not begin.

    The run is begun for its first frame, which is everybody's, and goes no further.
    """
    opening = OPENINGS[slug]()
    handle = runs.start(opening.experiment, opening.config, "opening")
    handle.wait(WAIT_SECONDS, n_messages=2)
    messages = handle.frames()[:2]
    handle.close()
    if len(messages) < 2 or header_of(messages[1])["type"] != "frame":
        _log.warning("the page %s opens without its first picture: %s", slug, handle.error)
        return b""
    return opening.html(run_name(opening.experiment, opening.config), messages)
