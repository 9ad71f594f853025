"""Who writes to SQLite next, and the commits that writers share.

A commit waits for the disk, so those who wait for the writer meanwhile go together: one after
the other, each in a savepoint of its own, inside one transaction of SQLite's. Each goes on only
when that one is on the disk. Knows no table.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import NoReturn

#: Nobody joins a group that has so many members, or began so long ago: the first one waits.
_MOST_TOGETHER, _JOIN_SECONDS = 100, 0.005
#: A member that keeps finished ones from their commit for so long is put out.
_PATIENCE_SECONDS = 5.0
#: How long another process's transaction is waited for, and how often it is looked at.
_LOCKED_SECONDS = 30.0
_FIRST_LOOK, _LAST_LOOK = 0.001, 0.02


class PutOutError(RuntimeError):
    """The transaction was rolled back: it went on too long while others waited for it."""


@dataclass(slots=True, eq=False)
class _Group:
    #: The connection's count of changed rows when it began.
    changes: int
    closes_at: float
    over: asyncio.Future[None]
    size: int = 0
    #: One for each member that is done but for the commit.
    finished: list[asyncio.Future[None]] = field(default_factory=list)
    alarm: asyncio.TimerHandle | None = None
    #: Its commit is next, unless somebody still joins.
    closing: bool = False


@dataclass(slots=True, eq=False)
class Member:
    """One logical transaction."""

    group: _Group
    #: In a statement that runs in the thread: it must not be put out meanwhile.
    in_thread: bool = False


class SqliteWriter:
    """The only user of a connection in autocommit mode, whose busy timeout is 0."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        thread: Executor,
        *,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._connection = connection
        self._thread = thread
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._queue: deque[asyncio.Future[None]] = deque()
        #: Somebody has the writer: a member, a BEGIN or a COMMIT.
        self._taken = False
        self._group: _Group | None = None
        self._current: Member | None = None

    async def enter(self) -> Member:
        """Wait for the writer and begin. Leave it whatever happens."""
        await self._turn()
        try:
            group = self._group or await self._begin()
            self._connection.execute("SAVEPOINT member")
        except BaseException:
            self._go_on()
            raise
        group.size += 1
        if group.finished and group.alarm is None:
            self._set_alarm(group)
        self._current = member = Member(group)
        return member

    async def leave(self, member: Member, error: BaseException | None = None) -> None:
        """Return once what was done is on the disk; with an error, once it is undone."""
        if member is not self._current:
            if error is None:
                raise PutOutError
            return
        group, self._current = member.group, None
        try:
            self._end_savepoint(keep=error is None)
        except sqlite3.Error as lost:
            # SQLite itself has rolled back, with everything of the group: the disk is full, say.
            self._end(group, error if isinstance(error, Exception) else lost)
            if error is None:
                raise
            return
        if error is None:
            await self._committed(group)
        else:
            self._go_on()

    def execute(self, member: Member, sql: str, values: Sequence[object]) -> list[sqlite3.Row]:
        """For a statement of microseconds."""
        if member is not self._current or not self._connection.in_transaction:
            self._refuse(member)
        return self._connection.execute(sql, values).fetchall()

    def changes(self) -> int:
        """How many rows were changed so far."""
        return self._connection.total_changes

    async def execute_in_thread(
        self, member: Member, sql: str, values: Sequence[object]
    ) -> list[sqlite3.Row]:
        """The same for a statement that would hold up the loop."""
        if member is not self._current or not self._connection.in_transaction:
            self._refuse(member)
        member.in_thread = True
        cursor = self._connection.cursor()
        working = self._loop.run_in_executor(self._thread, cursor.execute, sql, values)
        try:
            return (await asyncio.shield(working)).fetchall()
        except asyncio.CancelledError:
            # Whoever comes next needs the connection.
            await asyncio.wait([working])
            raise
        finally:
            member.in_thread = False

    def _refuse(self, member: Member) -> NoReturn:
        if member is not self._current:
            raise PutOutError
        # Rolled back by SQLite: what came now would be kept alone, half of the whole.
        raise sqlite3.OperationalError("the transaction is lost")

    def _end_savepoint(self, *, keep: bool) -> None:
        if not keep:
            self._connection.execute("ROLLBACK TO member")
        self._connection.execute("RELEASE member")

    async def _turn(self) -> None:
        if not self._taken:
            self._taken = True
            return
        turn = self._loop.create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._go_on()
            raise

    async def _begin(self) -> _Group:
        """IMMEDIATE: a transaction that first reads and then writes fails at once when another
        process wrote in between, whatever the busy timeout."""
        # Looked at from the loop, where a cancellation leaves nothing half begun.
        give_up, pause = self._loop.time() + _LOCKED_SECONDS, _FIRST_LOOK
        while True:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                break
            except sqlite3.OperationalError as error:
                if not _is_busy(error) or self._loop.time() > give_up:
                    raise
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LAST_LOOK)
        self._group = _Group(
            changes=self._connection.total_changes,
            closes_at=self._loop.time() + _JOIN_SECONDS,
            over=self._loop.create_future(),
        )
        return self._group

    async def _committed(self, group: _Group) -> None:
        mine = self._loop.create_future()
        group.finished.append(mine)
        self._go_on()
        try:
            await mine
        except asyncio.CancelledError:
            await asyncio.wait([group.over])
            raise

    def _go_on(self) -> None:
        """By whoever has the writer and is done with it: to the next one, or to the commit."""
        group = self._group
        if group is not None and not self._has_room(group):
            self._commit(group)
        elif not self._give_to_next():
            self._taken = False
            if group is not None and not group.closing:
                # All who are about to join have their turn of the loop first.
                group.closing = True
                self._loop.call_soon(self._close, group)

    def _close(self, group: _Group) -> None:
        group.closing = False
        if group is self._group and not self._taken:
            self._taken = True
            self._commit(group)

    def _has_room(self, group: _Group) -> bool:
        return group.size < _MOST_TOGETHER and self._loop.time() < group.closes_at

    def _give_to_next(self) -> bool:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return True
        return False

    def _set_alarm(self, group: _Group) -> None:
        group.alarm = self._loop.call_later(self._patience, self._put_out, group)

    def _put_out(self, group: _Group) -> None:
        if self._current is None or self._current.in_thread:
            self._set_alarm(group)
            return
        self._current = None
        try:
            self._end_savepoint(keep=False)
        except sqlite3.Error as lost:
            self._end(group, lost)
        else:
            self._commit(group)

    def _commit(self, group: _Group) -> None:
        if group.finished and self._connection.total_changes != group.changes:
            committing = self._loop.run_in_executor(self._thread, self._connection.commit)
            committing.add_done_callback(lambda done: self._end(group, done.exception()))
        else:
            # Nothing to wait for.
            self._end(group, _error_of(self._connection.commit))

    def _end(self, group: _Group, error: BaseException | None) -> None:
        if self._connection.in_transaction:
            _error_of(self._connection.rollback)
        self._group = None
        if group.alarm is not None:
            group.alarm.cancel()
        for member in group.finished:
            if member.done():
                continue
            if error is None:
                member.set_result(None)
            else:
                member.set_exception(error)
        group.over.set_result(None)
        self._go_on()


def _error_of(work: Callable[[], None]) -> BaseException | None:
    try:
        work()
    except sqlite3.Error as error:
        return error
    return None


def _is_busy(error: sqlite3.OperationalError) -> bool:
    # The low byte is the error, the rest its particulars. https://sqlite.org/rescode.html
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
