"""Lists by pages: how many are asked for, where they go on, and whether there are more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar

from pydantic import Field

from bot.api.lookup import LAST_ID

Limit = Annotated[int, Field(ge=1, le=100, description="How many at most.")]
BeforeId = Annotated[int, Field(ge=1, le=LAST_ID)] | None

Row = TypeVar("Row")


def cut(found: Sequence[Row], limit: int) -> tuple[Sequence[Row], bool]:
    """What is shown of `limit + 1` that were looked for, and whether there is more behind it."""
    return found[:limit], len(found) > limit
