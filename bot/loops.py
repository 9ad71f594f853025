"""The loops of one process: started together, watched, ended in the order that loses nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

from bot.assembly import Core
from bot.roles import Part, ServeRole
from orchestrator_core.scheduler import Job, scheduled

logger = logging.getLogger(__name__)

EVICT_SECONDS = 30.0
#: More than a call to the platform or a connection's end takes.
ENDING_SECONDS = 20.0

Loops = Mapping[str, asyncio.Task[None]]


@asynccontextmanager
async def running(
    core: Core, part: Part, *, alone: bool, patience: float = ENDING_SECONDS
) -> AsyncIterator[Loops]:
    """Settle what dead processes left, then do this part of the work until the block ends.

    The courier ends last: the others still have something to say. `alone`: there can be no
    other process on this database. `patience`: how many seconds each may take to end, besides
    what the worker drains and the courier still sends.
    """
    loops: dict[str, asyncio.Task[None]] = {}
    evict = Job(name="evict", every_seconds=EVICT_SECONDS, work=core.clients.evict_idle)
    try:
        await _begin(core, part, loops, alone=alone)
        # The first prompt must not wait for the SDKs' imports, and neither must the start.
        warming = _start("warming", _warm_up(core, part))
        try:
            async with scheduled(evict, *core.jobs):
                yield loops
        finally:
            await _stop(warming, patience)
    finally:
        await _end(core, loops, patience)


async def _begin(
    core: Core, part: Part, loops: dict[str, asyncio.Task[None]], *, alone: bool
) -> None:
    if part.runs_claude:
        if left := core.launcher.end_leftovers():
            logger.warning("leftover processes ended", extra={"count": left})
        await core.fetcher.recover(alone=alone)
        loops["fetcher"] = _start("fetcher", core.fetcher.run())
        await core.worker.recover(alone=alone)
        loops["worker"] = _start("worker", core.worker.run())
    if part.serves_people:
        loops["intake"] = _start("intake", core.intake.run())
    if ServeRole.COURIER in part.roles:
        await core.courier.recover(alone=alone)
        loops["courier"] = _start("courier", core.courier.run())


async def _end(core: Core, loops: Loops, patience: float) -> None:
    if "intake" in loops:
        await _stop(loops["intake"], patience)
    if "worker" in loops:
        draining = core.worker.drain_for + core.worker.wind_up_for
        await _stop(loops["worker"], draining.total_seconds() + patience)
    if "fetcher" in loops:
        await _stop(loops["fetcher"], patience)
    if "courier" in loops:
        await _stop(loops["courier"], core.courier.end_within + patience)


async def _warm_up(core: Core, part: Part) -> None:
    # One after the other: two threads of imports would starve the loop.
    await core.messenger.warm_up()
    if part.runs_claude:
        await core.launcher.warm_up()
    spare_collections()
    # Last, as LINE may take its time.
    await core.messenger.try_token()


def spare_collections() -> None:
    """Once everything is loaded, which stays for good. Left among the young, every full collection
    would walk through all of it and hold the loop up for a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _start(name: str, loop: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(loop, name=name)
    task.add_done_callback(_report_end)
    return task


def _report_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        logger.critical("loop died", extra={"loop": task.get_name()}, exc_info=error)


async def _stop(task: asyncio.Task[None], patience: float) -> None:
    """For so many seconds: whatever hangs, the others must end too."""
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=patience)
    if not done:
        logger.error("loop did not end", extra={"loop": task.get_name()})
