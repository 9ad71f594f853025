"""A rival for the turns: DBOS, with a partition of one queue for each session.

One at a time of a partition and no other limit is what it takes from the queue fastest. It looks
for work by the clock. The answer is written by the workflow itself: a step of its own would be one
row more to store.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dbos import DBOS, SetEnqueueOptions
from psycopg_pool import ConnectionPool

from tests.benchmarks.rival_race import ANSWER, ANSWERS, Countdown, Race, main, race_of

QUEUE = "turns"
CONNECTIONS = 10
LOOK_SECONDS = 0.01


class DbosQueue:
    def __init__(self, connections: ConnectionPool[Any], answer: Any) -> None:
        self._connections = connections
        self._answer = answer

    async def ask(self, session: str) -> None:
        await asyncio.to_thread(self._ask, session)

    async def run(self, statement: str) -> list[tuple[int]]:
        return await asyncio.to_thread(self._run, statement)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        await DBOS.register_queue_async(
            QUEUE, partition_concurrency=1, polling_interval_sec=LOOK_SECONDS
        )
        yield

    def _ask(self, session: str) -> None:
        with SetEnqueueOptions(queue_partition_key=session):
            DBOS.enqueue_workflow(QUEUE, self._answer, session)

    def _run(self, statement: str) -> list[tuple[int]]:
        with self._connections.connection() as connection:
            done = connection.execute(statement)
            return list(done.fetchall()) if done.description else []


async def run(race: Race) -> float:
    countdown = Countdown()
    connections = ConnectionPool(
        race.url, min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs={"autocommit": True}
    )

    def answer(session: str) -> None:
        with connections.connection() as connection:
            connection.execute(ANSWER, {"session": session})
        countdown.answered()

    address = race.url.replace("postgresql://", "postgresql+psycopg://")
    DBOS(config={"name": "bench", "system_database_url": address, "log_level": "WARNING"})
    with connections:
        queue = DbosQueue(connections, DBOS.workflow(name="answer")(answer))
        DBOS.launch()
        try:
            await queue.run(ANSWERS)
            return await race_of(queue, countdown, race)
        finally:
            DBOS.destroy(workflow_completion_timeout_sec=10)


if __name__ == "__main__":
    main(run, asyncio.new_event_loop)
