"""What every Approvals promises of questions whose turn ends before anybody answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from orchestrator_core.model import (
    ApprovalState,
    AuditAction,
    AuditEntry,
    AuditFilter,
    Channel,
)
from orchestrator_core.ports import Store
from tests.contracts.test_approvals import LATER, a_call
from tests.fakes.clock import NOON


async def test_the_pending_ones_of_a_turn_are_cancelled_and_no_others(store: Store) -> None:
    async with store.transaction() as records:
        first, second, third, other = [
            await records.approvals.add(a_call(turn_id=turn_id)) for turn_id in (1, 1, 1, 2)
        ]
        denied = replace(second, state=ApprovalState.DENIED, decided_by="U1", decided_at=NOON)
        await records.approvals.save(denied)
        await records.approvals.cancel_pending(1, LATER)

    cancelled = [
        replace(one, state=ApprovalState.CANCELLED, decided_at=LATER) for one in (first, third)
    ]
    async with store.read() as records:
        now = [await records.approvals.get(one.id) for one in (first, second, third, other)]
        told = await records.audit.after(AuditFilter(), limit=10, after_id=0)
    assert now == [cancelled[0], denied, cancelled[1], other]
    assert told == [
        AuditEntry(
            actor="denrei",
            action=AuditAction.APPROVAL_CANCELLED,
            detail={"approval_id": one.id, "tool": one.tool, "rule": one.rule},
            created_at=LATER,
            session_id=one.session_id,
            channel=Channel.DENREI,
        )
        for one in cancelled
    ]


async def test_what_is_cancelled_is_told_once_whatever_else_the_transaction_wrote(
    store: Store,
) -> None:
    other = AuditEntry(
        actor="U1", action=AuditAction.SESSION_STOP, detail={}, created_at=NOON, session_id="s"
    )
    async with store.transaction() as records:
        await records.approvals.add(a_call())
    async with store.transaction() as records:
        await records.audit.add(other)
        await records.approvals.cancel_pending(1, LATER)
        await records.audit.add(other)
    async with store.transaction() as records:
        await records.approvals.cancel_pending(1, LATER + timedelta(seconds=1))

    async with store.read() as records:
        told = await records.audit.after(AuditFilter(), limit=10, after_id=0)
    cancelled = AuditAction.APPROVAL_CANCELLED
    assert sorted(one.action for one in told) == [cancelled, other.action, other.action]


async def test_questions_of_several_turns_cancelled_together_are_all_told(store: Store) -> None:
    async with store.transaction() as records:
        asked = [await records.approvals.add(a_call(turn_id=turn_id)) for turn_id in (1, 2, 2)]
        for turn_id in (1, 2, 3):
            await records.approvals.cancel_pending(turn_id, LATER)

    async with store.read() as records:
        told = await records.audit.after(AuditFilter(), limit=10, after_id=0)
        states = [(await records.approvals.get(one.id)).state for one in asked]
    assert states == [ApprovalState.CANCELLED] * 3
    assert sorted(one.detail["approval_id"] for one in told) == [one.id for one in asked]


async def test_a_denial_whose_turn_ends_stays_a_denial(store: Store) -> None:
    async with store.transaction() as records:
        approval = await records.approvals.add(a_call())
        denying = replace(approval, state=ApprovalState.DENYING, decided_by="U1", decided_at=NOON)
        await records.approvals.save(denying)
        await records.approvals.cancel_pending(1, LATER)

    async with store.read() as records:
        now = await records.approvals.get(approval.id)
    assert now == replace(denying, state=ApprovalState.DENIED)
