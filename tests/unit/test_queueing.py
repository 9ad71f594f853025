"""What waits and what is at work: interrupted, dropped, brought forward, tried again."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from orchestrator_core.chat_events import withdraw
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Card
from orchestrator_core.model import Choice, SessionState, TurnState
from tests.core import Core
from tests.fakes.agent import FakeAgentLauncher, Hold, Step, answer
from tests.messages import commands_of, facts_of
from tests.people import HOME, at_home
from tests.turns import run_all
from tests.waiting import going, until


def hanging(*prompts: str) -> FakeAgentLauncher:
    def script(prompt: str) -> list[Step]:
        return [Hold(event=asyncio.Event())] if prompt in prompts else answer(f"did {prompt}")

    return FakeAgentLauncher(script=script)


async def take_back(core: Core, message_id: str) -> None:
    async with core.store.transaction() as records:
        await withdraw(records, core.reader, HOME, message_id, now=core.clock.now())


async def test_an_interrupt_ends_the_turn_and_what_waits_runs() -> None:
    core = Core(launcher=hanging("one"))
    session = await core.session()
    first, _ = await core.ask(session, "one"), await core.ask(session, "two")
    async with going(core.worker().run()):
        await core.launcher.wait_for_prompt("one")
        [told] = await core.answers("/interrupt")
        await core.launcher.wait_for_prompt("two")
        await until(lambda: core.metrics.times("turns", state="done") == 1)

    assert told.text == "What #1 one was doing ends now. The session goes on.\n" + (
        "1 prompt waits and runs next."
    )
    assert commands_of(told) == ["/retry 1", "/queue #1"]
    assert (await core.read_turn(first.id)).state is TurnState.STOPPED
    assert (await core.read_session(session.id)).state is SessionState.IDLE
    assert core.launcher.interrupts == 1
    assert "turn.interrupt" in [entry.action for entry in core.store.audit_entries]


async def test_an_interrupt_of_nothing_is_said_so() -> None:
    core = Core()
    session = await core.session()
    await core.ask(session, "waits")
    with pytest.raises(PersonError) as error:
        await core.answers("/中断 1")

    assert error.value.key == "interrupt.nothing"
    assert [one.state for one in await core.open_turns(session.id)] == [TurnState.QUEUED]


async def test_the_queue_shows_what_waits_in_order_with_a_way_to_change_it() -> None:
    core = Core()
    session = await core.session()
    turns = [await core.ask(session, prompt) for prompt in ("one", "two", "three")]
    await core.save_turn(turns[0], state=TurnState.RUNNING)
    [card] = await core.answers("/queue")

    assert isinstance(card, Card)
    assert (card.title, card.text) == ("#1 one", "Waiting: 2 prompts")
    assert facts_of(card) == {"2 · 0 seconds": "two", "3 · 0 seconds": "three"}
    assert commands_of(card) == ["/queue #1 drop 2", "/queue #1 drop 3", "/queue #1 first 3"]


async def test_what_is_dropped_never_runs_and_the_rest_keeps_its_order() -> None:
    core = Core()
    session = await core.session()
    for prompt in ("one", "two", "three"):
        await core.ask(session, prompt)
    text = await core.only_answer("/queue drop 2")
    await run_all(core.worker())

    assert text == "Taken out: two"
    assert core.launcher.prompts == ["one", "three"]
    assert [one.kind for one in await core.events(session.id)].count("turn_stopped") == 1


async def test_what_is_brought_forward_runs_next_and_the_others_in_their_old_order() -> None:
    core = Core()
    session = await core.session()
    for prompt in ("one", "two", "three", "four"):
        await core.ask(session, prompt)
    [card] = await core.answers("/queue first 3")
    await run_all(core.worker())

    assert list(facts_of(card).values()) == ["three", "one", "two", "four"]
    assert core.launcher.prompts == ["three", "one", "two", "four"]


async def test_what_is_brought_forward_in_a_stopped_session_still_waits_there() -> None:
    core = Core()
    session = await core.session()
    await core.answers("/stop")
    for prompt in ("one", "two"):
        await core.ask(session, prompt)
    await core.answers("/queue first 2")

    states = {one.prompt: one.state for one in await core.open_turns(session.id)}
    assert states == {"two": TurnState.HELD, "one": TurnState.HELD}


async def test_a_prompt_that_was_queued_again_is_taken_back_with_its_message() -> None:
    core = Core()
    session = await core.session()
    await core.ask(session, "one", origin=replace(at_home(), message_id="m1"))
    await core.ask(session, "two", origin=replace(at_home(), message_id="m2"))
    await core.answers("/queue first 2")
    await take_back(core, "m1")
    await run_all(core.worker())

    assert core.launcher.prompts == ["two"]


async def test_the_api_s_prompts_keep_their_places() -> None:
    core = Core()
    session = await core.session()
    async with core.store.transaction() as records:
        await core.desk.ask(records, session, "api", now=core.clock.now(), idempotency_key="k")
    await core.ask(session, "two")
    with pytest.raises(PersonError) as error:
        await core.answers("/queue first 2")
    [card] = await core.answers("/queue")

    assert error.value.key == "queue.fixed"
    assert commands_of(card) == ["/queue #1 drop 1", "/queue #1 drop 2"]


@pytest.mark.parametrize("what", ["drop", "first"])
async def test_what_does_not_wait_any_more_is_said_so(what: str) -> None:
    core = Core()
    mine, other = await core.session(), await core.session()
    running = await core.ask(mine, "one")
    await core.save_turn(running, state=TurnState.RUNNING)
    elsewhere = await core.ask(other, "two")
    for turn_id in (running.id, elsewhere.id, 999):
        with pytest.raises(PersonError) as error:
            await core.answers(f"/queue #{mine.number} {what} {turn_id}")
        assert error.value.key == "queue.gone"


@pytest.mark.parametrize("line", ["/queue drop", "/queue drop x", "/queue up 1", "/queue drop -1"])
async def test_a_queue_command_nobody_understands_is_explained(line: str) -> None:
    core = Core()
    await core.session()
    with pytest.raises(PersonError) as error:
        await core.answers(line)

    assert error.value.key == "queue.usage"


async def test_a_retry_asks_the_last_prompt_once_more() -> None:
    core = Core()
    session = await core.session()
    for prompt in ("one", "two"):
        await core.ask(session, prompt)
    await run_all(core.worker())
    said = await core.answers("/retry")
    await run_all(core.worker())

    assert said == []
    assert core.launcher.prompts == ["one", "two", "two"]


async def test_a_retry_of_what_still_works_or_of_nothing_is_refused() -> None:
    core = Core()
    session = await core.session()
    with pytest.raises(PersonError) as nothing:
        await core.answers("/retry")
    turn = await core.ask(session, "one")
    with pytest.raises(PersonError) as waits:
        await core.answers("/retry")
    await core.save_turn(turn, state=TurnState.RUNNING, stop_requested=True)
    await core.answers("/retry")

    assert (nothing.value.key, waits.value.key) == ("retry.nothing", "retry.open")
    assert [one.prompt for one in await core.open_turns(session.id)] == ["one", "one"]


async def test_a_retry_of_an_interrupted_turn_is_its_button_so_it_runs_once_more_only() -> None:
    core = Core()
    session = await core.session()
    turn = await core.ask(session, "one")
    await core.save_turn(turn, state=TurnState.INTERRUPTED)
    await core.answers("/retry")

    assert (await core.read_turn(turn.id)).choice is Choice.AGAIN
    assert [one.prompt for one in await core.open_turns(session.id)] == ["one"]


async def test_what_was_taken_back_is_not_tried_again() -> None:
    core = Core()
    session = await core.session()
    await core.ask(session, "keep")
    await core.ask(session, "gone", origin=replace(at_home(), message_id="m1"))
    await run_all(core.worker())
    await take_back(core, "m1")
    await core.answers("/retry")

    assert [one.prompt for one in await core.open_turns(session.id)] == ["keep"]
