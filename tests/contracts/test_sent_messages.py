"""What every SentMessages promises."""

from __future__ import annotations

from orchestrator_core.ports import Store
from tests.samples import a_turn, add_session


async def test_a_message_is_known_in_its_chat_by_the_session_it_told_of(store: Store) -> None:
    async with store.transaction() as records:
        session, other = await add_session(records), await add_session(records)
        turn, _ = await records.turns.enqueue(a_turn(session))
        others, _ = await records.turns.enqueue(a_turn(other))
        await records.sent_messages.add("U1", turn.id, ["m1", "m2"])
        await records.sent_messages.add("U1", others.id, ["m3"])
        await records.sent_messages.add("U2", others.id, ["m1"])
        await records.sent_messages.add("U1", others.id, [])

    async with store.read() as records:
        asked = [("U1", "m1"), ("U1", "m2"), ("U1", "m3"), ("U2", "m1")]
        found = [await records.sent_messages.session_of(*one) for one in asked]
    assert found == [session.id, session.id, other.id, other.id]


async def test_what_was_never_sent_is_known_to_nobody(store: Store) -> None:
    async with store.transaction() as records:
        await records.sent_messages.add("U1", 99, ["of no turn"])

    async with store.read() as records:
        for message_id in ("of no turn", "never sent", "", "\0", "x" * 500):
            assert await records.sent_messages.session_of("U1", message_id) is None
