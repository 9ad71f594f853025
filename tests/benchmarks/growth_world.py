"""Stores with a history of any length, made in the database itself. Measures nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from commands.prompt import Prompting
from commands.router import Router, all_commands
from orchestrator_core.clock import SystemClock
from orchestrator_core.incoming import TextSaid
from orchestrator_core.model import Chat, ChatKind, Language, Person, Role
from orchestrator_core.ports import Claim
from storage.store import SqlStore, open_store
from tests.benchmarks.turns_world import Bench
from tests.fakes.wakeups import FakeWakeups
from tests.integration.history import fill

#: Rows of each table by session. A session's rows lie together, as it was busy for a while.
PER_SESSION = {
    "session_event": 100,
    "session_message": 20,
    "turn": 10,
    "delivery": 10,
    "inbox_event": 10,
    "cost_entry": 10,
}
#: What is open does not grow with what is over.
QUEUED, DEAD_SHARE = 100, 50
_YESTERDAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class History:
    store: SqlStore
    sessions: int
    router: Router

    def any_session(self, chance: Random) -> int:
        """A session's number, anywhere in the history."""
        return chance.randint(1, self.sessions)

    def any_row(self, table: str, chance: Random) -> int:
        return chance.randint(1, self.sessions * PER_SESSION[table])

    async def says(self, text: str, session: int) -> None:
        """As its chat's only person, in a transaction like the intake's."""
        chat = Chat(id=f"U{session}", kind=ChatKind.USER)
        person = Person(id=chat.id, role=Role.OWNER, language=Language.JAPANESE)
        said = TextSaid(chat=chat, person_id=chat.id, reply_token=None, text=text)
        async with self.store.transaction() as records:
            if not await self.router.answer(records, person, said, now=SystemClock().now()):
                raise RuntimeError("no answer")


@asynccontextmanager
async def long_history(url: str, sessions: int, *, postgres: bool) -> AsyncIterator[History]:
    """On an empty database."""
    wakeups = FakeWakeups()
    async with open_store(url, wakeups) as store:
        await _fill(store, sessions, postgres=postgres)
        bench = Bench(store, wakeups)
        prompting = Prompting(desk=bench.desk, budget=bench.budget)
        router = Router(
            registry=all_commands(bench.desk, prompting),
            prompting=prompting,
            approvals=bench.approvals,
        )
        yield History(store, sessions, router)


def session_id(number: int) -> str:
    return f"{number * _SPREAD % 2**32:08x}{_REST}"


def claim() -> Claim:
    now = SystemClock().now()
    return Claim(owner="bench:1", pool="default", now=now, until=now + timedelta(seconds=15))


#: Ids are as good as random, and known all the same.
_SPREAD, _REST = 2_654_435_761, "c0ffee" * 4


async def _fill(store: SqlStore, sessions: int, *, postgres: bool) -> None:
    at = (SystemClock().now() - _YESTERDAY).isoformat(" ")
    yes, no = ("TRUE", "FALSE") if postgres else ("1", "0")
    words = {"at": at, "letter": "h", "start": "0", "yes": yes, "no": no}
    words |= _belonging("i", postgres=postgres)
    await store.execute(fill("session", sessions, words), [])
    for table, rows in PER_SESSION.items():
        words |= _belonging(f"((i - 1) / {rows} + 1)", postgres=postgres)
        await store.execute(fill(table, sessions * rows, words), [])
    bind = "INSERT INTO channel_binding (chat_id, session_id) SELECT chat_id, id FROM session"
    await store.execute(bind, [])
    every = sessions * PER_SESSION["turn"] // QUEUED
    queue = "UPDATE turn SET state = 'queued', runs = 0 WHERE id % $1 = 0"
    await store.execute(queue, [every])
    await store.execute("UPDATE delivery SET state = 'dead' WHERE id % $1 = 0", [DEAD_SHARE])
    if postgres:
        # As the server itself does before long. SQLite has no such thing here.
        await store.execute("VACUUM ANALYZE", [])


def _belonging(number: str, *, postgres: bool) -> dict[str, str]:
    """SQL for whose a row is, by the number of its session."""
    spread = f"({number} * {_SPREAD} % {2**32})"
    hexadecimal = f"lpad(to_hex({spread}), 8, '0')" if postgres else f"printf('%08x', {spread})"
    identity = f"{hexadecimal} || '{_REST}'"
    return {"id": identity, "session": identity, "chat": f"'U' || {number}"}
