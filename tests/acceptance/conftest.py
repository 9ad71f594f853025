"""The API as most of its tests want it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.api_app import Api, open_api


@pytest.fixture
async def api(database_url: str, tmp_path: Path) -> AsyncIterator[Api]:
    """On both databases: what must happen once is for their locks to see to."""
    async with open_api(tmp_path, database_url=database_url) as opened:
        yield opened
