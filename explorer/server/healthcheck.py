"""`python -m explorer.server.healthcheck`: asks the app of this container whether it is well.

It finds the app as the app found its place: by STREAMLIT_SERVER_PORT and
STREAMLIT_SERVER_BASE_URL_PATH. It loads nothing heavy, since it runs twice a minute.
"""

from __future__ import annotations

import os
import urllib.request


def address() -> str:
    """Where the app of these variables answers about its health."""
    port = os.environ.get("STREAMLIT_SERVER_PORT", "8501")
    base = os.environ.get("STREAMLIT_SERVER_BASE_URL_PATH", "").strip("/")
    return f"http://127.0.0.1:{port}{'/' * bool(base)}{base}/healthz"


if __name__ == "__main__":
    urllib.request.urlopen(address(), timeout=4).close()  # raises for 503, and then exits with 1
