"""What every Approvals promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import Approval, ApprovalState, Grant, NewApproval
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON

LATER = NOON + timedelta(minutes=5)


def _new(turn_id: int = 1) -> NewApproval:
    return NewApproval(
        rule="git.force_push",
        why="push --force",
        said="Ask Aya.",
        cwd="/work/水",
        second_person=True,
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
        rule="git.force_push",
        why="push --force",
        said="Ask Aya.",
        cwd="/work/水",
        second_person=True,
    )


async def test_a_decision_is_saved(store: Store) -> None:
    async with store.transaction() as records:
        approval = await records.approvals.add(_new())
        decided = replace(
            approval,
            state=ApprovalState.DENYING,
            decided_by="U1",
            decided_at=LATER,
            first_yes="U2",
            reason="not on a Friday 水",
            reason_chat_id="C1",
        )
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


async def test_all_that_is_pending_is_listed_with_the_oldest_first(store: Store) -> None:
    async with store.transaction() as records:
        first, second, third = [await records.approvals.add(_new(turn_id=n)) for n in (3, 2, 1)]
        await records.approvals.save(replace(second, state=ApprovalState.ALLOWED))

    async with store.read() as records:
        assert await records.approvals.pending(limit=5) == [first, third]
        assert await records.approvals.pending(limit=1) == [first]


async def test_a_denial_without_its_reason_is_found_by_who_denied_it_and_where(
    store: Store,
) -> None:
    async with store.transaction() as records:
        one, other, done = [await records.approvals.add(_new()) for _ in range(3)]
        denying = replace(
            one,
            state=ApprovalState.DENYING,
            decided_by="U1",
            decided_at=NOON,
            reason_chat_id="C1",
        )
        await records.approvals.save(denying)
        await records.approvals.save(replace(denying, id=other.id, reason_chat_id="C2"))
        await records.approvals.save(replace(denying, id=done.id, state=ApprovalState.DENIED))

    async with store.read() as records:
        assert await records.approvals.denying("U1", "C1") == denying
        assert await records.approvals.denying("U2", "C1") is None
        assert await records.approvals.denying("U1", "C3") is None


async def test_a_denial_whose_turn_ends_stays_a_denial(store: Store) -> None:
    async with store.transaction() as records:
        approval = await records.approvals.add(_new())
        denying = replace(approval, state=ApprovalState.DENYING, decided_by="U1", decided_at=NOON)
        await records.approvals.save(denying)
        await records.approvals.cancel_pending(1, LATER)

    async with store.read() as records:
        now = await records.approvals.get(approval.id)
    assert now == replace(denying, state=ApprovalState.DENIED)


async def test_what_was_granted_is_granted_in_its_session_only(store: Store) -> None:
    grant = Grant(
        session_id="a" * 32, mark="f" * 64, granted_by="U1", approval_id=7, created_at=NOON
    )
    async with store.transaction() as records:
        await records.approvals.grant(grant)

    async with store.read() as records:
        assert await records.approvals.granted("a" * 32, "f" * 64) == grant
        assert await records.approvals.granted("b" * 32, "f" * 64) is None
        assert await records.approvals.granted("a" * 32, "e" * 64) is None


async def test_of_two_grants_the_first_stays(store: Store) -> None:
    grant = Grant(
        session_id="a" * 32, mark="f" * 64, granted_by="U1", approval_id=7, created_at=NOON
    )
    async with store.transaction() as records:
        await records.approvals.grant(grant)
        await records.approvals.grant(replace(grant, granted_by="U2", approval_id=8))

    async with store.read() as records:
        assert await records.approvals.granted("a" * 32, "f" * 64) == grant
