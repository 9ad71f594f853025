"""Of several answers at one moment one counts, on every store."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from orchestrator_core.approval_answers import API, Given, decide, lock
from orchestrator_core.errors import PersonError
from orchestrator_core.model import Answer, ApprovalState, NewApproval, NewTurn
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON


async def _waiting(store: Store, *, second_person: bool = False) -> int:
    async with store.transaction() as records:
        session = await records.sessions.add(
            chat=None, person_id=None, agent="claude", workspace="/w", now=NOON
        )
        new = NewTurn(session_id=session.id, prompt="x", created_at=NOON)
        turn, _ = await records.turns.enqueue(new)
        approval = await records.approvals.add(
            NewApproval(
                turn_id=turn.id,
                session_id=session.id,
                nonce="n",
                tool="Bash",
                tool_input={"command": "make"},
                person_id=None,
                created_at=NOON,
                expires_at=NOON.replace(hour=13),
                second_person=second_person,
            )
        )
        return approval.id


async def _answer(store: Store, approval_id: int, given: Given) -> str:
    """What became of it, or why it did not count."""
    try:
        async with store.transaction() as records:
            locked = await lock(records, approval_id)
            return (await decide(records, locked, given, now=NOON)).state
    except PersonError as error:
        return error.key


async def _all(store: Store, approval_id: int, *given: Given) -> list[str]:
    async with asyncio.timeout(30):
        return await asyncio.gather(*[_answer(store, approval_id, one) for one in given])


async def test_the_first_answer_counts_and_every_other_is_late(store: Store) -> None:
    approval_id = await _waiting(store)
    yes, no = Given(answer=Answer.SESSION, actor="U1"), Given(answer=Answer.DENY, actor=API)
    became = await _all(store, approval_id, *[yes, no] * 4)

    async with store.read() as records:
        approval = await records.approvals.get(approval_id)
    counted = [one for one in became if one in {ApprovalState.ALLOWED, ApprovalState.DENIED}]
    assert counted == [approval.state]
    assert sorted(became) == sorted([approval.state, *[f"approval.late.{approval.state}"] * 7])
    assert approval.decided_by == ("U1" if approval.state is ApprovalState.ALLOWED else API)


async def test_of_two_people_at_one_moment_both_are_needed_and_each_counts_once(
    store: Store,
) -> None:
    approval_id = await _waiting(store, second_person=True)
    one = Given(answer=Answer.ONCE, actor="U1")
    became = await _all(store, approval_id, one, one, one)
    async with store.read() as records:
        between = await records.approvals.get(approval_id)
    last = await _answer(store, approval_id, replace(one, actor="U2"))

    assert sorted(became) == [*["approval.needs_another"] * 2, "pending"]
    assert (between.state, between.first_yes) == (ApprovalState.PENDING, "U1")
    assert last == ApprovalState.ALLOWED
