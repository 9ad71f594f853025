"""Turns per second from a prompt's enqueue to its answer in the outbox, with a no-op agent, and
how soon a woken worker asks the agent.

Everything is real but Claude and LINE. `python -m tests.benchmarks.turns` measures Denrei alone,
with `--sqlite` or `--postgres` on one of them.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import uvloop

from bot.loops import spare_collections
from orchestrator_core.model import Session
from storage.embedded_valkey import embedded_valkey
from storage.store import SqlStore, open_store
from storage.wakeups import open_wakeups
from tests.benchmarks.turns_world import SESSIONS, Bench
from tests.servers import Postgres, postgres

TURNS, WAKES = 5_000, 200
#: How many prompts wait before the worker begins.
WARM_UP = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnsResult:
    turns: int
    seconds: float
    #: Of this process's processor time; the database server's is its own.
    cpu_seconds: float
    #: Milliseconds from the ring that follows a prompt's commit to the agent being asked, of
    #: one prompt at a time; sorted.
    wakes: Sequence[float]

    @property
    def per_second(self) -> float:
        return self.turns / self.seconds

    def wake(self, percent: float) -> float:
        return self.wakes[min(len(self.wakes) - 1, int(len(self.wakes) * percent / 100))]


async def measure(
    url: str, folder: Path, *, turns: int = TURNS, budget_usd: Decimal | None = None
) -> TurnsResult:
    """On an empty database; without a daily budget, as it is by default. Raises
    RuntimeError when an answer is missing."""
    async with _bench(url, folder, budget_usd) as bench:
        sessions = await bench.sessions()
        await _ask_all(bench, sessions, WARM_UP)
        if not is_sqlite(url):
            # As on a server that has been at work for a while: a plan made for empty tables is
            # a bad one for full ones.
            await bench.store.execute("ANALYZE", [])
        # As `denrei serve` does once it is ready.
        spare_collections()
        async with _working(bench):
            await bench.finish.after(WARM_UP)
            begun, cpu_begun = time.perf_counter(), time.process_time()
            await asyncio.gather(bench.finish.after(turns), _ask_all(bench, sessions, turns))
            seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu_begun
            await _check(bench.store, WARM_UP + turns)
            wakes = [await _wake(bench, sessions[number % SESSIONS]) for number in range(WAKES)]
    return TurnsResult(turns=turns, seconds=seconds, cpu_seconds=cpu, wakes=sorted(wakes))


@asynccontextmanager
async def _bench(url: str, folder: Path, budget_usd: Decimal | None) -> AsyncIterator[Bench]:
    async with (
        embedded_valkey(folder) as redis_url,
        # On SQLite there can be no other process to ring for.
        open_wakeups(redis_url, alone=is_sqlite(url)) as wakeups,
        open_store(url, wakeups) as store,
    ):
        yield Bench(store, wakeups, budget_usd=budget_usd)


@asynccontextmanager
async def _working(bench: Bench) -> AsyncIterator[None]:
    working = asyncio.create_task(bench.worker().run())
    try:
        yield
    finally:
        working.cancel()
        await asyncio.wait([working])


async def _ask_all(bench: Bench, sessions: Sequence[Session], prompts: int) -> None:
    """All sessions at once, each one prompt after the other."""
    await asyncio.gather(*(bench.ask(one, prompts // SESSIONS) for one in sessions))


async def _wake(bench: Bench, session: Session) -> float:
    """The ring is the last thing a transaction does, so its end is the ring's time."""
    ended = asyncio.create_task(bench.finish.after(1))
    await bench.ask(session)
    rung = time.perf_counter()
    await ended
    return (bench.launcher.asked_at - rung) * 1000


async def _check(store: SqlStore, expected: int) -> None:
    async with store.client_in_transaction() as client:
        (found,) = await client.execute_query_dict("SELECT COUNT(*) AS answers FROM delivery")
    if found["answers"] != expected:
        raise RuntimeError(f"{found['answers']} answers for {expected} prompts")


async def on_sqlite(*, turns: int = TURNS) -> TurnsResult:
    with tempfile.TemporaryDirectory(prefix="denrei-bench-") as name:
        return await measure(f"sqlite://{name}/denrei.db", Path(name), turns=turns)


async def on_postgres(server: Postgres, *, turns: int = TURNS) -> TurnsResult:
    async with server.new_database() as url:
        with tempfile.TemporaryDirectory(prefix="denrei-bench-") as name:
            return await measure(url, Path(name), turns=turns)


async def wait_for_the_disk(server: Postgres) -> None:
    """Let commits do so, as everywhere but in tests."""
    await server.run("ALTER SYSTEM RESET fsync")
    await server.run("SELECT pg_reload_conf()")


def is_sqlite(url: str) -> bool:
    return url.startswith("sqlite:")


def _print(name: str, result: TurnsResult) -> None:
    print(
        f"  {name:32} {result.per_second:8,.0f} turns/s"
        f"   {result.cpu_seconds / result.turns * 1e6:5.0f} µs of CPU each"
        f"   wake to run p50 {result.wake(50):5.2f} ms   p99 {result.wake(99):5.2f} ms"
    )


def main(arguments: Sequence[str]) -> None:
    print(f"{TURNS} turns of {SESSIONS} sessions, a no-op agent, from enqueue to outbox")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if "--postgres" not in arguments:
            _print("SQLite, synchronous=FULL", runner.run(on_sqlite()))
        if "--sqlite" not in arguments:
            with postgres(f"bench-{time.time_ns()}") as server:
                runner.run(wait_for_the_disk(server))
                _print("PostgreSQL", runner.run(on_postgres(server)))


if __name__ == "__main__":
    main(sys.argv[1:])
