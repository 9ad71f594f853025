"""Whether twice the history makes anything slower that a person, a caller or a worker asks for.

Both stores are asked in turn, each time about another place in their history, so that a slow
moment of the machine is both's.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import uvloop

from orchestrator_core.model import DeliveryState
from orchestrator_core.ports import Records
from tests.benchmarks.growth_world import (
    PER_SESSION,
    History,
    claim,
    long_history,
    session_id,
)
from tests.benchmarks.turns import wait_for_the_disk
from tests.servers import Postgres, postgres

HALF, WHOLE = 5_000, 10_000
#: The median of the rounds counts: in a single one chance decides.
ROUNDS, ASKED, WARM_UP = 9, 100, 50
#: As many as the API gives, and of events as many as a stream reads at once.
PAGE, EVENTS = 20, 200
SEED = 1

Question = Callable[[History, Random], Awaitable[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    #: Milliseconds within which 95 of 100 answers came, by round.
    half: list[float]
    whole: list[float]

    @property
    def ratio(self) -> float:
        pairs = zip(self.half, self.whole, strict=True)
        return statistics.median(whole / half for half, whole in pairs)


def report(folder: Path) -> None:
    events = PER_SESSION["session_event"]
    print(
        f"Twice the history: {WHOLE:,} sessions and {WHOLE * events:,} events against"
        f" {HALF:,} and {HALF * events:,}; p95"
    )
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        postgres(f"bench-{time.time_ns()}") as server,
    ):
        runner.run(_report_sqlite(folder))
        runner.run(_report_postgres(server))
    print("  aim: no ratio above 1.2\n")


async def _report_sqlite(folder: Path) -> None:
    urls = [f"sqlite://{folder}/history-{size}.db" for size in (HALF, WHOLE)]
    async with AsyncExitStack() as stores:
        half, whole = [
            await stores.enter_async_context(long_history(url, size, postgres=False))
            for url, size in zip(urls, (HALF, WHOLE), strict=True)
        ]
        await _compare("SQLite", half, whole)


async def _report_postgres(server: Postgres) -> None:
    await wait_for_the_disk(server)
    async with AsyncExitStack() as stores:
        half, whole = [
            await stores.enter_async_context(
                long_history(
                    await stores.enter_async_context(server.new_database()), size, postgres=True
                )
            )
            for size in (HALF, WHOLE)
        ]
        await _compare("PostgreSQL", half, whole)


async def _compare(database: str, half: History, whole: History) -> None:
    print(f"  {database:34}      half     whole   ratio")
    for name, question in QUESTIONS.items():
        growth = await _ask_both(question, half, whole)
        print(
            f"    {name:30} {statistics.median(growth.half):7.2f} ms"
            f" {statistics.median(growth.whole):6.2f} ms  {growth.ratio:6.2f}"
        )


async def _ask_both(question: Question, half: History, whole: History) -> Growth:
    chance = Random(SEED)  # noqa: S311 - where to look, not a secret
    for _ in range(WARM_UP):
        await question(half, chance)
        await question(whole, chance)
    growth = Growth(half=[], whole=[])
    for _ in range(ROUNDS):
        of_half, of_whole = await _round(question, half, whole, chance)
        growth.half.append(_p95(of_half))
        growth.whole.append(_p95(of_whole))
    return growth


async def _round(
    question: Question, half: History, whole: History, chance: Random
) -> tuple[list[float], list[float]]:
    of_half: list[float] = []
    of_whole: list[float] = []
    places = [(half, of_half), (whole, of_whole)]
    for _ in range(ASKED):
        for history, times in places:
            times.append(await question(history, chance))
        # Neither always comes second.
        places.reverse()
    return of_half, of_whole


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


def reading(ask: Callable[[Records, History, Random], Awaitable[object]]) -> Question:
    """Milliseconds of what is read outside a transaction, as the API does."""

    async def question(history: History, chance: Random) -> float:
        begun = time.perf_counter()
        async with history.store.read() as records:
            found = await ask(records, history, chance)
        if not found and found != []:
            raise RuntimeError("nothing found")
        return (time.perf_counter() - begun) * 1000

    return question


def saying(text: Callable[[int], str]) -> Question:
    """Milliseconds of a command, but for its way from LINE and back."""

    async def question(history: History, chance: Random) -> float:
        session = history.any_session(chance)
        begun = time.perf_counter()
        await history.says(text(session), session)
        return (time.perf_counter() - begun) * 1000

    return question


class _UndoneError(Exception):
    """Ends a transaction without a trace."""


async def claiming(history: History, _: Random) -> float:
    """Milliseconds of a claim, without its commit, which a history does not touch."""
    with suppress(_UndoneError):
        async with history.store.transaction() as records:
            begun = time.perf_counter()
            claimed = await records.turns.claim(claim(), limit=PAGE)
            taken = time.perf_counter() - begun
            raise _UndoneError
    if len(claimed) != PAGE:
        raise RuntimeError("nothing to claim")
    return taken * 1000


QUESTIONS: dict[str, Question] = {
    "sessions, newest": reading(lambda r, _h, _c: r.sessions.page(limit=PAGE)),
    "sessions, further back": reading(
        lambda r, h, c: r.sessions.page(limit=PAGE, before_number=h.any_session(c) + 1)
    ),
    "session by number": reading(lambda r, h, c: r.sessions.find(str(h.any_session(c)))),
    "session by short id": reading(
        lambda r, h, c: r.sessions.find(session_id(h.any_session(c))[:8])
    ),
    "session by id": reading(lambda r, h, c: r.sessions.find(session_id(h.any_session(c)))),
    "session by name": reading(lambda r, h, c: r.sessions.find(f"N{h.any_session(c)}")),
    "messages of a session": reading(
        lambda r, h, c: r.log.messages(session_id(h.any_session(c)), limit=PAGE)
    ),
    "events of a session": reading(
        lambda r, h, c: r.log.after(session_id(h.any_session(c)), 0, EVENTS)
    ),
    "events after an id": reading(
        lambda r, h, c: r.log.after(
            session_id(h.any_session(c)), h.any_row("session_event", c), EVENTS
        )
    ),
    "deliveries that are dead": reading(
        lambda r, _h, _c: r.deliveries.page([DeliveryState.DEAD], limit=PAGE)
    ),
    "dead deliveries, further back": reading(
        lambda r, h, c: r.deliveries.page(
            [DeliveryState.DEAD], limit=PAGE, before_id=h.any_row("delivery", c) + 1
        )
    ),
    "open turns of a session": reading(
        lambda r, h, c: r.turns.open_of(session_id(h.any_session(c)))
    ),
    "/status": saying(lambda _: "/status"),
    "/status of a number": saying(lambda number: f"/status {number}"),
    "claim of 20 turns": claiming,
}
