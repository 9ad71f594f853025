"""A rival for the turns: procrastinate, with a lock for each session.

Its worker hears of new jobs by NOTIFY, but not of a lock that is free again, so it also looks by
itself. It takes jobs one by one: more connections or more jobs at once made it no faster here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvloop
from procrastinate import App, PsycopgConnector

from tests.benchmarks.rival_race import ANSWER, ANSWERS, Countdown, Race, main, race_of

AT_ONCE, CONNECTIONS = 20, 10
LOOK_SECONDS = 0.05


class ProcrastinateQueue:
    def __init__(self, app: App, connector: PsycopgConnector, answer: Any) -> None:
        self._app = app
        self._connector = connector
        self._answer = answer

    async def ask(self, session: str) -> None:
        await self._answer.configure(lock=session).defer_async(session=session)

    async def run(self, statement: str) -> list[tuple[int]]:
        async with self._connector.pool.connection() as connection:
            done = await connection.execute(statement)
            return list(await done.fetchall()) if done.description else []

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        worker = asyncio.create_task(
            self._app.run_worker_async(
                concurrency=AT_ONCE,
                listen_notify=True,
                fetch_job_polling_interval=LOOK_SECONDS,
                install_signal_handlers=False,
            )
        )
        try:
            yield
        finally:
            worker.cancel()
            await asyncio.wait([worker])


async def run(race: Race) -> float:
    countdown = Countdown()
    connector = PsycopgConnector(conninfo=race.url, min_size=CONNECTIONS, max_size=CONNECTIONS)
    app = App(connector=connector)

    async def answer(session: str) -> None:
        await connector.execute_query_async(ANSWER, session=session)
        countdown.answered()

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        queue = ProcrastinateQueue(app, connector, app.task(name="answer")(answer))
        await queue.run(ANSWERS)
        return await race_of(queue, countdown, race)


if __name__ == "__main__":
    main(run, uvloop.new_event_loop)
