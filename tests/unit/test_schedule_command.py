"""`/schedule`: made, shown, paused, resumed, deleted, and whose they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import Unsent
from orchestrator_core.messages import Card, Message
from orchestrator_core.model import AuditAction, ScheduleState
from orchestrator_core.schedules import MOST, MOST_CHARACTERS
from tests.admitted import OPERATOR, town
from tests.core import Core
from tests.people import GROUP, HOME, OTHER_OWNER, OWNER, says
from tests.schedules import DAILY, asked, schedules
from tests.unit.test_intake_chats import handle


async def card_of(core: Core, said: str) -> Card:
    [card] = await core.answers(said)
    assert isinstance(card, Card)
    return card


def facts(card: Card) -> dict[str, str]:
    return {fact.label: fact.value for fact in card.facts}


def commands(message: Message) -> list[str | None]:
    return [button.command for button in message.buttons]


async def key_of_refusal(core: Core, said: str) -> str:
    with pytest.raises(PersonError) as caught:
        await core.answers(said)
    return caught.value.key


async def test_one_is_made_for_the_current_session_and_shown() -> None:
    core = Core()
    session = await core.session()
    card = await card_of(core, DAILY)
    [made] = await schedules(core.store)

    assert (made.session_id, made.prompt, made.said) == (
        session.id,
        "run the tests",
        "every day 9:00",
    )
    assert (made.chat, made.person_id) == (HOME, OWNER)
    assert card.title == "Schedule #1"
    assert card.text == "run the tests"
    assert facts(card) == {
        "Session": "#1",
        "When": "every day 9:00 (Asia/Tokyo)",
        "Next": "2030-01-02 09:00",
    }
    assert commands(card) == ["/schedule pause 1", "/schedule delete 1", "/schedule"]
    assert await asked(core.store) == []


async def test_without_a_session_one_is_started_for_it() -> None:
    core = Core()
    await core.answers(DAILY)
    [made] = await schedules(core.store)

    assert (await core.read_session(made.session_id)).chat == HOME


@pytest.mark.parametrize("said", ["run the tests", "every day 9:00", "every day 25:00 x"])
async def test_what_cannot_be_read_makes_nothing(said: str) -> None:
    core = Core()
    key = await key_of_refusal(core, f"/schedule {said}")

    assert key in {"schedule.unclear", "schedule.no_prompt", "schedule.bad_time"}
    assert await schedules(core.store) == []
    async with core.store.read() as records:
        assert await records.sessions.page(limit=5) == []


async def test_the_list_shows_each_with_its_next_time() -> None:
    core = Core()
    await core.answers(DAILY)
    await core.answers("/予定 平日18時に日報を書いて")
    await core.answers("/schedule pause 1")
    [said] = await core.answers("/schedule")

    assert said.text.splitlines()[2:] == [
        "#1 every day 9:00 · paused · run the tests",
        "#2 平日18時 · 2030-01-02 18:00 · 日報を書いて",
    ]
    assert commands(said) == ["/schedule 1", "/schedule 2"]


async def test_with_none_it_says_what_can_be_written() -> None:
    said = await Core().only_answer("/schedule")

    assert "/schedule every weekday 9:00 run the tests" in said


@pytest.mark.parametrize("said", ["/schedule pause 1", "/schedule 1 pause", "/予定 停止 #1"])
async def test_a_paused_one_has_no_next_time_and_goes_on_when_resumed(said: str) -> None:
    core = Core()
    await core.answers(DAILY)
    paused = await card_of(core, said)
    [stored] = await schedules(core.store)
    core.clock.advance(timedelta(days=3))
    resumed = await card_of(core, "/schedule resume 1")

    assert (stored.state, stored.next_at) == (ScheduleState.PAUSED, None)
    assert facts(paused)["Next"] == "paused"
    assert commands(paused)[0] == "/schedule resume 1"
    assert facts(resumed)["Next"] == "2030-01-05 09:00"


async def test_pausing_and_resuming_twice_changes_nothing_more() -> None:
    core = Core()
    await core.answers(DAILY)
    for said in ("pause 1", "pause 1", "resume 1", "resume 1"):
        await core.answers(f"/schedule {said}")
    actions = [entry.action for entry in core.store.audit_entries]

    assert actions.count(AuditAction.SCHEDULE_PAUSE) == 1
    assert actions.count(AuditAction.SCHEDULE_RESUME) == 1


async def test_a_deleted_one_is_gone_and_can_be_written_again_from_what_is_said() -> None:
    core = Core()
    await core.answers(DAILY)
    said = await core.only_answer("/schedule delete 1")

    assert said == "Deleted: every day 9:00 run the tests"
    assert await schedules(core.store) == []


async def test_one_whose_time_went_by_while_it_was_paused_cannot_go_on() -> None:
    core = Core()
    await core.answers("/schedule in 2 hours check")
    await core.answers("/schedule pause 1")
    core.clock.advance(timedelta(hours=3))

    assert await key_of_refusal(core, "/schedule resume 1") == "schedule.gone_by"


@pytest.mark.parametrize("reference", ["2", "#9", "99999999999999999999", "pause 2", "delete x"])
async def test_one_that_is_not_there_is_not_found(reference: str) -> None:
    core = Core()
    await core.answers(DAILY)

    assert await key_of_refusal(core, f"/schedule {reference}") == "schedule.no_such"


async def test_others_have_no_part_in_it_but_owners_see_and_stop_everybody_s() -> None:
    here = await town()
    await here.say(OPERATOR, DAILY)
    [theirs] = await here.say(OTHER_OWNER, "/schedule")
    [shown] = await here.say(OWNER, "/schedule 1")
    await here.say(OWNER, DAILY)
    [refused] = await here.say(OPERATOR, "/schedule delete 2")
    await here.say(OWNER, "/schedule delete 1")

    assert theirs.startswith("Nothing is scheduled here.")
    assert shown == "run the tests"
    assert refused == "There is no schedule “2” of yours."
    assert [one.id for one in await schedules(here.core.store)] == [2]


async def test_in_a_group_only_what_is_asked_there_is_listed() -> None:
    core = Core()
    await core.answers("/schedule every day 9:00 my secret")
    await core.answers("/schedule every day 9:00 our work", chat=GROUP)
    [in_group] = await core.answers("/schedule", chat=GROUP)
    [at_home] = await core.answers("/schedule")

    assert "secret" not in in_group.text
    assert "our work" in in_group.text
    assert "secret" in at_home.text


async def test_a_person_s_number_of_them_is_bounded() -> None:
    core = Core()
    for _ in range(MOST):
        await core.answers(DAILY)

    assert await key_of_refusal(core, DAILY) == "schedule.too_many"
    assert len(await schedules(core.store)) == MOST


async def test_what_is_to_be_asked_is_bounded() -> None:
    long = "x" * (MOST_CHARACTERS + 1)

    assert await key_of_refusal(Core(), f"/schedule every day 9:00 {long}") == "prompt.too_long"


async def test_a_person_s_own_zone_counts_once_it_is_set() -> None:
    core = Core()
    await core.know()
    before = await core.only_answer("/schedule zone")
    said = await core.only_answer("/予定 タイムゾーン europe/berlin")
    card = await card_of(core, DAILY)

    assert "Asia/Tokyo" in before
    assert "Europe/Berlin" in said
    assert facts(card)["When"] == "every day 9:00 (Europe/Berlin)"
    assert "Europe/Berlin" in await core.only_answer("/schedule zone")


async def test_a_zone_of_no_name_is_refused() -> None:
    assert await key_of_refusal(Core(), "/schedule zone Mars") == "schedule.zone_unknown"


async def test_what_a_person_does_is_in_the_audit() -> None:
    core = Core()
    await core.answers(DAILY)
    for verb in ("pause", "resume", "delete"):
        await core.answers(f"/schedule {verb} 1")
    told = [
        (entry.actor, entry.action, entry.detail)
        for entry in core.store.audit_entries
        if entry.action.startswith("schedule.")
    ]

    assert told == [
        (OWNER, f"schedule.{what}", {"schedule_id": 1})
        for what in ("add", "pause", "resume", "delete")
    ]


async def test_a_schedule_goes_with_the_message_that_made_it() -> None:
    core = Core()
    await handle(core, replace(says(DAILY), message_id="m"), says(DAILY))
    await handle(core, Unsent(chat=HOME, message_id="m"))

    assert [one.message_id for one in await schedules(core.store)] == [None]
