"""The app's front door and navigation with 21 pages, most of which are names only.

    PYTHONPATH=. python -m streamlit run tests/support/many_pages/streamlit_app.py
"""

from pathlib import Path

import streamlit as st

from explorer import catalog
from explorer.live import routes
from tests.support.live_harness.fake_runs import RUNS

MORE = {
    "Training": {"tuning": "Tuning", "faster": "Faster training"},
    "Deep networks": {"vision_tasks": "Vision tasks"},
    "Sequences": {"language_models": "Language models",
                  "dilated_convolution": "Dilated convolution"},
    "Generation": {"meta_learning": "Meta-learning"},
}
"""Those that do not stand yet, by section."""
THERE = {c.slug for c in catalog.CATALOG}
catalog.CATALOG = tuple(
    c for section in dict.fromkeys([*catalog.by_section(), *MORE])
    for c in (
        *catalog.by_section().get(section, ()),
        *(catalog.Concept(slug, name, ":material/school:", section,
                          f"What is there to be seen about {name.lower()}?", "")
          for slug, name in MORE.get(section, {}).items() if slug not in THERE),
    )
)
app = st.App(Path(catalog.__file__).with_name("main.py"), routes=routes(RUNS))
