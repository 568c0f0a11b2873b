from __future__ import annotations

from collections.abc import Iterator

import pytest

from explorer import service


@pytest.fixture(scope="module")
def own_runs() -> Iterator[None]:
    """A service of the module's own, so that closing it harms no other module."""
    service.runs.cache_clear()
    yield
    service.runs().close()
    service.runs.cache_clear()
