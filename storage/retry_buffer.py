"""Deliveries by the time they may be tried again, in a sorted set of Redis.

When Redis is away it holds nothing and takes nothing, without an error: the sweep over the
database finds what is due.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from redis.exceptions import RedisError

from storage.redis_client import PREFIX, Outage, connect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class RedisRetryBuffer:
    def __init__(self, redis_url: str, *, prefix: str = PREFIX) -> None:
        self._client = connect(redis_url)
        self._key = f"{prefix}retries"
        self._outage = Outage("retries")

    async def put(self, delivery_id: int, due_at: datetime) -> None:
        try:
            await self._client.zadd(self._key, {str(delivery_id): _score(due_at)})
        except (RedisError, OSError) as error:
            self._outage.failed(error)
        else:
            self._outage.worked()

    async def seconds_to_next(self, now: datetime) -> float | None:
        try:
            first = await self._client.zrange(self._key, 0, 0, withscores=True)
        except (RedisError, OSError) as error:
            self._outage.failed(error)
            return None
        self._outage.worked()
        if not first:
            return None
        return max(0.0, (float(first[0][1]) - _score(now)) / 1e6)

    async def drop_due(self, now: datetime) -> None:
        try:
            await self._client.zremrangebyscore(self._key, "-inf", _score(now))
        except (RedisError, OSError) as error:
            self._outage.failed(error)
        else:
            self._outage.worked()

    async def aclose(self) -> None:
        await self._client.aclose()


def _score(moment: datetime) -> int:
    """Whole microseconds, which a sorted set's floating point still keeps apart."""
    return (moment - _EPOCH) // _MICROSECOND
