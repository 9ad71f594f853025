"""How Redis is spoken to: briefly, and without ado when it is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from orchestrator_core.ending import goes_on

logger = logging.getLogger(__name__)

#: Everything of Denrei's in a shared Redis begins so.
PREFIX = "denrei:"

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


def connect(redis_url: str) -> Redis:
    """`redis://…`, `rediss://…` or `unix://…`. Connects with the first command."""
    return Redis.from_url(
        redis_url,
        # Nothing here is worth a pause: what Redis does not take, a sweep finds.
        retry=Retry(NoBackoff(), 1),
        socket_connect_timeout=1.0,
        socket_timeout=2.0,
        health_check_interval=15,
    )


def connect_to_listen(redis_url: str) -> Redis:
    """For who waits for what comes. A lost connection is an error, as something may have been
    missed, and is not made again unseen."""
    return Redis.from_url(
        redis_url,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=1.0,
        socket_timeout=2.0,
    )


class Outage:
    """Says once that Redis is away, and once that it is back."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._missed = 0

    @property
    def missed(self) -> int:
        """How many calls failed since it last worked."""
        return self._missed

    def failed(self, error: Exception) -> None:
        if self._missed == 0:
            facts = {"part": self._what, "error": type(error).__name__}
            logger.warning("redis away", extra=facts)
        self._missed += 1

    def worked(self) -> None:
        if self._missed:
            logger.info("redis back", extra={"part": self._what, "missed": self._missed})
        self._missed = 0


async def again_and_again(what: str, work: Callable[[Outage], Awaitable[None]]) -> None:
    """Until cancelled; after a failure with a pause, a longer one each time.

    The work tells what it is given when Redis answered it: the pauses are short again then.
    """
    outage = Outage(what)
    while goes_on():
        try:
            await work(outage)
            continue
        except (RedisError, OSError) as error:
            outage.failed(error)
        except Exception as error:
            logger.exception("redis misunderstood", extra={"part": what})
            outage.failed(error)
        doublings = min(outage.missed - 1, 10)
        await asyncio.sleep(min(_FIRST_PAUSE * 2**doublings, _LONGEST_PAUSE))


@asynccontextmanager
async def beside(*work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Tasks that run until the block ends."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
