"""What is said to whoever asks to be let in, and to the owners about them."""

from __future__ import annotations

import pytest

from orchestrator_core.gate import MOST_MEETING
from orchestrator_core.model import InboxState
from orchestrator_core.pairing import ALPHABET, LIFE, MOST_WRONG, shown
from orchestrator_core.ports import Profile
from tests.admitted import Town, town
from tests.core import Core
from tests.fakes.messenger import FakeMessenger
from tests.intakes import going_process, states
from tests.people import GROUP, OWNER, STRANGER, says
from tests.waiting import until

UNKNOWN = "I know no such code."
WAIT = "I can do nothing for you until an owner lets you in. Tell one of them the code above."
REFUSAL = "Sorry, I only take orders from people my owners have let in."


async def knocked() -> tuple[Town, str]:
    """Somebody who was given a code."""
    here = await town()
    await here.say(STRANGER, "hello")
    return here, here.core.codes[-1]


def wrong(number: int) -> str:
    """A code that nobody has."""
    return "2" * 7 + ALPHABET[number % len(ALPHABET)]


async def test_while_a_code_is_good_it_is_said_once_that_somebody_must_let_them_in() -> None:
    here, _ = await knocked()
    meanwhile = [await here.say(STRANGER, said) for said in ("/status", "/help", "hello?")]
    here.core.clock.advance(LIFE)
    later = await here.say(STRANGER, "hello?")

    assert meanwhile == [[WAIT], [], []]
    assert shown(here.core.codes[1]) in later[0]


async def test_each_code_has_its_own_word_about_waiting() -> None:
    here, _ = await knocked()
    await here.say(STRANGER, "/status")
    here.core.clock.advance(LIFE)
    await here.say(STRANGER, "hello?")

    assert await here.say(STRANGER, "/status") == [WAIT]


async def test_whoever_was_told_to_wait_is_told_no_when_they_are_refused() -> None:
    here, code = await knocked()
    await here.say(STRANGER, "/status")
    await here.say(OWNER, f"/pair {code} refuse")

    assert await here.say(STRANGER, "please") == [REFUSAL]


@pytest.mark.parametrize("typed", ["/pair ABCD-EFGH", "/pair 22222222 as viewer"])
async def test_a_wrong_code_is_said_to_be_wrong_before_anything_is_asked(typed: str) -> None:
    here, _ = await knocked()

    assert (await here.say(OWNER, typed))[0].startswith(UNKNOWN)


async def test_a_code_cannot_be_tried_out_by_only_asking_about_it() -> None:
    here, code = await knocked()
    for number in range(MOST_WRONG):
        await here.say(OWNER, f"/pair {wrong(number)}")
    [right] = await here.say(OWNER, f"/pair {code}")

    assert right.startswith("Too many wrong codes.")


def shown_as(name: str, *people: str) -> Core:
    profile = Profile(display_name=name, language="ja")
    messenger = FakeMessenger(profiles=dict.fromkeys(people or [STRANGER], profile))
    return Core(messenger=messenger)


async def test_the_owners_card_has_the_name_that_a_stranger_shows_beside_a_short_id() -> None:
    core = shown_as("Haru\nTanaka")
    intake = await going_process(core, core.router)
    await core.receive(says("hello", person_id=STRANGER))
    at_first = await intake.handle_new()
    await until(lambda: not core.gate.is_meeting(STRANGER, now=core.clock.now()))
    await intake.handle_new()
    [card] = [one for one in core.renderer.shown if one.text.startswith("Let them in only")]
    async with core.store.read() as records:
        person = await records.people.get(STRANGER)

    assert at_first is False
    assert [fact.value for fact in getattr(card, "facts", ())][1] == "Haru Tanaka (U-strange)"
    assert person is not None and person.language == "ja"


async def test_nobody_else_waits_while_a_stranger_s_name_is_asked_for() -> None:
    core = shown_as("Haru")
    await core.know(OWNER)
    intake = await going_process(core, core.router)
    await core.receive(says("hello", person_id=STRANGER), says("/status"))
    await intake.handle_new()

    assert states(core) == [InboxState.NEW, InboxState.DONE]


async def test_when_many_strangers_come_at_once_the_others_are_not_asked_about() -> None:
    core = Core()
    intake = await going_process(core, core.router)
    for number in range(MOST_MEETING + 1):
        await core.receive(says("hello", person_id=f"U-{number}"))
    await intake.handle_new()

    assert states(core) == [InboxState.NEW] * MOST_MEETING + [InboxState.DONE]


async def test_a_name_is_asked_for_once_for_a_code() -> None:
    core = Core()
    await core.receive(says("hello", person_id=STRANGER))
    intake = await going_process(core, core.router)
    await core.receive(says("hello?", person_id=STRANGER))
    await intake.handle_new()

    assert states(core) == [InboxState.DONE] * 2


async def test_what_a_stranger_says_in_a_group_asks_nobody_for_their_name() -> None:
    core = Core()
    intake = await going_process(core, core.router)
    await core.receive(says("hello", person_id=STRANGER, chat=GROUP))
    await intake.handle_new()

    assert states(core) == [InboxState.DONE]
