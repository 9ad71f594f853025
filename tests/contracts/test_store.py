"""What every Store promises about its transactions."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from orchestrator_core.model import EventKind, Language, Person, Role
from orchestrator_core.ports import Store, Topic
from tests.fakes.clock import NOON
from tests.fakes.wakeups import FakeWakeups
from tests.samples import add_session

ANN = Person(id="U1", role=Role.OWNER, language=Language.ENGLISH)


async def test_what_a_transaction_wrote_is_read_after_it(store: Store) -> None:
    async with store.transaction() as records:
        await records.people.save(ANN)

    async with store.read() as records:
        assert await records.people.get("U1") == ANN


async def test_everything_written_is_read_in_the_same_transaction(store: Store) -> None:
    async with store.transaction() as records:
        session = await add_session(records)
        for kind in (EventKind.OPENED, EventKind.TEXT, EventKind.FINISHED):
            await records.sessions.save(replace(session, name=f"name {kind}"))
            await records.log.append(
                session_id=session.id, turn_id=None, kind=kind, data={}, now=NOON
            )
        # One asked by hand, one through the library's queries, one that locks.
        found = await records.log.after(session.id, 0, 10)
        assert [one.kind for one in found] == ["opened", "text", "finished"]
        await records.sessions.save(replace(session, name="new"))
        assert await records.sessions.find("new") != []
        await records.sessions.save(replace(session, name="newest"))
        assert (await records.sessions.lock(session.id)).name == "newest"


async def test_writes_nobody_reads_again_are_kept_whole_and_in_order(store: Store) -> None:
    async with store.transaction() as records:
        session = await add_session(records)
    async with store.transaction() as records:
        for number in range(3):
            await records.sessions.save(replace(session, name=f"name {number}"))
            await records.log.append(
                session_id=session.id, turn_id=number, kind=EventKind.TEXT, data={}, now=NOON
            )

    async with store.read() as records:
        assert [one.turn_id for one in await records.log.after(session.id, 0, 10)] == [0, 1, 2]
        found = await records.sessions.get(session.id)
    assert found is not None
    assert found.name == "name 2"


async def test_nothing_of_a_failed_transaction_stays(store: Store) -> None:
    async with store.transaction() as records:
        await records.people.save(ANN)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the act is the transaction
        async with store.transaction() as records:
            await records.people.save(replace(ANN, role=Role.STRANGER))
            await add_session(records)
            raise ZeroDivisionError

    async with store.read() as records:
        assert await records.people.get("U1") == ANN
        assert await records.sessions.page(limit=10) == []


async def test_nothing_of_a_cancelled_transaction_stays(store: Store) -> None:
    written = asyncio.Event()

    async def write_and_linger() -> None:
        async with store.transaction() as records:
            await records.people.save(ANN)
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_linger())
    await asyncio.wait_for(written.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    async with store.transaction() as records:
        assert await records.people.get("U1") is None


@pytest.mark.parametrize("steps", range(8))
async def test_a_transaction_cancelled_anywhere_leaves_the_store_usable(
    store: Store, steps: int
) -> None:
    async def write() -> None:
        async with store.transaction() as records:
            await records.people.save(ANN)

    for _ in range(12):
        task = asyncio.create_task(write())
        for _ in range(steps):
            # One turn of the loop each, so that every await is hit.
            await asyncio.wait([task], timeout=0)
        task.cancel()
        await asyncio.wait([task])

    await asyncio.wait_for(write(), 5)
    async with store.read() as records:
        assert await records.people.get("U1") == ANN


async def test_a_transaction_sees_its_own_writes(store: Store) -> None:
    async with store.transaction() as records:
        await records.people.save(ANN)

        assert await records.people.get("U1") == ANN


async def test_a_reader_sees_what_is_committed_and_waits_for_nobody(store: Store) -> None:
    async with store.transaction() as writing:
        await writing.people.save(ANN)
        async with asyncio.timeout(5), store.read() as reading:
            before = await reading.people.get("U1")
    async with store.read() as reading:
        after = await reading.people.get("U1")

    assert before is None
    assert after == ANN


async def test_transactions_that_read_and_then_write_lose_no_update(store: Store) -> None:
    async with store.transaction() as records:
        session = await add_session(records)

    async def add_one() -> None:
        async with store.transaction() as records:
            locked = await records.sessions.lock(session.id)
            await records.sessions.save(replace(locked, last_line=locked.last_line + "x"))

    await asyncio.gather(*(add_one() for _ in range(25)))

    async with store.read() as records:
        found = await records.sessions.get(session.id)
        assert found is not None and found.last_line == "x" * 25


async def test_of_many_at_once_one_that_fails_takes_no_other_along(store: Store) -> None:
    async def save(number: int) -> None:
        async with store.transaction() as records:
            await records.people.save(replace(ANN, id=f"U{number}"))
            if number % 3 == 1:
                raise ZeroDivisionError

    await asyncio.gather(*(save(number) for number in range(30)), return_exceptions=True)

    async with store.read() as records:
        found = [number for number in range(30) if await records.people.get(f"U{number}")]
    assert found == [number for number in range(30) if number % 3 != 1]


@pytest.mark.parametrize("steps", range(6))
async def test_of_many_at_once_those_cancelled_take_no_other_along(
    store: Store, steps: int
) -> None:
    async def save(number: int) -> None:
        async with store.transaction() as records:
            await records.people.save(replace(ANN, id=f"U{number}"))

    tasks = [asyncio.create_task(save(number)) for number in range(20)]
    for _ in range(steps):
        await asyncio.wait(tasks, timeout=0)
    for task in tasks[1::2]:
        task.cancel()
    await asyncio.wait_for(asyncio.wait(tasks), 10)

    async with store.read() as records:
        for number in range(0, 20, 2):
            assert await records.people.get(f"U{number}") is not None


async def test_one_who_asks_in_a_loop_lets_others_have_their_turn(store: Store) -> None:
    async def save() -> None:
        async with store.transaction() as records:
            await records.people.save(ANN)

    other = asyncio.create_task(save())
    for _ in range(1000):
        async with store.transaction() as records:
            await records.people.get("U1")
        if other.done():
            break

    assert other.done()


async def test_a_wake_up_comes_once_after_the_commit(store: Store, wakeups: FakeWakeups) -> None:
    async with store.transaction() as records:
        records.wake(Topic.TURNS)
        records.wake(Topic.EVENTS)
        records.wake(Topic.TURNS)
        during = list(wakeups.rung)

    assert during == []
    assert wakeups.rung == [Topic.TURNS, Topic.EVENTS]


async def test_a_rolled_back_transaction_wakes_nobody(store: Store, wakeups: FakeWakeups) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the act is the transaction
        async with store.transaction() as records:
            records.wake(Topic.TURNS)
            raise ZeroDivisionError

    assert wakeups.rung == []


async def test_a_transaction_inside_another_is_refused(store: Store) -> None:
    async with store.transaction():
        with pytest.raises(RuntimeError, match="already"):
            async with store.transaction():
                pass


async def test_a_task_started_inside_a_transaction_has_its_own(store: Store) -> None:
    async def save() -> None:
        async with store.transaction() as records:
            await records.people.save(ANN)

    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the act is the transaction
        async with store.transaction():
            task = asyncio.create_task(save())
            raise ZeroDivisionError
    await asyncio.wait_for(task, 5)

    async with store.read() as records:
        assert await records.people.get("U1") == ANN


async def test_ping_is_answered(store: Store) -> None:
    assert await asyncio.wait_for(store.ping(), 5) is None  # type: ignore[func-returns-value]


async def test_a_transaction_goes_on_after_an_attempt_that_failed(store: Store) -> None:
    async with store.transaction() as records:
        await records.people.save(ANN)
        with pytest.raises(LookupError):
            async with records.attempt():
                raise LookupError(await records.people.get("U1"))
        async with records.attempt():
            found = await records.people.get("U1")
        await add_session(records)

    async with store.read() as records:
        assert [found, await records.people.get("U1")] == [ANN, ANN]
        assert len(await records.sessions.page(limit=5)) == 1
