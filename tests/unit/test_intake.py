"""Stored webhook events: each handled once, whole, in its order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from orchestrator_core.errors import NotFoundError
from orchestrator_core.incoming import FromPerson, Ignored, TextSaid
from orchestrator_core.intake import MOST_FAILURES, Intake
from orchestrator_core.messages import Message, Say
from orchestrator_core.model import (
    InboxEvent,
    InboxState,
    Language,
    Person,
    Role,
)
from orchestrator_core.ports import Profile, Records, Topic
from tests.core import Core, token
from tests.fakes.messenger import FakeMessenger
from tests.people import GROUP, HOME, OTHER_OWNER, OWNER, STRANGER, says
from tests.samples import an_event
from tests.waiting import going, until


@dataclass
class Stumbling:
    """A conversation that does its work and then fails, as often as it is told to."""

    core: Core
    fails: Callable[[str], bool]
    heard: list[str] = field(default_factory=list)

    async def answer(
        self, records: Records, person: Person, said: FromPerson, *, now: object
    ) -> list[Message]:
        assert isinstance(said, TextSaid)
        self.heard.append(said.text)
        answer = await self.core.router.answer(records, person, said, now=self.core.clock.now())
        if self.fails(said.text):
            raise RuntimeError("in the middle")
        return [*answer, Say(text=f"heard {said.text}")]


def with_conversation(core: Core, conversation: Stumbling) -> Intake:
    return replace(core.intake(), conversation=conversation)


async def inbox(core: Core) -> list[InboxEvent]:
    async with core.store.read() as records:
        found = []
        for number in range(1, 100):
            try:
                found.append(await records.inbox.lock(number))
            except NotFoundError:
                break
        return found


async def states(core: Core) -> list[InboxState]:
    return [event.state for event in await inbox(core)]


async def prompts(core: Core) -> list[str]:
    async with core.store.read() as records:
        sessions = await records.sessions.page(limit=50)
        found = [turn for one in sessions for turn in await records.turns.open_of(one.id)]
    return [turn.prompt for turn in sorted(found, key=lambda turn: turn.id)]


async def test_events_are_handled_once_and_in_order() -> None:
    core = Core()
    await core.receive(says("one"), says("two"), says("three"))
    intake = core.intake()
    first = await intake.handle_new()
    second = await intake.handle_new()

    assert (first, second) == (True, False)
    assert await prompts(core) == ["one", "two", "three"]
    assert await states(core) == [InboxState.DONE] * 3
    assert core.metrics.times("inbox_events", state="done") == 3


async def test_an_event_handled_meanwhile_is_left_alone() -> None:
    core = Core()
    await core.receive(says("once"))
    intake = core.intake()
    await asyncio.gather(intake.handle_new(), intake.handle_new())

    assert await prompts(core) == ["once"]


async def test_what_an_event_causes_is_written_with_it_or_not_at_all() -> None:
    core = Core()
    await core.receive(says("/new"), says("fails"))
    stumbling = Stumbling(core, lambda text: text == "fails")
    await with_conversation(core, stumbling).handle_new()

    assert await prompts(core) == []
    assert "heard fails" not in await core.texts()
    assert (await states(core))[1] is InboxState.NEW


async def test_an_event_that_keeps_failing_is_put_aside_with_an_apology() -> None:
    core = Core()
    await core.know()
    await core.receive(replace(says("fails"), reply_token=token(core)), says("works"))
    stumbling = Stumbling(core, lambda text: text == "fails")
    intake = with_conversation(core, stumbling)
    for _ in range(MOST_FAILURES + 1):
        await intake.handle_new()

    assert await states(core) == [InboxState.FAILED, InboxState.DONE]
    assert stumbling.heard.count("fails") == MOST_FAILURES
    assert (await core.texts())[0].startswith("Something went wrong with your last message")
    assert (await core.texts())[1:] == ["heard works"]


async def test_even_the_first_message_of_an_owner_gets_its_apology() -> None:
    core = Core()
    await core.receive(says("失敗しました"))
    intake = with_conversation(core, Stumbling(core, bool))
    for _ in range(MOST_FAILURES):
        await intake.handle_new()

    [text] = await core.texts()
    assert await states(core) == [InboxState.FAILED]
    assert "もう一度" in text


async def test_a_later_message_of_the_chat_does_not_overtake_one_that_failed() -> None:
    core = Core()
    await core.know()
    await core.receive(says("first"), says("second"), says("other", person_id=STRANGER))
    failures = [True]
    stumbling = Stumbling(core, lambda text: text == "first" and bool(failures))
    intake = with_conversation(core, stumbling)
    await intake.handle_new()
    after_the_failure = await states(core)
    failures.clear()
    await intake.handle_new()

    assert after_the_failure == [InboxState.NEW, InboxState.NEW, InboxState.DONE]
    assert await prompts(core) == ["first", "second"]


async def test_while_nothing_can_be_written_it_waits_instead_of_spinning() -> None:
    """A full disk: reading works, writing does not."""
    core = Core()
    await core.receive(says("hello"))
    core.store.error = OSError("no space left")
    intake = core.intake()
    in_trouble = await intake.handle_new()
    core.store.error = None
    await intake.handle_new()

    assert not in_trouble
    assert await prompts(core) == ["hello"]


async def test_an_unreadable_event_is_marked_and_hurts_no_other() -> None:
    core = Core()
    await core.store.take_in([an_event(payload="strange")])
    await core.receive(says("fine"))
    await core.intake().handle_new()

    assert await states(core) == [InboxState.UNREADABLE, InboxState.DONE]
    assert await prompts(core) == ["fine"]


async def test_what_is_not_for_us_is_ignored() -> None:
    core = Core()
    payload = core.reader.means(Ignored(kind="standby"))  # as when another bot has the floor
    await core.store.take_in([an_event(payload=payload)])
    await core.intake().handle_new()

    assert await states(core) == [InboxState.IGNORED]
    assert await core.deliveries() == []


async def test_a_stranger_gets_one_polite_refusal_and_no_session() -> None:
    core = Core()
    for text in ("/new let me in", "please"):
        await core.receive(says(text, person_id=STRANGER))
    await core.intake().handle_new()

    [text] = await core.texts()
    assert text.startswith("Sorry, I only take orders from my owners.")
    assert text.endswith(STRANGER)
    async with core.store.read() as records:
        assert await records.sessions.page(limit=1) == []
        assert await records.turns.running() == []
    assert core.metrics.times("refused_people") == 1


async def test_a_stranger_in_a_group_is_not_answered_at_all() -> None:
    core = Core()
    await core.receive(says("/new let me in", person_id=STRANGER, chat=GROUP))
    await core.intake().handle_new()

    assert await core.deliveries() == []
    assert await states(core) == [InboxState.DONE]


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
    assert person == Person(id=OWNER, role=Role.OWNER, language=language)


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
