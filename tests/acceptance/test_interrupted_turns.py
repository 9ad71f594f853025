"""`denrei serve` killed in the middle of a turn: the person chooses what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.simulator.model_replies import Hang, Say, UseTool
from orchestrator_core.interrupted import GO_ON
from tests.harness import Json, Phone, Town, actions_of, text_of, town


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path, "haru") as made:
        yield made


@asynccontextmanager
async def interrupted(place: Town) -> AsyncIterator[tuple[Phone, Json]]:
    """The phone, and the card about the task that Denrei was killed over, with Denrei back."""
    phone = place.phone("haru")
    async with place.denrei() as first:
        await phone.ask("/new remember the word heron")
        place.model.on("work for hours", Hang())
        await phone.say("work for hours")
        await place.model.wait_for("work for hours")
        await first.kill()
    async with place.denrei():
        yield phone, await phone.next()


async def past_offers(phone: Phone) -> Json:
    """The next message but those about what was being sent when Denrei was killed: LINE may have
    shown it before Denrei had noted that."""
    message = await phone.next()
    while "Send it again" in actions_of(message):
        message = await phone.next()
    return message


async def test_run_again_is_answered_once_however_often_it_is_tapped(place: Town) -> None:
    async with interrupted(place) as (phone, card):
        place.model.on("work for hours", Say(text="done at last"))
        await phone.tap(card, "Run again")
        answer, how = text_of(await phone.next()), phone.call_of_last()
        await phone.tap(card, "Run again")
        late = text_of(await phone.next())
        asked = [call.request.prompt for call in place.model.seen("work for hours")]

    assert "work for hours" in text_of(card)
    assert list(actions_of(card)) == ["Continue", "Run again", "Leave"]
    assert (answer, how) == ("done at last", "reply")
    assert late == "That was decided already: it runs again."
    assert len(asked) == 2
    assert phone.unread() == []


async def test_continue_goes_on_in_the_same_conversation(place: Town) -> None:
    async with interrupted(place) as (phone, card):
        place.model.on("go on with what is left", Say(text="the rest is done"))
        await phone.tap(card, "Continue")
        answer = text_of(await phone.next())
        [call] = place.model.seen("go on with what is left")

    assert answer == "the rest is done"
    assert call.request.prompt.startswith(GO_ON)
    assert call.request.prompt.endswith("work for hours")
    assert call.request.earlier_prompts[0] == "remember the word heron"


async def test_leave_runs_nothing_and_the_session_goes_on(place: Town) -> None:
    async with interrupted(place) as (phone, card):
        await phone.tap(card, "Leave")
        said = text_of(await phone.next())
        place.model.on("which word", Say(text="heron"))
        answer = await phone.ask("which word was it")

    assert (said, answer) == ("Left as it is.", "heron")
    assert len(place.model.seen("work for hours")) == 1


async def test_a_question_that_was_open_is_over_and_its_button_says_so(place: Town) -> None:
    phone = place.phone("haru")
    touch = UseTool(tool="Bash", tool_input={"command": "touch made"})
    place.model.on("touch it", touch, Say(text="never said"))
    async with place.denrei() as first:
        await phone.say("/new touch it")
        question = await phone.next()
        await first.kill()
    async with place.denrei() as second:
        offer = await phone.next()
        await phone.tap(question, "Allow once")
        late = text_of(await past_offers(phone))
        waiting = (await second.api.get("/approvals")).json()["items"]

    assert "Run again" in actions_of(offer)
    assert late == "This request for Bash is over: its task has ended."
    assert waiting == []
    assert not (place.workspace / "made").exists()
