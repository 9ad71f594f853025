"""What every Turns promises about sessions whose prompts must wait."""

from __future__ import annotations

from orchestrator_core.ports import Store
from tests.claims import a_claim
from tests.samples import a_turn, add_session


async def test_held_sessions_are_passed_over_and_the_others_are_not(store: Store) -> None:
    async with store.transaction() as records:
        sessions = [await add_session(records) for _ in range(4)]
        for session in sessions:
            await records.turns.enqueue(a_turn(session))
        held = {sessions[0].id, sessions[2].id}
        claimed = await records.turns.claim(a_claim(), limit=5, but=held)
        rest = await records.turns.claim(a_claim(), limit=5)

    assert [one.session.id for one in claimed] == [sessions[1].id, sessions[3].id]
    assert {one.session.id for one in rest} == held
