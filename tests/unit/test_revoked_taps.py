"""Buttons that were made while their person had the right to tap them, tapped after that."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.messages import ApprovalTap, ChoiceTap, Tap
from orchestrator_core.model import (
    Approval,
    ApprovalState,
    Choice,
    NewApproval,
    Origin,
    Role,
    Turn,
    TurnState,
)
from orchestrator_core.ports import Topic
from tests.admitted import OPERATOR, Town, home_of, town
from tests.claims import a_claim, lease_of
from tests.fakes.agent import Hold, Step, finished
from tests.people import OWNER
from tests.questions import OFF_LIST
from tests.samples import an_event

NO = "Sorry, I only take orders from people my owners have let in."
VIEWER_NO = "You are a viewer here:"


async def a_turn(here: Town, state: TurnState) -> Turn:
    origin = Origin(chat=home_of(OPERATOR), person_id=OPERATOR)
    session = await here.core.session(chat=origin.chat)
    turn = await here.core.ask(session, "clean up", origin=origin)
    return await here.core.save_turn(turn, state=state, reached_model=True)


async def a_question(here: Town) -> Approval:
    """A tool call of the operator's turn that waits for them."""
    turn, now = await a_turn(here, TurnState.RUNNING), here.core.clock.now()
    async with here.core.store.transaction() as records:
        return await records.approvals.add(
            NewApproval(
                turn_id=turn.id,
                session_id=turn.session_id,
                nonce="nonce",
                tool="Bash",
                tool_input={"command": "rm -r build"},
                person_id=OPERATOR,
                created_at=now,
                expires_at=now + timedelta(minutes=10),
            )
        )


async def state_of(here: Town, approval: Approval) -> ApprovalState:
    async with here.core.store.read() as records:
        return (await records.approvals.get(approval.id)).state


async def tap(here: Town, tapped: Tap, *, by: str = OPERATOR) -> list[str]:
    """What is said in the tapper's chat."""
    before = len(await here.core.deliveries())
    act = ButtonTapped(chat=home_of(by), person_id=by, reply_token=None, tap=tapped)
    event = replace(an_event(payload=here.core.reader.means(act)), chat_id=by)
    await here.core.store.take_in([event])
    await here.core.intake().handle_new()
    said = (await here.core.deliveries())[before:]
    return [message["text"] for one in said for message in one.messages if one.chat_id == by]


def yes(approval: Approval) -> ApprovalTap:
    return ApprovalTap(approval_id=approval.id, nonce=approval.nonce, allow=True)


async def test_the_tap_of_a_person_with_the_right_counts() -> None:
    here = await town()
    question = await a_question(here)
    await tap(here, yes(question))

    assert await state_of(here, question) is ApprovalState.ALLOWED


async def test_the_tap_of_a_revoked_person_allows_nothing() -> None:
    here = await town()
    question = await a_question(here)
    await here.say(OWNER, f"/people {OPERATOR} revoke")
    told = await tap(here, yes(question))

    assert told == [NO]
    assert await state_of(here, question) is ApprovalState.CANCELLED


async def test_a_tap_that_was_under_way_when_the_role_went_allows_nothing() -> None:
    """The role goes some other way than by a command, so the question is still open."""
    here = await town()
    question = await a_question(here)
    async with here.core.store.transaction() as records:
        person = await here.person(OPERATOR)
        await records.people.save(replace(person, role=Role.STRANGER, granted=None))
    await tap(here, yes(question))

    assert await state_of(here, question) is ApprovalState.PENDING


async def test_the_tap_of_an_operator_who_became_a_viewer_allows_nothing() -> None:
    here = await town()
    question = await a_question(here)
    await here.say(OWNER, f"/people {OPERATOR} viewer")
    [told] = await tap(here, yes(question))

    assert told.startswith(VIEWER_NO)
    assert await state_of(here, question) is ApprovalState.CANCELLED


@pytest.mark.parametrize(("role", "answer"), [("revoke", NO), ("viewer", VIEWER_NO)])
async def test_an_interrupted_turn_is_not_run_again_for_one_who_lost_the_right(
    role: str, answer: str
) -> None:
    here = await town()
    turn = await a_turn(here, TurnState.INTERRUPTED)
    await here.say(OWNER, f"/people {OPERATOR} {role}")
    again = ChoiceTap(turn_id=turn.id, session_id=turn.session_id, choice=Choice.AGAIN)
    [told] = await tap(here, again)

    assert told.startswith(answer)
    assert await here.core.open_turns(turn.session_id) == []


async def test_an_answer_that_comes_after_they_were_revoked_is_not_told_to_them() -> None:
    here = await town()
    may_end = asyncio.Event()
    script: list[Step] = [Hold(event=may_end), finished("the secret")]
    here.core.launcher.script = lambda _: script
    origin = Origin(chat=home_of(OPERATOR), person_id=OPERATOR)
    turn = await here.core.ask(await here.core.session(chat=origin.chat), "tell", origin=origin)
    worker = here.core.worker()
    await worker.start_ready()
    await here.core.launcher.wait_for_prompt("tell")
    await here.say(OWNER, f"/people {OPERATOR} revoke")
    may_end.set()
    async with asyncio.timeout(5):
        await worker.settle()

    assert (await here.core.read_turn(turn.id)).state is TurnState.DONE
    assert "the secret" not in [*(await here.core.texts())]


async def test_nothing_is_asked_of_a_person_whose_role_is_gone() -> None:
    """It went while their turn ran, some other way than by a command."""
    here = await town()
    turn = await a_turn(here, TurnState.QUEUED)
    async with here.core.store.transaction() as records:
        [claimed] = await records.turns.claim(a_claim(now=here.core.clock.now()), limit=1)
        person = await here.person(OPERATOR)
        await records.people.save(replace(person, role=Role.STRANGER, granted=None))
    asking = here.core.approvals.settle(
        claimed.turn, lease_of(claimed), "Bash", {"command": "cat .env"}, OFF_LIST
    )
    waiting = asyncio.create_task(asking)
    async with asyncio.timeout(5):
        while not await here.core.pending_approvals(turn.id):  # noqa: ASYNC110
            await asyncio.sleep(0)
        here.core.clock.advance(timedelta(hours=1))
        here.core.wakeups.ring(Topic.APPROVALS)
        verdict = await waiting

    assert not verdict.allow
    assert await here.core.deliveries() == []
