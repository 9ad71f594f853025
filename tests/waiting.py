"""Loops that run while a test looks on, and waits that end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

PATIENCE = 5.0


@contextlib.asynccontextmanager
async def going(*loops: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run loops until the block ends; then they are cancelled and waited for."""
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    """Give the other tasks their turns until the condition holds. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - of any part, so nobody can tell
            await asyncio.sleep(0)
