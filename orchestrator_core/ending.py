"""How a loop knows that it was asked to end."""

from __future__ import annotations

import asyncio


def goes_on() -> bool:
    """False once this task was cancelled, even where something it awaited swallowed the
    cancellation: the loop would else never end, and with it the process."""
    task = asyncio.current_task()
    return task is None or not task.cancelling()
