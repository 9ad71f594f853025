"""What every Approvals promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import Approval, ApprovalState, NewApproval
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON

LATER = NOON + timedelta(minutes=5)


def _new(turn_id: int = 1) -> NewApproval:
    return NewApproval(
        turn_id=turn_id,
        session_id="a" * 32,
        nonce="nonce-1",
        tool="Bash",
        tool_input={"command": "echo 水 \0"},
        person_id="U1",
        created_at=NOON,
        expires_at=LATER,
    )


async def test_a_new_approval_is_pending(store: Store) -> None:
    async with store.transaction() as records:
        approval = await records.approvals.add(_new())

    async with store.transaction() as records:
        assert await records.approvals.lock(approval.id) == approval
    assert approval == Approval(
        id=approval.id,
        turn_id=1,
        session_id="a" * 32,
        nonce="nonce-1",
        tool="Bash",
        tool_input={"command": "echo 水 \0"},
        person_id="U1",
        created_at=NOON,
        expires_at=LATER,
        state=ApprovalState.PENDING,
    )


async def test_a_decision_is_saved(store: Store) -> None:
    async with store.transaction() as records:
        approval = await records.approvals.add(_new())
        decided = replace(approval, state=ApprovalState.ALLOWED, decided_by="U1", decided_at=LATER)
        await records.approvals.save(decided)

    async with store.transaction() as records:
        assert await records.approvals.lock(approval.id) == decided


async def test_what_it_was_added_with_stays(store: Store) -> None:
    async with store.transaction() as records:
        approval = await records.approvals.add(_new())
        other = replace(
            approval,
            turn_id=9,
            session_id="b" * 32,
            tool="Write",
            tool_input={},
            person_id=None,
            created_at=LATER,
            expires_at=LATER + timedelta(days=1),
        )
        await records.approvals.save(other)

    async with store.read() as records:
        assert await records.approvals.get(approval.id) == approval


async def test_the_pending_ones_of_a_turn_are_given(store: Store) -> None:
    async with store.transaction() as records:
        first, second, third = [await records.approvals.add(_new()) for _ in range(3)]
        await records.approvals.add(_new(turn_id=2))
        await records.approvals.save(replace(second, state=ApprovalState.DENIED))

    async with store.read() as records:
        assert await records.approvals.pending_of(1) == [first, third]
        assert await records.approvals.pending_of(3) == []


async def test_the_pending_ones_of_a_turn_are_cancelled_and_no_others(store: Store) -> None:
    async with store.transaction() as records:
        first, second, third, other = [
            await records.approvals.add(_new(turn_id=turn_id)) for turn_id in (1, 1, 1, 2)
        ]
        denied = replace(second, state=ApprovalState.DENIED, decided_by="U1", decided_at=NOON)
        await records.approvals.save(denied)
        await records.approvals.cancel_pending(1, LATER)

    cancelled = [
        replace(one, state=ApprovalState.CANCELLED, decided_at=LATER) for one in (first, third)
    ]
    async with store.read() as records:
        now = [await records.approvals.get(one.id) for one in (first, second, third, other)]
    assert now == [cancelled[0], denied, cancelled[1], other]


async def test_an_unknown_approval_cannot_be_locked(store: Store) -> None:
    async with store.transaction() as records:
        with pytest.raises(NotFoundError):
            await records.approvals.lock(99)
