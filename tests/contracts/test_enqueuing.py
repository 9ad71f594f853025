"""What every Turns promises about a prompt's way into a session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator_core.errors import ConflictError, NotFoundError
from orchestrator_core.model import MessageRole, ReplyToken, SessionState, Turn, TurnState
from orchestrator_core.ports import Store
from orchestrator_core.redaction import redact
from tests.claims import LATER, queued
from tests.fakes.clock import NOON
from tests.samples import CHAT, a_turn, add_session


async def test_a_new_turn_has_its_prompt_and_where_it_came_from(store: Store) -> None:
    async with store.transaction() as records:
        session = await add_session(records)
        token = ReplyToken(value="t", expires_at=LATER)
        new = replace(a_turn(session, "水\n100 %", key="k"), reply_token=token)
        turn, found = await records.turns.enqueue(new)

    async with store.transaction() as records:
        assert await records.turns.lock(turn.id) == turn
    assert found == session
    assert turn == Turn(
        id=turn.id,
        session_id=session.id,
        prompt="水\n100 %",
        state=TurnState.QUEUED,
        created_at=NOON,
        chat=CHAT,
        person_id="U1",
        reply_token=token,
        idempotency_key="k",
    )


async def test_the_prompt_is_also_among_the_sessions_messages(store: Store) -> None:
    session, (turn,) = await queued(store, "hello")

    async with store.read() as records:
        (message,) = await records.log.messages(session.id)
    assert (message.role, message.text, message.turn_id) == (MessageRole.PROMPT, "hello", turn.id)


async def test_a_prompt_is_told_of_once(store: Store) -> None:
    session, (turn,) = await queued(store, "my key is ghp_0123456789abcdefghijABCDEFGHIJ012345")
    async with store.transaction() as records:
        again = replace(a_turn(session, key="k"), prompt="two")
        await records.turns.enqueue(again)
        with pytest.raises(ConflictError):
            await records.turns.enqueue(again)

    async with store.read() as records:
        told, two = await records.log.after(session.id, 0, 10)
        prompts = await records.log.messages(session.id)
    assert (told.kind, told.turn_id, told.created_at) == ("prompt", turn.id, NOON)
    assert told.data == {"text": redact(turn.prompt), "state": "queued"}
    assert "ghp_" not in told.data["text"]
    assert two.data == {"text": "two", "state": "queued"}
    assert len(prompts) == 2


async def test_what_is_asked_of_a_stopped_session_is_held(store: Store) -> None:
    async with store.transaction() as records:
        session = replace(await add_session(records), state=SessionState.STOPPED)
        await records.sessions.save(session)
        turn, found = await records.turns.enqueue(a_turn(session))

    async with store.read() as records:
        assert await records.turns.open_of(session.id) == [turn]
        (told,) = await records.log.after(session.id, 0, 10)
    assert (turn.state, found.state) == (TurnState.HELD, SessionState.STOPPED)
    assert told.data["state"] == "held"


async def test_no_turn_is_queued_for_a_session_that_is_not_there(store: Store) -> None:
    async with store.transaction() as records:
        session = await add_session(records)
        with pytest.raises(NotFoundError):
            await records.turns.enqueue(replace(a_turn(session), session_id="f" * 32))


async def test_the_same_key_in_a_session_is_a_conflict(store: Store) -> None:
    async with store.transaction() as records:
        session, other = await add_session(records), await add_session(records)
        first, _ = await records.turns.enqueue(a_turn(session, key="k"))
        with pytest.raises(ConflictError):
            await records.turns.enqueue(a_turn(session, "again", key="k"))
        elsewhere, _ = await records.turns.enqueue(a_turn(other, key="k"))
        unkeyed = [(await records.turns.enqueue(a_turn(session))).turn for _ in range(2)]

    async with store.read() as records:
        assert await records.turns.open_of(session.id) == [first, *unkeyed]
        assert await records.turns.open_of(other.id) == [elsewhere]
        assert await records.turns.by_key(session.id, "k") == first
        assert await records.turns.by_key(session.id, "other") is None
