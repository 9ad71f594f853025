"""A loop ends when it was asked to, whatever became of the asking."""

from __future__ import annotations

import asyncio

from orchestrator_core.ending import goes_on


async def test_a_swallowed_cancellation_still_ends_the_loop() -> None:
    begun = asyncio.Event()

    async def loop() -> str:
        while goes_on():
            begun.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                continue
        return "ended"

    task = asyncio.create_task(loop())
    await begun.wait()
    task.cancel()

    async with asyncio.timeout(1):
        assert await task == "ended"
