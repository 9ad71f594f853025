"""What every Pairings promises, and People of those who were let in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import (
    Chat,
    ChatKind,
    Language,
    NewPairing,
    NewTurn,
    Pairing,
    PairingState,
    Person,
    Role,
    TurnState,
)
from orchestrator_core.ports import Records, Store
from tests.fakes.clock import NOON
from tests.samples import add_session

HOUR = timedelta(hours=1)
LONG_AGO = NOON - timedelta(days=3)


def asked(person_id: str = "U1", *, after: timedelta = timedelta()) -> NewPairing:
    made = NOON + after
    return NewPairing(person_id=person_id, mark="a" * 64, created_at=made, expires_at=made + HOUR)


def someone(person_id: str, role: Role = Role.STRANGER) -> Person:
    return Person(id=person_id, role=role, language=Language.ENGLISH)


async def test_a_code_that_was_added_waits(store: Store) -> None:
    async with store.transaction() as records:
        added = await records.pairings.add(asked())

    assert added == Pairing(
        id=added.id, person_id="U1", mark="a" * 64, created_at=NOON, expires_at=NOON + HOUR
    )
    async with store.read() as records:
        assert await records.pairings.recent(LONG_AGO, limit=5) == [added]


async def test_a_decision_comes_back(store: Store) -> None:
    async with store.transaction() as records:
        added = await records.pairings.add(asked())
        accepted = PairingState.ACCEPTED
        decided = replace(added, state=accepted, decided_by="U-owner", decided_at=NOON)
        await records.pairings.save(decided)

    async with store.transaction() as records:
        assert await records.pairings.lock(added.id) == decided


async def test_a_code_that_is_not_there_is_not_found(store: Store) -> None:
    async with store.transaction() as records:
        with pytest.raises(NotFoundError):
            await records.pairings.lock(7)


async def test_recent_codes_come_newest_first_and_no_more_than_asked_for(store: Store) -> None:
    async with store.transaction() as records:
        made = [
            await records.pairings.add(asked(f"U{n}", after=timedelta(minutes=n)))
            for n in range(4)
        ]
        recent = await records.pairings.recent(NOON, limit=2)

    assert recent == [made[3], made[2]]


async def test_a_person_s_codes_are_their_own_and_recent(store: Store) -> None:
    async with store.transaction() as records:
        await records.pairings.add(asked())
        await records.pairings.add(asked("U2", after=HOUR))
        mine = await records.pairings.add(asked(after=HOUR))

        assert await records.pairings.of_person("U1", NOON) == [mine]


async def test_only_codes_that_can_still_be_accepted_wait(store: Store) -> None:
    async with store.transaction() as records:
        await records.pairings.add(asked(after=-HOUR))
        refused = await records.pairings.add(asked())
        await records.pairings.save(replace(refused, state=PairingState.REFUSED))
        waiting = await records.pairings.add(asked())

        assert await records.pairings.waiting(NOON, limit=5) == [waiting]
        assert await records.pairings.waiting(NOON, limit=0) == []


async def test_wrong_codes_are_counted_per_actor_and_since_a_time(store: Store) -> None:
    async with store.transaction() as records:
        for after in (timedelta(), HOUR, HOUR):
            await records.pairings.note_attempt("U-owner", NOON + after)
        await records.pairings.note_attempt("api", NOON + HOUR)

        assert await records.pairings.attempts("U-owner", NOON) == 2
        assert await records.pairings.attempts("nobody", NOON) == 0


async def test_what_is_old_is_forgotten_and_the_rest_kept(store: Store) -> None:
    async with store.transaction() as records:
        await records.pairings.add(asked(after=-HOUR))
        kept = await records.pairings.add(asked())
        for when in (NOON - HOUR, NOON):
            await records.pairings.note_attempt("api", when)
        await records.pairings.forget(NOON)

        assert await records.pairings.recent(LONG_AGO, limit=5) == [kept]
        assert await records.pairings.attempts("api", LONG_AGO) == 1


async def test_all_that_is_known_of_a_person_comes_back(store: Store) -> None:
    person = replace(
        someone("U1", Role.VIEWER),
        granted=Role.VIEWER,
        name="Haru \N{SNOWMAN}",
        invited_by="U-owner",
        revoked_at=NOON,
    )
    async with store.transaction() as records:
        await records.people.save(someone("U1"))
        await records.people.save(person)

    async with store.transaction() as records:
        assert await records.people.get("U1") == person
        assert await records.people.lock("U1") == person
        assert await records.people.lock("U2") is None


async def test_known_are_those_with_a_role_or_without_one_any_more(store: Store) -> None:
    revoked = replace(someone("U4"), revoked_at=NOON)
    others = [someone("U3", Role.OWNER), someone("U1", Role.OPERATOR), someone("U2", Role.VIEWER)]
    async with store.transaction() as records:
        for person in [someone("U0"), revoked, *others]:
            await records.people.save(person)
        known = await records.people.known(limit=9)
        first = await records.people.known(limit=1)

    assert [person.id for person in known] == ["U1", "U2", "U3", "U4"]
    assert [person.id for person in first] == ["U1"]


async def a_turn(records: Records, session_id: str, person_id: str, state: TurnState) -> int:
    turn = NewTurn(
        session_id=session_id,
        prompt="hello",
        created_at=NOON,
        chat=Chat(id=person_id, kind=ChatKind.USER),
        person_id=person_id,
    )
    stored, _ = await records.turns.enqueue(turn)
    await records.turns.save(replace(stored, state=state))
    return stored.id


async def test_open_turns_of_a_person_are_in_the_order_sessions_are_locked_in(
    store: Store,
) -> None:
    async with store.transaction() as records:
        sessions = [await add_session(records) for _ in range(2)]
        one, two = sorted(session.id for session in sessions)
        later = await a_turn(records, two, "U1", TurnState.QUEUED)
        running = await a_turn(records, one, "U1", TurnState.RUNNING)
        held = await a_turn(records, one, "U1", TurnState.HELD)
        await a_turn(records, one, "U1", TurnState.DONE)
        await a_turn(records, one, "U2", TurnState.QUEUED)
        found = await records.people.open_turns("U1")

    assert found == [(one, running), (one, held), (two, later)]
