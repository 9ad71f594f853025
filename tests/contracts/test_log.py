"""What every SessionLog promises."""

from __future__ import annotations

import asyncio

from orchestrator_core.model import EventKind, MessageRole, Session, SessionEvent, SessionMessage
from orchestrator_core.ports import Store
from orchestrator_core.secret_shapes import MARK
from tests.fakes.clock import NOON
from tests.samples import add_session
from tests.secrets import secrets_that_say_what_they_are


async def _session(store: Store) -> Session:
    async with store.transaction() as records:
        return await add_session(records)


async def _append(store: Store, session: Session, number: int) -> SessionEvent:
    async with store.transaction() as records:
        await records.log.append(
            session_id=session.id, turn_id=1, kind=EventKind.TEXT, data={"n": number}, now=NOON
        )
        return (await records.log.after(session.id, 0, 1000))[-1]


def _message(
    session: Session, text: str, *, turn_id: int = 1, role: MessageRole = MessageRole.ANSWER
) -> SessionMessage:
    return SessionMessage(
        session_id=session.id, turn_id=turn_id, role=role, text=text, created_at=NOON
    )


async def test_messages_come_back_in_order(store: Store) -> None:
    session, other = await _session(store), await _session(store)
    messages = [_message(session, text) for text in ("first", "第二", "")]
    async with store.transaction() as records:
        for message in messages:
            await records.log.add_message(message)

    async with store.read() as records:
        assert await records.log.messages(session.id) == messages
        assert await records.log.messages(other.id) == []


async def test_an_answer_is_found_by_its_turn_and_else_the_last_one_is(store: Store) -> None:
    session, other = await _session(store), await _session(store)
    first, second = _message(session, "first"), _message(session, "second", turn_id=2)
    async with store.transaction() as records:
        for message in (first, second, _message(session, "asked", role=MessageRole.PROMPT)):
            await records.log.add_message(message)

    async with store.read() as records:
        log = records.log
        assert await log.answer(session.id) == second
        assert await log.answer(session.id, turn_id=1) == first
        assert await log.answer(session.id, turn_id=3) is None
        assert await log.answer(other.id) is None
        assert await log.answer(other.id, turn_id=1) is None


async def test_of_many_messages_the_last_hundred_are_given(store: Store) -> None:
    session = await _session(store)
    async with store.transaction() as records:
        for number in range(103):
            await records.log.add_message(_message(session, str(number)))

    async with store.read() as records:
        texts = [message.text for message in await records.log.messages(session.id)]
    assert texts == [str(number) for number in range(3, 103)]


async def test_earlier_messages_are_read_from_before_the_first_one_seen(store: Store) -> None:
    session, other = await _session(store), await _session(store)
    async with store.transaction() as records:
        for number in range(5):
            await records.log.add_message(_message(session, str(number)))
            await records.log.add_message(_message(other, "other"))

    async with store.read() as records:
        last = await records.log.messages(session.id, limit=2)
        middle = await records.log.messages(session.id, limit=2, before_id=last[0].id)
        first = await records.log.messages(session.id, limit=2, before_id=middle[0].id)
        none = await records.log.messages(session.id, limit=2, before_id=first[0].id)
    assert [one.text for page in (first, middle, last) for one in page] == list("01234")
    assert none == []


async def test_an_event_comes_back_as_it_was(store: Store) -> None:
    session = await _session(store)
    data = {"text": "水 \0 \ud800", "deep": [{"n": 1.5, "none": None, "yes": True}]}
    async with store.transaction() as records:
        await records.log.append(
            session_id=session.id, turn_id=None, kind=EventKind.TOOL_CALLED, data=data, now=NOON
        )

    async with store.read() as records:
        [event] = await records.log.after(session.id, 0, 10)
    assert event == SessionEvent(
        id=event.id,
        session_id=session.id,
        turn_id=None,
        kind=EventKind.TOOL_CALLED,
        data=data,
        created_at=NOON,
    )


async def test_no_secret_is_kept(store: Store) -> None:
    token = secrets_that_say_what_they_are()["github"]
    session = await _session(store)
    async with store.transaction() as records:
        await records.log.add_message(_message(session, f"it is {token}."))
        data = {"text": f"it is {token}.", "input": {"password": "plain"}}
        await records.log.append(
            session_id=session.id, turn_id=None, kind=EventKind.TEXT, data=data, now=NOON
        )

    async with store.read() as records:
        [message] = await records.log.messages(session.id)
        [event] = await records.log.after(session.id, 0, 10)
    assert message.text == f"it is {MARK}."
    assert event.data == {"text": f"it is {MARK}.", "input": {"password": MARK}}


async def test_a_reader_goes_on_after_the_last_event_it_saw(store: Store) -> None:
    session, other = await _session(store), await _session(store)
    events = []
    for number in range(5):
        events.append(await _append(store, session, number))
        await _append(store, other, number)

    async with store.read() as records:
        first = await records.log.after(session.id, 0, 2)
        rest = await records.log.after(session.id, first[-1].id, 10)
        end = await records.log.after(session.id, rest[-1].id, 10)
    assert first + rest == events
    assert end == []


async def test_a_reader_that_follows_misses_no_event_of_many_writers(store: Store) -> None:
    """An id is never seen before a smaller one of the same session."""
    session = await _session(store)
    seen: list[int] = []

    async def follow() -> None:
        while len(seen) < 60:
            async with store.read() as records:
                events = await records.log.after(session.id, seen[-1] if seen else 0, 10)
            seen.extend(event.id for event in events)

    async def write() -> list[int]:
        return [(await _append(store, session, n)).id for n in range(10)]

    async with asyncio.timeout(30):
        following = asyncio.create_task(follow())
        written = await asyncio.gather(*(write() for _ in range(6)))
        await following

    assert seen == sorted(one for ids in written for one in ids)


async def test_the_latest_events_are_given_in_order(store: Store) -> None:
    session, other = await _session(store), await _session(store)
    for number in range(5):
        await _append(store, session, number)
    await _append(store, other, 9)

    async with store.read() as records:
        latest = await records.log.latest(session.id, limit=3)
        every = await records.log.latest(session.id, limit=100)
        none = await records.log.latest("unknown", limit=3)
    assert [one.data["n"] for one in latest] == [2, 3, 4]
    assert latest == every[-3:] and len(every) == 5
    assert none == []
