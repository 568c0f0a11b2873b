"""The app's front door and navigation with 21 pages, most of which are names only.

    PYTHONPATH=. python -m streamlit run tests/support/many_pages/streamlit_app.py
"""

from pathlib import Path

import streamlit as st

from explorer import catalog
from explorer.live import routes
from tests.support.live_harness.fake_runs import RUNS

MORE = {
    "Training": ("Loss functions", "Data representation", "Tuning", "Faster training"),
    "Deep networks": ("Convolution", "Transfer", "Vision tasks", "Self-supervised learning"),
    "Sequences": ("Recurrence", "Attention", "Transformers", "Language models",
                  "Dilated convolution"),
    "Generation": ("Generative adversarial networks", "Meta-learning"),
}
THERE = {c.slug for c in catalog.CATALOG}
catalog.CATALOG = tuple(
    c for section in dict.fromkeys([*catalog.by_section(), "Sequences", "Generation"])
    for c in (
        *catalog.by_section().get(section, ()),
        *(catalog.Concept(name.lower().replace(" ", "_"), name, ":material/school:", section,
                          f"What is there to be seen about {name.lower()}?", "")
          for name in MORE.get(section, ())
          if name.lower().replace(" ", "_") not in THERE),
    )
)
app = st.App(Path(catalog.__file__).with_name("main.py"), routes=routes(RUNS))
