"""Commits that transactions share, seen from below: which statements SQLite gets, and when."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from storage.sqlite_writer import Member, PutOutError, SqliteWriter

_TABLES = """
    CREATE TABLE word (text TEXT);
    CREATE TABLE parent (id INTEGER PRIMARY KEY);
    CREATE TABLE child (parent REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED);"""


class Desk:
    """A writer, what it had SQLite do, and another connection that looks on."""

    def __init__(self, connection: sqlite3.Connection, other: sqlite3.Connection) -> None:
        self.statements: list[str] = []
        self.thread = ThreadPoolExecutor(1)
        self.writer = SqliteWriter(connection, self.thread, patience=0.05)
        self._connection, self._other = connection, other
        connection.set_trace_callback(self.statements.append)

    @property
    def commits(self) -> int:
        return self.statements.count("COMMIT")

    def kept(self) -> list[str]:
        return [text for (text,) in self._other.execute("SELECT text FROM word ORDER BY rowid")]

    async def write(self, text: str) -> None:
        member = await self.writer.enter()
        self.add(member, text)
        await self.writer.leave(member)

    async def fail(self, text: str) -> None:
        member = await self.writer.enter()
        self.add(member, text)
        await self.writer.leave(member, ZeroDivisionError())

    def add(self, member: Member, text: str) -> None:
        self.writer.execute(member, "INSERT INTO word VALUES (?)", [text])


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    with _opened(tmp_path) as connection, _opened(tmp_path) as other:
        connection.executescript(_TABLES)
        found = Desk(connection, other)
        yield found
        found.thread.shutdown()


@contextmanager
def _opened(folder: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(
        folder / "words.db", isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA busy_timeout = 0")
    connection.execute("PRAGMA foreign_keys = ON")
    try:
        yield connection
    finally:
        connection.close()


async def test_transactions_that_come_together_share_a_commit(desk: Desk) -> None:
    await asyncio.gather(*(desk.write(str(n)) for n in range(50)))

    assert desk.kept() == [str(n) for n in range(50)]
    assert desk.commits <= 2


async def test_a_group_is_bounded_however_many_come(desk: Desk) -> None:
    await asyncio.gather(*(desk.write(str(n)) for n in range(250)))

    assert len(desk.kept()) == 250
    assert desk.commits >= 3


async def test_a_transaction_goes_on_only_when_it_is_kept(desk: Desk) -> None:
    async def write_and_look(text: str) -> bool:
        await desk.write(text)
        return text in desk.kept()

    assert all(await asyncio.gather(*(write_and_look(str(n)) for n in range(120))))


async def test_one_that_fails_takes_nobody_along(desk: Desk) -> None:
    await asyncio.gather(
        *(desk.fail(f"bad {n}") if n % 3 else desk.write(f"good {n}") for n in range(30))
    )

    assert desk.kept() == [f"good {n}" for n in range(0, 30, 3)]


async def test_when_the_commit_fails_all_of_the_group_hear_it(desk: Desk) -> None:
    async def orphan() -> None:
        member = await desk.writer.enter()
        desk.writer.execute(member, "INSERT INTO child VALUES (7)", [])
        await desk.writer.leave(member)

    answers = await asyncio.gather(
        desk.write("before"), orphan(), desk.write("after"), return_exceptions=True
    )
    await desk.write("later")

    assert [type(answer) for answer in answers] == [sqlite3.IntegrityError] * 3
    assert desk.kept() == ["later"]


async def test_one_cancelled_while_it_waits_for_its_turn_leaves_the_line(desk: Desk) -> None:
    first = await desk.writer.enter()
    waiting = [asyncio.create_task(desk.write(text)) for text in ("one", "two", "three")]
    await _ran(*waiting)
    waiting[1].cancel()
    await desk.writer.leave(first)
    await asyncio.wait(waiting)

    assert desk.kept() == ["one", "three"]
    assert waiting[1].cancelled()


async def test_one_cancelled_while_it_waits_for_the_commit_is_kept_all_the_same(
    desk: Desk,
) -> None:
    slow = asyncio.Event()

    async def linger() -> None:
        member = await desk.writer.enter()
        desk.add(member, "lingered")
        await slow.wait()
        await desk.writer.leave(member)

    done, lingering = asyncio.create_task(desk.write("done")), asyncio.create_task(linger())
    await _ran(done, lingering)
    done.cancel()
    await _ran(done, lingering)
    before = (done.done(), desk.kept())
    slow.set()
    await asyncio.wait([done, lingering])

    assert before == (False, [])
    assert done.cancelled()
    assert desk.kept() == ["done", "lingered"]


async def test_one_that_goes_on_for_ever_is_put_out_and_the_others_are_kept(desk: Desk) -> None:
    async def linger() -> Member:
        member = await desk.writer.enter()
        desk.add(member, "lingered")
        return member

    done, lingering = asyncio.create_task(desk.write("done")), asyncio.create_task(linger())
    await asyncio.wait_for(done, 5)
    member = await lingering
    with pytest.raises(PutOutError):
        desk.add(member, "too late")
    with pytest.raises(PutOutError):
        await desk.writer.leave(member)
    await asyncio.wait_for(desk.write("later"), 5)

    assert desk.kept() == ["done", "later"]


async def test_one_that_keeps_nobody_from_a_commit_may_go_on_for_long(desk: Desk) -> None:
    member = await desk.writer.enter()
    desk.add(member, "first")
    waiting = asyncio.create_task(desk.write("second"))
    # As long as a group would wait, and longer.
    await asyncio.wait([waiting], timeout=0.1)
    await desk.writer.leave(member)
    await asyncio.wait_for(waiting, 5)

    assert desk.kept() == ["first", "second"]


async def test_one_who_asks_in_a_loop_lets_others_run(desk: Desk) -> None:
    others = asyncio.create_task(desk.write("other"))
    for _ in range(1000):
        member = await desk.writer.enter()
        await desk.writer.leave(member)
        if others.done():
            break

    assert others.done()


async def test_a_long_statement_runs_beside_the_loop_and_its_cancellation_waits_for_it(
    desk: Desk,
) -> None:
    count = (
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
        "SELECT MAX(i) FROM n"
    )
    member = await desk.writer.enter()
    running = asyncio.create_task(desk.writer.execute_in_thread(member, count, [300_000]))
    await _ran(running)
    running.cancel()
    await asyncio.wait([running])
    desk.add(member, "after it")
    await desk.writer.leave(member)

    assert running.cancelled()
    assert desk.kept() == ["after it"]


async def _ran(*tasks: asyncio.Task[Any]) -> None:
    """Let them come as far as they can by themselves."""
    for _ in range(5):
        await asyncio.wait(tasks, timeout=0)
