"""What else a person may say to a tool call: for the session, and why not; and where two must."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.messages import Card, Say, WholeCallTap
from orchestrator_core.model import ApprovalState, Decision, Role, Ruling
from orchestrator_core.ports import Topic, Verdict
from tests.admitted import with_role
from tests.core import Core, token
from tests.people import GROUP, HOME, OTHER_OWNER, OWNER, at_home, says
from tests.questions import BASH, OFF_LIST, Asked, asked

FORCED = Ruling(decision=Decision.ASK, rule="git.force_push", why="--force", cwd="/work")
TWO = replace(FORCED, second_person=True)
HOME_OF_OTHER = at_home(OTHER_OWNER).chat
BOTH = frozenset({OWNER, OTHER_OWNER})


async def again(question: Asked, **changes: object) -> Verdict | None:
    """The same call once more, in its turn; None when it is asked."""
    asking = question.core.approvals.settle(
        question.turn,
        question.lease,
        "Bash",
        changes.get("tool_input", BASH),  # type: ignore[arg-type]
        changes.get("ruling", OFF_LIST),  # type: ignore[arg-type]
    )
    before = len(question.core.renderer.shown)
    task = asyncio.create_task(asking)
    async with asyncio.timeout(5):
        while not task.done() and len(question.core.renderer.shown) == before:  # noqa: ASYNC110
            await asyncio.sleep(0)
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.wait([task])
    return None


async def test_what_is_allowed_for_the_session_is_not_asked_again() -> None:
    core = Core()
    async with asked(core) as question:
        await question.tap(more=True)
        await question.verdict()
        cards = len(core.renderer.shown)
        verdict = await again(question)

    assert verdict == Verdict(allow=True)
    assert len(core.renderer.shown) == cards
    last = core.store.audit_entries[-1]
    assert (last.action, last.detail["allowed_by"]) == ("tool.allowed", f"person:{OWNER}")


@pytest.mark.parametrize(
    "changes",
    [
        {"tool_input": {"command": "rm -rf build"}},
        {"tool_input": {**BASH, "dangerouslyDisableSandbox": True}},
        {"ruling": FORCED},
        {"ruling": replace(OFF_LIST, cwd="/work/other")},
        {"ruling": replace(OFF_LIST, second_person=True)},
    ],
)
async def test_another_call_or_another_rule_is_asked_all_the_same(
    changes: dict[str, object],
) -> None:
    async with asked(Core()) as question:
        await question.tap(more=True)
        await question.verdict()

        assert await again(question, **changes) is None


async def test_what_was_allowed_once_is_asked_again() -> None:
    async with asked(Core()) as question:
        await question.tap()
        await question.verdict()

        assert await again(question) is None


async def test_what_the_guard_forbids_no_grant_allows() -> None:
    core = Core()
    async with asked(core) as question:
        await question.tap(more=True)
        await question.verdict()
        never = Ruling(decision=Decision.DENY, rule="disk.wipe", why="mkfs", cwd="/work")
        verdict = await again(question, ruling=never)

    assert verdict is not None and not verdict.allow
    assert "disk.wipe" in verdict.message
    assert core.store.audit_entries[-1].action == "tool.denied"


async def test_a_grant_ends_with_the_right_of_who_gave_it() -> None:
    core = Core()
    async with asked(core) as question:
        await question.tap(more=True)
        await question.verdict()
        object.__setattr__(core.gate, "owners", frozenset({OTHER_OWNER}))
        async with core.store.transaction() as records:
            await records.people.save(with_role(Role.VIEWER, OWNER))

        assert await again(question) is None


async def test_the_next_words_after_deny_and_say_why_are_what_claude_is_told() -> None:
    core = Core()
    async with asked(core) as question:
        [say_why] = await question.tap(allow=False, more=True)
        meanwhile = await question.now()
        nothing = await core.answers(says("use the test database"))
        verdict = await question.verdict()

    assert "within two minutes" in say_why.text
    assert meanwhile.state is ApprovalState.DENYING
    assert nothing == []
    assert not verdict.allow
    assert verdict.message.endswith("and said: use the test database")
    assert (await question.now()).reason is None
    assert core.metrics.times("approvals", state=ApprovalState.DENIED) == 1


async def test_the_words_pay_for_the_answer_and_are_no_prompt() -> None:
    core = Core()
    async with asked(core) as question:
        await question.tap(allow=False, more=True)
        fresh = token(core, "of the words")
        await core.answers(says("no", reply_token=fresh))
        await question.verdict()

        assert (await core.read_turn(question.turn.id)).reply_token == fresh
        assert [turn.id for turn in await core.open_turns(question.session.id)] == [
            question.turn.id
        ]


async def test_without_words_in_time_it_is_denied_without_a_reason() -> None:
    core = Core()
    async with asked(core) as question:
        await question.tap(allow=False, more=True)
        core.clock.advance(timedelta(minutes=2))
        core.wakeups.ring(Topic.APPROVALS)
        verdict = await question.verdict()
        later = await core.answers(says("use the test database"))

    assert verdict == Verdict(allow=False, message="The user denied this tool call.")
    assert later == [] or isinstance(later[0], Say)
    assert len(await core.open_turns(question.session.id)) == 2


async def test_a_command_or_another_person_or_another_chat_is_not_the_reason() -> None:
    core = Core(owners=BOTH)
    async with asked(core) as question:
        await question.tap(allow=False, more=True)
        await core.answers("/status")
        await core.answers(says("hello", chat=GROUP))
        await core.answers(says("hello", person_id=OTHER_OWNER), person_id=OTHER_OWNER)

        assert (await question.now()).state is ApprovalState.DENYING


async def test_a_tap_after_a_denial_that_waits_for_its_words_is_late() -> None:
    async with asked(Core()) as question:
        await question.tap(allow=False, more=True)
        with pytest.raises(PersonError) as error:
            await question.tap()

    assert error.value.key == "approval.late.denying"


async def test_where_two_must_say_yes_every_owner_is_asked_and_one_is_not_enough() -> None:
    core = Core(owners=BOTH)
    async with asked(core, ruling=TWO) as question:
        [noted] = await question.tap()
        with pytest.raises(PersonError) as error:
            await question.tap()
        between = await question.now()
        theirs = token(core, "of another chat")
        await question.tap(person_id=OTHER_OWNER, chat=HOME_OF_OTHER, reply_token=theirs)
        verdict = await question.verdict()
        turn = await core.read_turn(question.turn.id)

    cards = [one for one in core.renderer.shown if isinstance(one, Card)]
    assert [one.chat_id for one in await core.deliveries()] == [OWNER, OTHER_OWNER]
    assert "Two different people must allow it." in cards[0].text
    assert "Allow this session" not in {button.label for button in cards[0].buttons}
    assert "a second person" in noted.text
    assert error.value.key == "approval.needs_another"
    assert (between.state, between.first_yes) == (ApprovalState.PENDING, OWNER)
    assert verdict.allow
    assert (await question.now()).decided_by == OTHER_OWNER
    # It would be answered there.
    assert turn.reply_token is None


async def test_where_two_must_say_yes_one_no_is_enough() -> None:
    core = Core(owners=BOTH)
    async with asked(core, ruling=TWO) as question:
        await question.tap()
        await question.tap(person_id=OTHER_OWNER, allow=False)

        assert not (await question.verdict()).allow


async def test_for_the_session_is_no_way_around_the_second_person() -> None:
    core = Core(owners=BOTH)
    async with asked(core, ruling=TWO) as question:
        await question.tap(more=True)
        await question.tap(more=True, person_id=OTHER_OWNER)
        await question.verdict()

        assert await again(question, ruling=TWO) is None


async def test_a_viewer_s_tap_does_not_count() -> None:
    core = Core()
    async with asked(core, over_the_api=True) as question:
        await core.know("U-viewer")
        async with core.store.transaction() as records:
            viewer = await records.people.get("U-viewer")
            assert viewer is not None
            await records.people.save(replace(viewer, role=Role.VIEWER, granted=Role.VIEWER))
        with pytest.raises(PersonError):
            await question.tap(person_id="U-viewer")

        assert (await question.now()).state is ApprovalState.PENDING


async def test_a_long_call_is_cut_only_with_a_button_that_shows_all_of_it() -> None:
    core = Core()
    long = "echo " + "x" * 5000
    async with asked(core, tool_input={"command": long}) as question:
        [card] = core.renderer.shown
        assert isinstance(card, Card)
        show_all = card.buttons[0]
        tap = show_all.tap
        assert isinstance(tap, WholeCallTap)
        tapped = ButtonTapped(chat=HOME, person_id=OWNER, reply_token=None, tap=tap)
        [whole] = await core.answers(tapped)
        forged = replace(tapped, tap=replace(tap, nonce="another"))
        with pytest.raises(PersonError):
            await core.answers(forged)

        assert (await question.now()).state is ApprovalState.PENDING

    assert show_all.label == "Show all"
    assert len(card.code) < 1500 and "of 5005 characters" in card.text
    assert isinstance(whole, Card)
    assert whole.code == long
    assert whole.buttons[0].label == "Allow once"


async def test_what_is_allowed_without_a_question_stands_in_the_books() -> None:
    core = Core()
    async with asked(core) as question:
        ruling = Ruling(decision=Decision.ALLOW, allowed_by="Bash(ls:*)", cwd="/work")
        verdict = await again(question, ruling=ruling)

    last = core.store.audit_entries[-1]
    assert verdict == Verdict(allow=True)
    assert (last.actor, last.action, last.session_id) == (
        "denrei",
        "tool.allowed",
        question.session.id,
    )
    assert last.detail == {
        "tool": "Bash",
        "turn_id": question.turn.id,
        "person_id": OWNER,
        "allowed_by": "Bash(ls:*)",
    }


async def test_why_it_was_stopped_is_in_the_books_and_on_the_card() -> None:
    core = Core()
    said = replace(FORCED, rule="own.rule", said="Never on a Friday.")
    async with asked(core, ruling=said) as question:
        [card] = core.renderer.shown

    assert isinstance(card, Card)
    assert card.text.startswith("Never on a Friday. (--force)")
    asked_entry = core.store.audit_entries[-1]
    assert asked_entry.action == "tool.asked"
    assert asked_entry.detail["rule"] == "own.rule"
    assert asked_entry.detail["approval_id"] == question.approval.id
