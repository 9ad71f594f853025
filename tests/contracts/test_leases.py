"""What every Leases promises, with the claims that take them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from orchestrator_core.errors import LeaseLostError, NotFoundError
from orchestrator_core.model import Lease, ProcessMark, SessionState, TurnState
from orchestrator_core.ports import Claimed, Store
from tests.claims import LATER, a_claim, claim_one, lease_of, queued
from tests.samples import a_turn

AFTERWARDS = LATER + timedelta(minutes=1)
CLI = ProcessMark(host="here", pid=7, started="then")


async def _take_over(store: Store, owner: str, *, now: datetime = AFTERWARDS) -> list[Claimed]:
    async with store.transaction() as records:
        return await records.turns.take_over(a_claim(owner, now=now), limit=10)


async def _run_out(store: Store, owner: str = "one") -> None:
    async with store.transaction() as records:
        page = await records.sessions.page(limit=10)
        await records.leases.renew(owner, [one.id for one in page], until=AFTERWARDS)


async def _lease(store: Store, session_id: str) -> Lease | None:
    async with store.read() as records:
        session = await records.sessions.get(session_id)
    assert session is not None
    return session.lease


async def test_a_claim_takes_the_sessions_lease(store: Store) -> None:
    session, _ = await queued(store, "hello")
    claimed = await claim_one(store, "one")

    assert claimed is not None
    until = a_claim("one").until
    lease = Lease(session_id=session.id, owner="one", until=until, fence=1)
    assert claimed.session.lease == lease
    assert await _lease(store, session.id) == lease


async def test_every_claim_has_a_greater_fence(store: Store) -> None:
    _, (turn, _) = await queued(store, "one", "two")
    first = lease_of(await claim_one(store, "one"))
    async with store.transaction() as records:
        await records.turns.save(replace(turn, state=TurnState.DONE))
    second = lease_of(await claim_one(store, "one"))

    assert second.fence > first.fence


async def test_a_session_that_is_held_is_claimed_by_its_holder_only(store: Store) -> None:
    _, (turn, second) = await queued(store, "one", "two")
    await claim_one(store, "one")
    async with store.transaction() as records:
        await records.turns.save(replace(turn, state=TurnState.DONE))

    assert await claim_one(store, "two") is None
    claimed = await claim_one(store, "one")
    assert claimed is not None and claimed.turn.id == second.id


async def test_a_lease_given_back_is_anyones(store: Store) -> None:
    session, (turn, _) = await queued(store, "one", "two")
    lease = lease_of(await claim_one(store, "one"))
    async with store.transaction() as records:
        await records.turns.save(replace(turn, state=TurnState.DONE))
        await records.leases.release(lease)

    assert await _lease(store, session.id) is None
    assert await claim_one(store, "two") is not None


async def test_a_lease_that_was_lost_cannot_be_given_back(store: Store) -> None:
    session, _ = await queued(store, "hello")
    old = lease_of(await claim_one(store, "one"))
    await _run_out(store)
    [(_, taken)] = await _take_over(store, "two")
    async with store.transaction() as records:
        await records.leases.release(old)

    assert await _lease(store, session.id) == taken.lease


async def test_a_pool_is_served_by_its_own_workers(store: Store) -> None:
    async with store.transaction() as records:
        session = await records.sessions.add(
            chat=None, person_id=None, agent="a", workspace="/w", now=LATER, pool="gpu"
        )
        await records.turns.enqueue(a_turn(session))

    assert session.pool == "gpu"
    assert await claim_one(store, "one") is None
    async with store.transaction() as records:
        claim = replace(a_claim("one"), pool="gpu")
        assert len(await records.turns.claim(claim, limit=1)) == 1


async def test_the_holder_may_write(store: Store) -> None:
    session, _ = await queued(store, "hello")
    lease = lease_of(await claim_one(store, "one"))
    async with store.transaction() as records:
        held = await records.leases.hold(lease)

    assert (held.id, held.state) == (session.id, SessionState.RUNNING)


async def test_several_turns_are_begun_at_once_but_none_that_must_not(store: Store) -> None:
    for number in range(4):
        await queued(store, f"prompt {number}")
    claims = [await claim_one(store, "one") for _ in range(4)]
    (first, late, stopped, last) = [claim for claim in claims if claim is not None]
    old = replace(lease_of(late), fence=lease_of(late).fence - 1)
    async with store.transaction() as records:
        await records.turns.save(replace(stopped.turn, stop_requested=True))
        leases = {one.turn.id: lease_of(one) for one in (first, stopped, last)}
        begun = await records.turns.begin_some({**leases, late.turn.id: old})

        assert begun == {first.turn.id, last.turn.id}
        turns = [await records.turns.lock(one.turn.id) for one in (first, late, stopped, last)]
    assert [turn.reached_model for turn in turns] == [True, False, False, True]


async def test_a_turn_is_held_along_with_its_session(store: Store) -> None:
    session, [turn] = await queued(store, "hello")
    lease = lease_of(await claim_one(store, "one"))
    async with store.transaction() as records:
        held = await records.leases.hold_turn(lease, turn.id)
        assert held == (await records.turns.lock(turn.id), await records.leases.hold(lease))
    assert (held.turn.prompt, held.session.id) == ("hello", session.id)


async def test_only_a_turn_of_the_session_can_be_held_along_with_it(store: Store) -> None:
    await queued(store, "hello")
    lease = lease_of(await claim_one(store, "one"))
    _, [other] = await queued(store, "other")
    async with store.transaction() as records:
        for turn_id in (other.id, 99):
            with pytest.raises(NotFoundError):
                await records.leases.hold_turn(lease, turn_id)


async def test_several_turns_are_held_at_once_but_none_of_a_late_holder(store: Store) -> None:
    for number in range(3):
        await queued(store, f"prompt {number}")
    claims = [await claim_one(store, "one") for _ in range(3)]
    (first, late, last) = [claim for claim in claims if claim is not None]
    old = replace(lease_of(late), fence=lease_of(late).fence - 1)
    async with store.transaction() as records:
        leases = {one.turn.id: lease_of(one) for one in (first, last)}
        held = await records.leases.hold_some({**leases, late.turn.id: old, 99: old})

        assert held == {
            one.turn.id: await records.leases.hold_turn(lease_of(one), one.turn.id)
            for one in (first, last)
        }


async def test_a_late_holder_may_not(store: Store) -> None:
    await queued(store, "hello")
    late = lease_of(await claim_one(store, "one"))
    await _run_out(store)
    [(turn, taken)] = await _take_over(store, "two")

    async with store.transaction() as records:
        with pytest.raises(LeaseLostError):
            await records.leases.hold(late)
        with pytest.raises(LeaseLostError):
            await records.leases.hold_turn(late, turn.id)
        with pytest.raises(LeaseLostError):
            await records.turns.begin(turn.id, late)
        with pytest.raises(LeaseLostError):
            await records.leases.note_cli(late, CLI)
        assert (await records.leases.hold(lease_of((turn, taken)))).lease == taken.lease


async def test_a_lease_that_ran_out_is_good_until_someone_takes_it(store: Store) -> None:
    await queued(store, "hello")
    lease = lease_of(await claim_one(store, "one"))
    await _run_out(store)

    async with store.transaction() as records:
        assert (await records.leases.hold(lease)).id == lease.session_id


async def test_what_is_renewed_is_told(store: Store) -> None:
    for prompt in ("of one", "of one too", "of two"):
        await queued(store, prompt)
    mine = lease_of(await claim_one(store, "one"))
    forgotten = lease_of(await claim_one(store, "one"))
    others = lease_of(await claim_one(store, "two"))
    asked = (mine.session_id, others.session_id)
    async with store.transaction() as records:
        renewed = await records.leases.renew("one", asked, until=AFTERWARDS)
        nothing = await records.leases.renew("one", [], until=AFTERWARDS)

    assert (renewed, nothing) == ([replace(mine, until=AFTERWARDS)], [])
    assert await _lease(store, mine.session_id) == renewed[0]
    assert await _lease(store, forgotten.session_id) == forgotten
    assert await _lease(store, others.session_id) == others


async def test_a_running_turn_is_taken_over_when_its_lease_has_run_out(store: Store) -> None:
    session, _ = await queued(store, "hello")
    claimed = await claim_one(store, "one")
    assert claimed is not None
    before = await _take_over(store, "two", now=LATER)
    await _run_out(store)
    async with store.transaction() as records:
        await records.leases.note_cli(lease_of(claimed), CLI)
    after = await _take_over(store, "two")

    assert before == []
    [(turn, taken)] = after
    assert turn == claimed.turn
    assert (taken.id, taken.cli) == (session.id, CLI)
    assert lease_of(after[0]).owner == "two"


async def test_sessions_in_hand_are_not_taken_over(store: Store) -> None:
    mine, _ = await queued(store, "mine")
    left, _ = await queued(store, "left")
    for _ in range(2):
        await claim_one(store, "one")
    await _run_out(store)
    async with store.transaction() as records:
        claim = a_claim("one", now=AFTERWARDS)
        taken = await records.turns.take_over(claim, limit=10, but=[mine.id])

    assert [session.id for _, session in taken] == [left.id]


async def test_what_was_taken_over_is_not_taken_again(store: Store) -> None:
    await queued(store, "hello")
    await claim_one(store, "one")
    await _run_out(store)

    assert len(await _take_over(store, "two")) == 1
    assert await _take_over(store, "three") == []


async def test_idle_sessions_whose_prompts_wait_for_their_holder_are_found(store: Store) -> None:
    _, (turn, _) = await queued(store, "one", "two")
    lease = lease_of(await claim_one(store, "one"))
    await queued(store, "three", "four")
    await claim_one(store, "one")
    async with store.transaction() as records:
        await records.turns.save(replace(turn, state=TurnState.DONE))

    async with store.read() as records:
        assert await records.leases.waited_for("one") == [lease]
        assert await records.leases.waited_for("two") == []


async def test_all_leases_can_be_ended(store: Store) -> None:
    await queued(store, "hello")
    lease = lease_of(await claim_one(store, "one"))
    async with store.transaction() as records:
        await records.leases.break_all(LATER)
        taken = await records.turns.take_over(a_claim("two", now=LATER), limit=10)

    assert [session.id for _, session in taken] == [lease.session_id]


async def test_beginning_is_noted_unless_a_stop_was_asked_for(store: Store) -> None:
    _, (turn,) = await queued(store, "hello")
    claimed = await claim_one(store, "one")
    assert claimed is not None
    async with store.transaction() as records:
        began = await records.turns.begin(turn.id, lease_of(claimed))
        noted = await records.turns.lock(turn.id)
        await records.turns.save(replace(claimed.turn, stop_requested=True))
        stopped = await records.turns.begin(turn.id, lease_of(claimed))
        after = await records.turns.lock(turn.id)

    assert (began, noted.reached_model) == (True, True)
    assert (stopped, after.reached_model) == (False, False)
