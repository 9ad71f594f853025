"""An interrupted turn's card: its person chooses once, and that is what happens."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator_core.chat_events import withdraw
from orchestrator_core.errors import PersonError
from orchestrator_core.interrupted import GO_ON, task_of
from orchestrator_core.messages import Answer, Card
from orchestrator_core.model import Choice, Language, Origin, SessionState, Turn, TurnState
from orchestrator_core.run_outcome import Ending, RunResult
from orchestrator_core.takeover import MOST_RUNS
from tests.claims import a_claim, lease_of
from tests.core import Core
from tests.fakes.agent import finished
from tests.interrupted import PROMPT, interrupted, left
from tests.messages import commands_of, facts_of
from tests.people import GROUP, HOME, OTHER_OWNER, OWNER
from tests.turns import run_all, stop


async def take_back(core: Core) -> None:
    async with core.store.transaction() as records:
        await withdraw(records, core.reader, HOME, "m", now=core.clock.now())


async def test_the_card_names_the_prompt_and_offers_three_choices() -> None:
    here = await left(Core())

    label = f"#{here.session.number} fix the failing test"
    assert facts_of(here.card) == {
        "Session": label,
        "Prompt": "fix the failing test and tell me why",
    }
    assert here.card.text.startswith("I was restarted while Claude was working on this.")
    assert [(one.label, one.tap) for one in here.card.buttons] == [
        ("Continue", here.tap(Choice.CONTINUE)),
        ("Run again", here.tap(Choice.AGAIN)),
        ("Leave", here.tap(Choice.LEAVE)),
    ]


async def test_of_a_long_prompt_the_card_shows_the_beginning() -> None:
    here = await left(Core(), "word " * 1000)

    shown = facts_of(here.card)["Prompt"]
    assert shown.startswith("word word")
    assert shown.endswith("…")
    assert len(shown) <= 101


async def test_one_whose_runs_were_used_up_is_said_to_have_been_tried_three_times() -> None:
    here = await left(Core(), reached_model=False, runs=MOST_RUNS)

    assert here.card.text.startswith("I tried this 3 times")
    assert len(here.card.buttons) == 3


async def drained(core: Core, reason: str) -> Turn:
    """A turn of a session that its chat has left, with what Claude had written by then."""
    session = await core.session()
    turn = await core.ask(session)
    await core.session()
    async with core.store.transaction() as records:
        [claimed] = await records.turns.claim(a_claim(now=core.clock.now()), limit=1)
        await records.turns.save(replace(claimed.turn, reached_model=True))
    result = RunResult(finished=finished("so far", reason=reason), ending=Ending.DRAINED)
    await core.closer().close(claimed.turn, lease_of(claimed), result)
    return await core.read_turn(turn.id)


async def test_what_claude_had_written_comes_before_the_card_and_heads_its_session() -> None:
    core = Core()
    turn = await drained(core, "aborted_streaming")

    words, card = core.renderer.shown
    assert isinstance(words, Answer)
    assert (words.text, words.title, words.is_apart) == ("so far", "#1 hello", True)
    assert words.status == "interrupted, $0.01"
    assert isinstance(card, Card)
    assert turn.state is TurnState.INTERRUPTED


async def test_an_answer_that_came_whole_after_all_is_an_answer() -> None:
    core = Core()
    turn = await drained(core, "success")

    [answer] = core.renderer.shown
    assert isinstance(answer, Answer)
    assert (answer.text, answer.title, answer.is_apart) == ("so far", "#1 hello", True)
    assert turn.state is TurnState.DONE


async def test_continue_asks_claude_to_find_out_and_go_on_in_the_same_conversation() -> None:
    core = Core()
    here = await left(core)
    said = await here.choose(Choice.CONTINUE)
    await run_all(core.worker())

    assert said == []
    [prompt] = core.launcher.prompts
    assert prompt == f"{GO_ON}\n\nThe task was:\n\n{PROMPT}"
    assert (await core.read_turn(here.turn.id)).choice is Choice.CONTINUE
    assert await here.waiting() == []
    reply = (await core.deliveries())[-1].reply_token
    assert reply is not None and reply.value == "of the tap"


async def test_run_again_asks_the_same_prompt() -> None:
    core = Core()
    here = await left(core)
    await here.choose(Choice.AGAIN)
    await run_all(core.worker())

    assert core.launcher.prompts == [PROMPT]
    assert (await core.read_turn(here.turn.id)).choice is Choice.AGAIN


async def test_leave_runs_nothing_and_says_a_word() -> None:
    core = Core()
    here = await left(core)
    [said] = await here.choose(Choice.LEAVE)

    assert said.text == "Left as it is."
    assert commands_of(said) == [f"/status {here.session.number}"]
    assert await here.waiting() == []
    assert (await core.read_turn(here.turn.id)).choice is Choice.LEAVE


@pytest.mark.parametrize("first", list(Choice))
@pytest.mark.parametrize("second", list(Choice))
async def test_the_first_choice_counts_and_a_later_tap_is_told_which_it_was(
    first: Choice, second: Choice
) -> None:
    here = await left(Core())
    await here.choose(first)

    assert await here.refused(second) == f"interrupted.late.{first}"


async def test_of_many_taps_at_once_one_counts() -> None:
    here = await left(Core())
    taps = [here.choose(choice) for choice in (Choice.CONTINUE, Choice.AGAIN) * 3]
    results = await asyncio.gather(*taps, return_exceptions=True)

    assert sum(isinstance(one, PersonError) for one in results) == 5
    assert len(await here.waiting()) == 1


async def test_the_choice_is_in_the_books() -> None:
    core = Core()
    here = await left(core)
    await here.choose(Choice.AGAIN)

    [entry] = core.store.audit_entries
    detail = {"turn_id": here.turn.id, "choice": "again"}
    assert (entry.actor, entry.action, entry.detail) == (OWNER, "turn.choice", detail)
    kinds = [event.kind for event in await core.events(here.session.id)]
    assert kinds[-3:] == ["turn_interrupted", "turn_choice", "prompt"]


async def test_somebody_else_s_tap_or_one_from_another_chat_does_not_count() -> None:
    here = await left(Core(owners=frozenset({OWNER, OTHER_OWNER})))

    refused = [
        await here.refused(Choice.AGAIN, person_id=OTHER_OWNER),
        await here.refused(Choice.AGAIN, chat=GROUP),
        await here.refused(Choice.AGAIN, session_id="of-another-database"),
        await here.refused(Choice.AGAIN, turn_id=99),
    ]
    assert refused == ["approval.not_yours"] * 4


async def test_a_turn_of_another_session_or_another_state_has_no_choice() -> None:
    core = Core()
    here = await left(core)
    waiting = await core.ask(here.session, "next")
    other = await core.session()

    assert await here.refused(Choice.AGAIN, turn_id=waiting.id) == "approval.not_yours"
    assert await here.refused(Choice.AGAIN, session_id=other.id) == "approval.not_yours"


async def test_what_is_chosen_runs_after_the_prompts_that_waited_already() -> None:
    core = Core()
    here = await left(core)
    await core.ask(here.session, "next")
    await here.choose(Choice.AGAIN)
    await run_all(core.worker())

    assert core.launcher.prompts == ["next", PROMPT]


@pytest.mark.parametrize("choice", [Choice.CONTINUE, Choice.AGAIN])
async def test_in_a_stopped_session_it_is_held_and_said_to_be(choice: Choice) -> None:
    core = Core()
    here = await left(core)
    await stop(core, here.session)
    [notice] = await here.choose(choice)

    assert "is stopped" in notice.text
    assert commands_of(notice)[0] == f"/use {here.session.number}"
    [held] = await here.waiting()
    assert (held.state, held.reply_token) == (TurnState.HELD, None)
    assert (await core.read_session(here.session.id)).state is SessionState.STOPPED


async def test_with_the_budget_used_up_it_waits_and_says_so() -> None:
    core = Core(budget_usd=Decimal(1))
    here = await left(core)
    await core.spend("1")
    [notice] = await here.choose(Choice.AGAIN)

    assert "budget" in notice.text
    assert [turn.state for turn in await here.waiting()] == [TurnState.QUEUED]


async def test_a_prompt_taken_back_cannot_run_again_but_may_be_gone_on_with() -> None:
    core = Core()
    here = await left(core)
    await take_back(core)
    refused = await here.refused(Choice.AGAIN)
    await here.choose(Choice.CONTINUE)
    await run_all(core.worker())

    assert refused == "interrupted.taken_back"
    assert core.launcher.prompts == [GO_ON]
    assert (await core.read_session(here.session.id)).name is None


async def test_one_taken_back_while_it_ran_is_not_offered_to_run_again() -> None:
    core = Core()
    await core.know(language=Language.JAPANESE)
    session = await core.session()
    origin = Origin(chat=HOME, person_id=OWNER, message_id="m")
    turn = await core.ask(session, PROMPT, origin=origin)
    async with core.store.transaction() as records:
        await records.withdrawals.erase_prompt(turn)
    here = await interrupted(core, turn)

    assert [one.label for one in here.card.buttons] == ["続ける", "このままにする"]
    assert "指示" not in facts_of(here.card)


@pytest.mark.parametrize("choice", [Choice.CONTINUE, Choice.AGAIN])
async def test_a_message_taken_back_after_the_choice_takes_what_was_chosen_with_it(
    choice: Choice,
) -> None:
    core = Core()
    here = await left(core)
    await here.choose(choice)
    [waiting] = await here.waiting()
    await take_back(core)

    after = await core.read_turn(waiting.id)
    assert (after.state, after.prompt) == (TurnState.WITHDRAWN, "")


async def test_one_that_only_went_on_shows_runs_and_goes_on_with_the_first_prompt() -> None:
    core = Core()
    here = await left(core)
    await here.choose(Choice.CONTINUE)
    [waiting] = await here.waiting()
    again = await interrupted(core, waiting)
    await again.choose(Choice.CONTINUE)
    [once_more] = await again.waiting()

    assert facts_of(again.card)["Prompt"] == "fix the failing test and tell me why"
    assert once_more.prompt == waiting.prompt
    assert task_of(once_more) == PROMPT
