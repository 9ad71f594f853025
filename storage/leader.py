"""One leader among many processes: who holds a key of Redis that ends by itself.

The holder is told apart by a value of its own, so that nobody prolongs or gives up what has
meanwhile become another's.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from orchestrator_core.ending import goes_on
from storage.redis_client import PREFIX, Outage, beside, connect

#: A leader that died is replaced after so long and a third of it.
LIFE_SECONDS = 9.0

_TAKE_OR_PROLONG = """
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] then
    return redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
if holder then
    return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""

_GIVE_UP = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0
"""


@asynccontextmanager
async def open_leader(
    redis_url: str, *, role: str, prefix: str = PREFIX, life: float = LIFE_SECONDS
) -> AsyncIterator[RedisLeader]:
    """Stands for leader of the role until the block ends; then at once another may lead."""
    async with aclosing(connect(redis_url)) as client:
        leader = RedisLeader(client, f"{prefix}leader:{role}", life)
        async with beside(leader.stand()):
            yield leader
        await leader.give_up()


class RedisLeader:
    def __init__(self, client: Redis, key: str, life: float) -> None:
        self._key = key
        self._life = life
        self._me = secrets.token_hex(8)
        self._take_or_prolong = client.register_script(_TAKE_OR_PROLONG)
        self._give_up = client.register_script(_GIVE_UP)
        self._outage = Outage("leader")

    async def is_leader(self) -> bool:
        """As Redis has it now; a process that was paused does not go on believing."""
        arguments = [self._me, str(round(self._life * 1_000))]
        try:
            led = await self._take_or_prolong(keys=[self._key], args=arguments)
        except (RedisError, OSError) as error:
            self._outage.failed(error)
            return True
        self._outage.worked()
        return bool(led)

    async def stand(self) -> None:
        """Keep what is held, and take what is free, until cancelled."""
        while goes_on():
            await self.is_leader()
            await asyncio.sleep(self._life / 3)

    async def give_up(self) -> None:
        with suppress(RedisError, OSError):
            await self._give_up(keys=[self._key], args=[self._me])
