"""Tool calls that a person is asked about. No answer is a no."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.messages import ApprovalTap, Card
from orchestrator_core.model import (
    ApprovalState,
    Chat,
    ChatKind,
    Language,
    Origin,
)
from orchestrator_core.ports import Topic
from tests.core import Core, token
from tests.messages import facts_of
from tests.people import GROUP, HOME, OTHER_OWNER, OWNER, at_home
from tests.questions import BASH, asked


async def test_the_card_shows_the_whole_call_and_asks_the_person_who_asked() -> None:
    core = Core()
    async with asked(core) as question:
        [card] = core.renderer.shown
        [delivery] = await core.deliveries()

    assert isinstance(card, Card)
    assert card.title == "Claude asks: Bash"
    assert card.summary == "#1: Claude wants to use Bash"
    assert card.code == BASH["command"]
    assert "within 10 minutes it is denied" in card.text
    assert facts_of(card) == {
        "Session": "#1 build it",
        "Directory": "/work",
        "For the session": "only this very call",
    }
    assert [(one.label, one.primary) for one in card.buttons] == [
        ("Allow once", True),
        ("Allow this session", False),
        ("Deny", False),
        ("Deny and say why", False),
    ]
    assert delivery.chat_id == OWNER
    assert question.approval.person_id == OWNER


@pytest.mark.parametrize(
    ("allow", "state"), [(True, ApprovalState.ALLOWED), (False, ApprovalState.DENIED)]
)
async def test_a_tap_is_the_answer(allow: bool, state: ApprovalState) -> None:
    core = Core()
    async with asked(core) as question:
        await question.tap(allow=allow)
        verdict = await question.verdict()
        approval = await question.now()

    assert verdict.allow is allow
    assert (approval.state, approval.decided_by) == (state, OWNER)
    assert approval.decided_at == core.clock.now()
    assert [(one.actor, one.action) for one in core.store.audit_entries] == [
        ("denrei", "tool.asked"),
        (OWNER, f"approval.{state}"),
    ]
    assert core.metrics.times("approvals", state=state) == 1


async def test_a_denial_is_told_to_claude_in_words() -> None:
    async with asked(Core()) as question:
        await question.tap(allow=False)

        assert (await question.verdict()).message == "The user denied this tool call."


async def test_no_answer_in_time_is_a_no() -> None:
    core = Core()
    async with asked(core) as question:
        core.clock.advance(timedelta(minutes=10))
        core.wakeups.ring(Topic.APPROVALS)
        verdict = await question.verdict()
        approval = await question.now()

    assert not verdict.allow
    assert "Nobody answered in time" in verdict.message
    assert (approval.state, approval.decided_by) == (ApprovalState.EXPIRED, None)
    assert core.store.audit_entries[-1].actor == "denrei"
    assert core.store.audit_entries[-1].action == "approval.expired"
    assert (await core.texts())[
        -1
    ] == "Nobody answered in time, so Bash was denied in #1 build it."


async def test_the_token_that_tells_of_it_is_not_the_turn_s_any_more() -> None:
    core = Core()
    async with asked(core) as question:
        turn_id = (await question.now()).turn_id
        core.clock.advance(timedelta(minutes=10))
        async with core.store.transaction() as records:
            turn = await records.turns.lock(turn_id)
            # As after a tap on another card of its.
            await records.turns.save(replace(turn, reply_token=token(core, "of a tap")))
        core.wakeups.ring(Topic.APPROVALS)
        await question.verdict()
        async with core.store.transaction() as records:
            left = (await records.turns.lock(turn_id)).reply_token
        told = (await core.deliveries())[-1].reply_token

    assert told == token(core, "of a tap")
    assert left is None


async def test_until_then_it_waits() -> None:
    core = Core()
    async with asked(core) as question:
        core.clock.advance(timedelta(minutes=9, seconds=59))
        core.wakeups.ring(Topic.APPROVALS)
        await asyncio.wait([question.waiting], timeout=0.05)

        assert not question.waiting.done()


async def test_a_tap_after_the_time_is_late_even_before_it_was_noticed() -> None:
    core = Core()
    async with asked(core) as question:
        core.clock.advance(timedelta(minutes=10))
        with pytest.raises(PersonError) as error:
            await question.tap()
        core.wakeups.ring(Topic.APPROVALS)
        verdict = await question.verdict()

    assert error.value.key == "approval.late.expired"
    assert not verdict.allow


@pytest.mark.parametrize("first", [True, False])
async def test_only_the_first_tap_counts(first: bool) -> None:
    async with asked(Core()) as question:
        await question.tap(allow=first)
        await question.verdict()
        with pytest.raises(PersonError) as error:
            await question.tap(allow=not first)
        approval = await question.now()

    assert error.value.key == f"approval.late.{'allowed' if first else 'denied'}"
    assert error.value.facts == {"tool": "Bash"}
    assert approval.state is (ApprovalState.ALLOWED if first else ApprovalState.DENIED)


async def test_nobody_answers_for_someone_else() -> None:
    core = Core(owners=frozenset({OWNER, OTHER_OWNER}))
    async with asked(core) as question:
        with pytest.raises(PersonError) as error:
            await question.tap(person_id=OTHER_OWNER)
        approval = await question.now()

    assert error.value.key == "approval.not_yours"
    assert approval.state is ApprovalState.PENDING


async def test_a_tap_for_what_was_never_asked_is_not_ours() -> None:
    core = Core()
    tap = ApprovalTap(approval_id=99, nonce="nonce-1", allow=True)
    tapped = ButtonTapped(chat=HOME, person_id=OWNER, reply_token=None, tap=tap)
    with pytest.raises(PersonError) as error:
        await core.answers(tapped)

    assert error.value.key == "approval.not_yours"


async def test_when_its_turn_ends_a_question_is_cancelled_and_a_tap_is_late() -> None:
    core = Core()
    async with asked(core) as question:
        async with core.store.transaction() as records:
            await core.approvals.cancel_all(records, question.turn.id, core.clock.now())
        core.wakeups.ring(Topic.APPROVALS)
        verdict = await question.verdict()
        with pytest.raises(PersonError) as error:
            await question.tap()

    assert not verdict.allow
    assert error.value.key == "approval.late.cancelled"


async def test_closing_a_turn_cancels_its_questions() -> None:
    core = Core()
    async with asked(core) as question:
        await core.closer().close_failed(question.turn, question.lease)

        assert (await question.now()).state is ApprovalState.CANCELLED


async def test_the_card_uses_the_prompt_s_token_and_the_tap_s_goes_to_the_answer() -> None:
    core = Core()
    first, second = token(core, "of the prompt"), token(core, "of the tap")
    async with asked(core, origin=at_home(OWNER, first)) as question:
        [card] = await core.deliveries()
        meanwhile = await core.read_turn(question.turn.id)
        await question.tap(reply_token=second)
        await question.verdict()
        after = await core.read_turn(question.turn.id)

    assert card.reply_token == first
    assert meanwhile.reply_token is None
    assert after.reply_token == second


async def test_a_question_in_a_group_is_asked_there() -> None:
    core = Core()
    origin = Origin(chat=GROUP, person_id=OWNER)
    async with asked(core, origin=origin) as question:
        [delivery] = await core.deliveries()

    assert delivery.chat_id == GROUP.id
    assert question.approval.person_id == OWNER


async def test_a_turn_of_the_api_asks_every_owner_at_home_and_any_may_answer() -> None:
    core = Core(owners=frozenset({OWNER, OTHER_OWNER}))
    await core.know(OTHER_OWNER, Language.JAPANESE)
    async with asked(core, over_the_api=True) as question:
        chats = [delivery.chat_id for delivery in await core.deliveries()]
        await question.tap(person_id=OTHER_OWNER)
        verdict = await question.verdict()

    titles = [getattr(card, "title", "") for card in core.renderer.shown]
    assert chats == [OWNER, OTHER_OWNER]
    assert titles[0] == "Claude asks: Bash" and titles[1] != titles[0]
    assert verdict.allow
    assert question.approval.person_id is None


async def test_what_is_asked_and_decided_stands_in_the_session_s_events() -> None:
    core = Core()
    async with asked(core) as question:
        await question.tap()
        await question.verdict()
        events = await core.events(question.session.id)

    assert [one.kind for one in events[-2:]] == ["approval_asked", "approval_allowed"]
    assert events[-1].data == {"approval_id": question.approval.id, "tool": "Bash"}
    assert Topic.EVENTS in core.wakeups.rung


def test_a_chat_of_one_person_is_known_by_the_person_s_id() -> None:
    assert at_home().chat == Chat(id=OWNER, kind=ChatKind.USER)


async def test_a_button_of_another_approval_with_the_same_number_is_refused() -> None:
    async with asked(core := Core()) as question:
        old = ApprovalTap(approval_id=question.approval.id, nonce="of-another", allow=True)
        with pytest.raises(PersonError) as error:
            await core.answers(ButtonTapped(chat=HOME, person_id=OWNER, reply_token=None, tap=old))
        assert (await question.now()).state is ApprovalState.PENDING

    assert error.value.key == "approval.not_yours"
