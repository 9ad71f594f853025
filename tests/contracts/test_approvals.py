"""What every Approvals promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import (
    Approval,
    ApprovalState,
    Grant,
    NewApproval,
)
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON

LATER = NOON + timedelta(minutes=5)


def a_call(turn_id: int = 1) -> NewApproval:
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
        approval = await records.approvals.add(a_call())

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
        approval = await records.approvals.add(a_call())
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
        approval = await records.approvals.add(a_call())
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
        first, second, third = [await records.approvals.add(a_call()) for _ in range(3)]
        await records.approvals.add(a_call(turn_id=2))
        await records.approvals.save(replace(second, state=ApprovalState.DENIED))

    async with store.read() as records:
        assert await records.approvals.pending_of(1) == [first, third]
        assert await records.approvals.pending_of(3) == []


async def test_an_unknown_approval_cannot_be_locked(store: Store) -> None:
    async with store.transaction() as records:
        with pytest.raises(NotFoundError):
            await records.approvals.lock(99)


async def test_all_that_is_pending_is_listed_with_the_oldest_first(store: Store) -> None:
    async with store.transaction() as records:
        first, second, third = [await records.approvals.add(a_call(turn_id=n)) for n in (3, 2, 1)]
        await records.approvals.save(replace(second, state=ApprovalState.ALLOWED))

    async with store.read() as records:
        assert await records.approvals.pending(limit=5) == [first, third]
        assert await records.approvals.pending(limit=1) == [first]


async def test_a_denial_without_its_reason_is_found_by_who_denied_it_and_where(
    store: Store,
) -> None:
    async with store.transaction() as records:
        one, other, done = [await records.approvals.add(a_call()) for _ in range(3)]
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


async def test_what_was_answered_so_far_comes_back(store: Store) -> None:
    async with store.transaction() as records:
        added = await records.approvals.add(a_call())
        halfway = replace(added, answers=(("a", "b"), ("c\N{SNOWMAN}",)), picked=("d",))
        await records.approvals.save(halfway)

    async with store.read() as records:
        assert await records.approvals.get(added.id) == halfway
    assert (added.answers, added.picked, added.typing_by) == ((), (), None)


async def test_words_that_are_waited_for_are_found_by_whose_and_where(store: Store) -> None:
    async with store.transaction() as records:
        one, other, done = [await records.approvals.add(a_call()) for _ in range(3)]
        typing = replace(one, typing_by="U1", reason_chat_id="C1")
        await records.approvals.save(typing)
        await records.approvals.save(replace(typing, id=other.id, reason_chat_id="C2"))
        await records.approvals.save(replace(typing, id=done.id, state=ApprovalState.EXPIRED))

    async with store.read() as records:
        assert await records.approvals.typing("U1", "C1") == typing
        assert await records.approvals.typing("U2", "C1") is None
        assert await records.approvals.typing("U1", "C3") is None


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


async def test_of_two_grants_the_last_stays(store: Store) -> None:
    """Whoever gave the first one may have lost the right to."""
    grant = Grant(
        session_id="a" * 32, mark="f" * 64, granted_by="U1", approval_id=7, created_at=NOON
    )
    later = replace(grant, granted_by="U2", approval_id=8, created_at=LATER, text="Bash(make)")
    async with store.transaction() as records:
        await records.approvals.grant(grant)
        await records.approvals.grant(later)

    async with store.read() as records:
        assert await records.approvals.granted("a" * 32, "f" * 64) == later
        assert await records.approvals.grants("a" * 32, limit=9) == [later]


async def test_grants_are_listed_by_session_and_taken_back_once(store: Store) -> None:
    first = Grant(
        session_id="a" * 32, mark="1" * 64, granted_by="U1", approval_id=7, created_at=NOON
    )
    second, others = replace(first, mark="2" * 64), replace(first, session_id="b" * 32)
    async with store.transaction() as records:
        for one in (first, others, second):
            await records.approvals.grant(one)
    async with store.read() as records:
        listed = await records.approvals.grants("a" * 32, limit=9)
        cut = await records.approvals.grants("a" * 32, limit=1)
        by_id = await records.approvals.grant_by_id(listed[1].id)
    async with store.transaction() as records:
        taken = [await records.approvals.take_back(listed[0].id) for _ in range(2)]

    assert (listed, cut, by_id) == ([first, second], [first], second)
    assert taken == [True, False]
    async with store.read() as records:
        assert await records.approvals.grants("a" * 32, limit=9) == [second]
        assert await records.approvals.granted("a" * 32, "1" * 64) is None
        assert await records.approvals.grant_by_id(listed[0].id) is None
        assert await records.approvals.granted("b" * 32, "1" * 64) == others
