"""What every Withdrawals promises: a message taken back leaves no text behind."""

from __future__ import annotations

from dataclasses import replace

from orchestrator_core.model import (
    Chat,
    ChatKind,
    EventKind,
    MessageRole,
    Session,
    SessionMessage,
    Turn,
)
from orchestrator_core.ports import Brought, Records, Store
from tests.fakes.clock import NOON
from tests.samples import a_turn, add_session

GROUP = Chat(id="C1", kind=ChatKind.GROUP)


async def _ask(
    records: Records, session: Session, *, message_id: str | None, chat: Chat | None = None
) -> Turn:
    new = a_turn(session, "secret")
    turn, _ = await records.turns.enqueue(
        replace(new, message_id=message_id, chat=chat or new.chat)
    )
    return turn


async def _answer(records: Records, turn: Turn) -> None:
    await records.log.add_message(
        SessionMessage(
            session_id=turn.session_id,
            turn_id=turn.id,
            role=MessageRole.ANSWER,
            text="answer",
            created_at=NOON,
        )
    )
    await records.log.append(
        session_id=turn.session_id,
        turn_id=turn.id,
        kind=EventKind.TURN_DONE,
        data={"text": "answer"},
        now=NOON,
    )


async def test_the_turns_a_message_brought_are_found_in_its_chat_alone(store: Store) -> None:
    async with store.transaction() as records:
        session, other = await add_session(records), await add_session(records)
        first = await _ask(records, session, message_id="m")
        second = await _ask(records, other, message_id="m")
        await _ask(records, session, message_id="n")
        await _ask(records, session, message_id=None)
        await _ask(records, session, message_id="m", chat=GROUP)

    async with store.read() as records:
        found = await records.withdrawals.turns_of("U1", "m")
        assert found == [Brought(session.id, first.id), Brought(other.id, second.id)]
        assert await records.withdrawals.turns_of("U1", "unknown") == []


async def test_the_message_that_brought_a_turn_comes_back_with_it(store: Store) -> None:
    async with store.transaction() as records:
        turn = await _ask(records, await add_session(records), message_id="m")

    async with store.read() as records:
        kept = await records.turns.lock(turn.id)
    assert kept == turn
    assert kept.message_id == "m"
    assert kept.origin is not None
    assert kept.origin.message_id == "m"


async def test_an_erased_prompt_is_nowhere_any_more(store: Store) -> None:
    async with store.transaction() as records:
        session = await add_session(records)
        turn = await _ask(records, session, message_id="m")
        await _answer(records, turn)
        other = await _ask(records, session, message_id="n")
        await records.withdrawals.erase_prompt(turn)

    async with store.read() as records:
        kept = await records.turns.lock(turn.id)
        messages = await records.log.messages(session.id)
        events = await records.log.after(session.id, 0, 10)
        untouched = await records.turns.lock(other.id)
    assert kept == replace(turn, prompt="")
    assert kept.is_taken_back
    assert [message.text for message in messages] == ["", "answer", "secret"]
    assert [event.data for event in events] == [
        {"text": "", "state": "queued"},
        {"text": "answer"},
        {"text": "secret", "state": "queued"},
    ]
    assert untouched == other


async def test_an_erased_prompt_stays_erased_when_its_turn_is_saved(store: Store) -> None:
    async with store.transaction() as records:
        turn = await _ask(records, await add_session(records), message_id="m")
        await records.withdrawals.erase_prompt(turn)
        await records.turns.save(turn)

    async with store.read() as records:
        assert (await records.turns.lock(turn.id)).prompt == ""
