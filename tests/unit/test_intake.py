"""Stored webhook events: each handled once, whole, in its order."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator_core.incoming import Ignored
from orchestrator_core.model import (
    InboxState,
    Language,
    Person,
    Role,
)
from orchestrator_core.ports import Profile, Topic
from tests.core import Core, token
from tests.fakes.messenger import FakeMessenger
from tests.intakes import prompts, states
from tests.people import GROUP, HOME, OTHER_OWNER, OWNER, STRANGER, says
from tests.samples import an_event
from tests.waiting import going, until


async def test_events_are_handled_once_and_in_order() -> None:
    core = Core()
    await core.receive(says("one"), says("two"), says("three"))
    intake = core.intake()
    first = await intake.handle_new()
    second = await intake.handle_new()

    assert (first, second) == (True, False)
    assert await prompts(core) == ["one", "two", "three"]
    assert states(core) == [InboxState.DONE] * 3
    assert core.metrics.times("inbox_events", state="done") == 3


async def test_an_event_handled_meanwhile_is_left_alone() -> None:
    core = Core()
    await core.receive(says("once"))
    intake = core.intake()
    await asyncio.gather(intake.handle_new(), intake.handle_new())

    assert await prompts(core) == ["once"]


async def test_an_unreadable_event_is_marked_and_hurts_no_other() -> None:
    core = Core()
    await core.store.take_in([an_event(payload="strange")])
    await core.receive(says("fine"))
    await core.intake().handle_new()

    assert states(core) == [InboxState.UNREADABLE, InboxState.DONE]
    assert await prompts(core) == ["fine"]


async def test_what_is_not_for_us_is_ignored() -> None:
    core = Core()
    payload = core.reader.means(Ignored(kind="standby"))  # as when another bot has the floor
    await core.store.take_in([an_event(payload=payload)])
    await core.intake().handle_new()

    assert states(core) == [InboxState.IGNORED]
    assert await core.deliveries() == []


async def test_a_stranger_gets_one_code_and_no_session() -> None:
    core = Core()
    for text in ("/new let me in", "please"):
        await core.receive(says(text, person_id=STRANGER))
    await core.intake().handle_new()

    [card, text, again] = await core.texts()
    assert card == "Somebody asks to be let in"
    assert text.startswith("Hello. I do not know you yet.")
    assert text.endswith(STRANGER)
    assert again.startswith("I can do nothing for you until an owner lets you in.")
    async with core.store.read() as records:
        assert await records.sessions.page(limit=1) == []
        assert await records.turns.running() == []
    assert core.metrics.times("refused_people") == 2


async def test_a_stranger_in_a_group_is_not_answered_at_all() -> None:
    core = Core()
    await core.receive(says("/new let me in", person_id=STRANGER, chat=GROUP))
    await core.intake().handle_new()

    assert await core.deliveries() == []
    assert states(core) == [InboxState.DONE]


@pytest.mark.parametrize(
    ("profile", "text", "language"),
    [
        ("ja", "hello", Language.JAPANESE),
        ("en", "こんにちは", Language.ENGLISH),
        (None, "こんにちは", Language.JAPANESE),
        (None, "hello", Language.ENGLISH),
    ],
)
async def test_a_person_s_language_is_their_profile_s_or_guessed(
    profile: str | None, text: str, language: Language
) -> None:
    messenger = FakeMessenger(profiles={OWNER: Profile(display_name="H", language=profile)})
    core = Core(messenger=messenger)
    await core.receive(says(text))
    await core.intake().handle_new()

    async with core.store.read() as records:
        person = await records.people.get(OWNER)
    assert person == Person(id=OWNER, role=Role.OWNER, language=language, shown_name="H")


async def test_an_error_is_told_in_the_person_s_language_with_its_buttons() -> None:
    core = Core()
    await core.know(OWNER, Language.JAPANESE)
    await core.receive(says("/use 9"), says("/nwe x"))
    await core.intake().handle_new()

    said = [message for mail in await core.deliveries() for message in mail.messages]
    assert "というセッションは見つかりません" in said[0]["text"]
    assert said[1]["buttons"] == {"/new": "/new x"}


async def test_an_answer_may_use_the_event_s_reply_token() -> None:
    core = Core()
    reply = token(core)
    await core.receive(says("/help", reply_token=reply))
    await core.intake().handle_new()

    [delivery] = await core.deliveries()
    assert delivery.reply_token == reply
    assert delivery.chat_id == HOME.id


async def test_a_ring_wakes_it_and_what_it_writes_rings_on() -> None:
    core = Core()
    async with going(core.intake().run()):
        await asyncio.sleep(0)
        await core.receive(says("hello"), says("/help"))
        core.wakeups.ring(Topic.INBOX)
        await until(lambda: core.metrics.times("inbox_events", state="done") == 2)

    assert {Topic.TURNS, Topic.DELIVERIES} <= set(core.wakeups.rung)


async def test_two_owners_have_chats_of_their_own() -> None:
    core = Core(owners=frozenset({OWNER, OTHER_OWNER}))
    await core.receive(says("mine"), says("yours", person_id=OTHER_OWNER))
    await core.intake().handle_new()

    async with core.store.read() as records:
        sessions = await records.sessions.page(limit=5)
    assert {session.person_id: session.name for session in sessions} == {
        OWNER: "mine",
        OTHER_OWNER: "yours",
    }
