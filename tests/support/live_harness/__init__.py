HARNESS = "tests/support/live_harness/streamlit_app.py"
"""An app of a live view alone, with runs that are made up."""
