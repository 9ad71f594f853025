"""What the chaos tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chaos.batch import Ground, open_ground


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    """Denrei loaded once, to be forked for each process of each run."""
    with open_ground() as opened:
        yield opened
