"""The commands for sessions: use, status and stop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Card
from orchestrator_core.model import SessionState, TurnState
from tests.core import Core
from tests.messages import commands_of, facts_of
from tests.questions import asked


@pytest.mark.parametrize("reference", ["1", "１", "#1", "＃１", "FIX THE TEST", "ｆｉｘ the test"])
async def test_use_finds_a_session_by_number_or_name(reference: str) -> None:
    core = Core()
    await core.answers("/new fix the test")
    await core.answers("/new another")
    text = await core.only_answer(f"/use {reference}")

    assert text == "You are now in #1 fix the test."


async def test_use_finds_a_session_by_its_short_id() -> None:
    core = Core()
    session = await core.session()
    await core.session()
    text = await core.only_answer(f"/使う {session.short_id.upper()}")

    assert text == "You are now in #1."


async def test_use_without_a_name_lists_sessions_as_buttons() -> None:
    core = Core()
    await core.answers("/new first")
    await core.answers("/new second")
    [message] = await core.answers("/use")

    assert message.text == "Which session?\n\n#2 second · ready\n#1 first · ready"
    assert commands_of(message) == ["/use 2", "/use 1"]


async def test_use_with_no_session_at_all_offers_a_new_one() -> None:
    [message] = await Core().answers("/use")

    assert message.text == "There is no session yet. Send me a task to start one."
    assert commands_of(message) == ["/new"]


async def test_an_unknown_session_is_said_so_and_the_known_ones_are_offered() -> None:
    core = Core()
    await core.session()
    for command in ("/use", "/status", "/stop"):
        with pytest.raises(PersonError) as error:
            await core.answers(f"{command} 99")
        assert error.value.key == "session.unknown"
        assert [button.command for button in error.value.buttons] == ["/use 1"]


async def test_an_ambiguous_name_asks_which_one() -> None:
    core = Core()
    await core.answers("/new tests")
    await core.answers("/new Tests")
    with pytest.raises(PersonError) as error:
        await core.answers("/use TESTS")

    assert error.value.key == "session.ambiguous"
    assert [button.command for button in error.value.buttons] == ["/use 2", "/use 1"]


async def test_a_number_means_the_session_of_that_number_whatever_others_are_called() -> None:
    """Or the button that is to choose between two would ask again for ever."""
    core = Core()
    await core.answers("/new hello")
    await core.answers("/new 1")
    text = await core.only_answer("/use 1")

    assert text == "You are now in #1 hello."


async def test_status_is_a_card_with_all_that_matters() -> None:
    core = Core()
    session = await core.session()
    await core.answers("fix the test")
    await core.answers("then the next")
    async with core.store.transaction() as records:
        now = await records.sessions.lock(session.id)
        await records.sessions.save(
            replace(now, cost_usd=Decimal("0.0421"), last_line="All green.")
        )
    core.clock.advance(timedelta(hours=2, minutes=59))
    [card] = await core.answers("/status")

    assert isinstance(card, Card)
    assert (card.title, card.text) == ("#1 fix the test", "All green.")
    assert card.summary == "#1: ready, $0.04"
    assert facts_of(card) == {
        "State": "ready",
        "Age": "2 hours",
        "Waiting": "2 prompts",
        "Cost": "$0.04",
        "Agent": "claude",
        "Id": session.short_id,
    }
    assert commands_of(card) == ["/stop 1", "/use"]


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (timedelta(seconds=-5), "0 seconds"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(days=400), "400 days"),
    ],
)
async def test_an_age_is_told_in_the_largest_unit(age: timedelta, shown: str) -> None:
    core = Core()
    await core.session()
    core.clock.advance(age)
    [card] = await core.answers("/status 1")

    assert facts_of(card)["Age"] == shown


async def test_status_of_a_stopped_session_offers_to_resume_it() -> None:
    core = Core()
    await core.session()
    await core.answers("/stop")
    [card] = await core.answers("/status")

    assert commands_of(card) == ["/use 1", "/use"]


async def test_status_without_a_current_session_lists_them() -> None:
    [message] = await Core().answers("/status")

    assert message.text.startswith("There is no session yet")


async def test_stop_ends_the_current_session_and_says_what_is_dropped() -> None:
    core = Core()
    session = await core.session()
    running = await core.ask(session, "one")
    await core.save_turn(running, state=TurnState.RUNNING)
    waiting = await core.ask(session, "two")
    [message] = await core.answers("/stop")

    assert message.text == "Stopped #1 one.\n2 prompts will not be answered."
    assert commands_of(message) == ["/use 1"]
    assert (await core.read_turn(running.id)).stop_requested
    assert (await core.read_turn(waiting.id)).state is TurnState.STOPPED
    assert (await core.read_session(session.id)).state is SessionState.STOPPED
    assert [entry.action for entry in core.store.audit_entries] == ["session.stop"]


async def test_stopping_twice_is_said_so() -> None:
    core = Core()
    await core.session()
    await core.answers("/stop")
    with pytest.raises(PersonError) as error:
        await core.answers("/停止 1")

    assert error.value.key == "stop.already"
    assert [button.command for button in error.value.buttons] == ["/use 1"]


async def test_stop_with_nothing_to_stop_is_said_so() -> None:
    with pytest.raises(PersonError) as error:
        await Core().answers("/stop")

    assert error.value.key == "session.none"


@pytest.mark.parametrize("word", ["all", "ALL", "ａｌｌ", "全部", "すべて"])
async def test_stop_all_stops_every_session_that_has_work(word: str) -> None:
    core = Core()
    busy, idle, also_busy = [await core.session() for _ in range(3)]
    for session in (busy, also_busy):
        await core.ask(session)
    text = await core.only_answer(f"/stop {word}")

    assert text == "Stopped 2 sessions."
    states = [(await core.read_session(one.id)).state for one in (busy, idle, also_busy)]
    assert states == [SessionState.STOPPED, SessionState.IDLE, SessionState.STOPPED]


async def test_stop_all_says_when_nothing_had_anything_to_do() -> None:
    core = Core()
    await core.session()

    assert await core.only_answer("/stop all") == "Nothing was running or waiting."


async def test_status_says_that_a_session_waits_for_an_answer() -> None:
    core = Core()
    async with asked(core) as question:
        [asking] = await core.answers(f"/status {question.session.number}")
        await question.tap()
        await question.verdict()
        [answered] = await core.answers(f"/status {question.session.number}")

    assert facts_of(asking)["State"] == "waiting for an answer"
    assert facts_of(answered)["State"] != "waiting for an answer"
