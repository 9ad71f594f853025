"""What every Schedules promises, and People of the zone of those who make some."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from orchestrator_core.model import (
    Chat,
    ChatKind,
    Language,
    NewSchedule,
    Person,
    Role,
    Schedule,
    ScheduleState,
    Timing,
)
from orchestrator_core.ports import Records, Store
from tests.fakes.clock import NOON

HOUR = timedelta(hours=1)
HOME = Chat(id="U1", kind=ChatKind.USER)
DAILY = Timing(cron="0 9 * * *", zone="Asia/Tokyo")


def a_schedule(
    *, person_id: str | None = "U1", next_at: datetime = NOON, message_id: str | None = None
) -> NewSchedule:
    return NewSchedule(
        session_id="s" * 32,
        prompt="run the tests",
        said="every day 9:00",
        timing=DAILY,
        created_at=NOON,
        next_at=next_at,
        chat=Chat(id=person_id, kind=ChatKind.USER) if person_id else None,
        person_id=person_id,
        message_id=message_id,
    )


async def save(records: Records, schedule: Schedule, state: ScheduleState) -> Schedule:
    changed = replace(schedule, state=state, next_at=None)
    await records.schedules.save(changed)
    return changed


async def test_all_of_a_new_one_comes_back(store: Store) -> None:
    async with store.transaction() as records:
        added = await records.schedules.add(replace(a_schedule(), message_id="m", chat=HOME))

    assert added == Schedule(
        id=added.id,
        session_id="s" * 32,
        prompt="run the tests",
        said="every day 9:00",
        timing=DAILY,
        created_at=NOON,
        chat=HOME,
        person_id="U1",
        message_id="m",
        state=ScheduleState.ACTIVE,
        next_at=NOON,
    )
    async with store.transaction() as records:
        assert await records.schedules.get(added.id) == added
        assert await records.schedules.lock(added.id) == added


async def test_one_that_comes_once_and_from_the_api_comes_back_too(store: Store) -> None:
    timing = Timing(at=NOON + HOUR, zone="Europe/Berlin")
    new = replace(a_schedule(person_id=None), timing=timing, said="1時間後 \N{SNOWMAN}")
    async with store.transaction() as records:
        added = await records.schedules.add(new)

    assert (added.timing, added.said) == (timing, "1時間後 \N{SNOWMAN}")
    assert (added.chat, added.person_id) == (None, None)


async def test_one_that_is_not_there_is_none(store: Store) -> None:
    async with store.transaction() as records:
        assert await records.schedules.get(7) is None
        assert await records.schedules.lock(7) is None


async def test_state_and_times_are_saved_and_nothing_else(store: Store) -> None:
    async with store.transaction() as records:
        added = await records.schedules.add(a_schedule())
        changed = replace(
            added,
            state=ScheduleState.PAUSED,
            next_at=None,
            last_at=NOON,
            last_turn_id=7,
            skipped_at=NOON + HOUR,
        )
        await records.schedules.save(replace(changed, prompt="other"))

    async with store.read() as records:
        assert await records.schedules.get(added.id) == changed


async def test_a_deleted_one_is_gone_and_its_id_is_not_given_again(store: Store) -> None:
    async with store.transaction() as records:
        added = await records.schedules.add(a_schedule())
        await records.schedules.delete(added.id)
        another = await records.schedules.add(a_schedule())

        assert await records.schedules.get(added.id) is None
        assert another.id > added.id


async def test_due_are_active_ones_whose_time_has_come_the_longest_due_first(
    store: Store,
) -> None:
    async with store.transaction() as records:
        now = await records.schedules.add(a_schedule())
        before = await records.schedules.add(a_schedule(next_at=NOON - HOUR))
        await records.schedules.add(a_schedule(next_at=NOON + HOUR))
        paused = await records.schedules.add(a_schedule())
        await save(records, paused, ScheduleState.PAUSED)

        assert await records.schedules.due(NOON, limit=5) == [before, now]
        assert await records.schedules.due(NOON, limit=1) == [before]
        assert await records.schedules.due(NOON - 2 * HOUR, limit=5) == []


@pytest.mark.parametrize("person_id", ["U1", None])
async def test_everybody_has_their_own_and_the_api_has_its(
    store: Store, person_id: str | None
) -> None:
    async with store.transaction() as records:
        first = await records.schedules.add(a_schedule(person_id=person_id))
        await records.schedules.add(a_schedule(person_id="U2"))
        second = await records.schedules.add(a_schedule(person_id=person_id))

        assert await records.schedules.of_person(person_id, limit=5) == [first, second]
        assert await records.schedules.of_person(person_id, limit=1) == [first]


async def test_pages_go_from_the_newest_back(store: Store) -> None:
    async with store.transaction() as records:
        first, second, third = [await records.schedules.add(a_schedule()) for _ in range(3)]

        assert await records.schedules.page(limit=2) == [third, second]
        assert await records.schedules.page(limit=2, before_id=second.id) == [first]


async def test_a_person_s_are_revoked_and_nobody_else_s(store: Store) -> None:
    async with store.transaction() as records:
        active = await records.schedules.add(a_schedule())
        paused = await save(
            records, await records.schedules.add(a_schedule()), ScheduleState.PAUSED
        )
        left = await save(records, await records.schedules.add(a_schedule()), ScheduleState.LEFT)
        other = await records.schedules.add(a_schedule(person_id="U2"))
        await records.schedules.revoke("U1")

        revoked = ScheduleState.REVOKED
        assert await records.schedules.of_person("U1", limit=5) == [
            replace(active, state=revoked, next_at=None),
            replace(paused, state=revoked),
            left,
        ]
        assert await records.schedules.get(other.id) == other


async def test_what_a_message_made_goes_with_it(store: Store) -> None:
    async with store.transaction() as records:
        made = await records.schedules.add(a_schedule(message_id="m"))
        other_chat = await records.schedules.add(a_schedule(person_id="U2", message_id="m"))
        other = await records.schedules.add(a_schedule(message_id="n"))
        await records.schedules.delete_of_message("U1", "m")

        assert await records.schedules.get(made.id) is None
        assert await records.schedules.page(limit=5) == [other, other_chat]


async def test_a_person_s_zone_comes_back(store: Store) -> None:
    person = Person(id="U1", role=Role.OWNER, language=Language.ENGLISH, zone="America/New_York")
    async with store.transaction() as records:
        await records.people.save(replace(person, zone=None))
        await records.people.save(person)

        assert await records.people.get("U1") == person
