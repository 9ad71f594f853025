"""Whose answer to a tool call counts, by a tap, a typed command and the API."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator_core.approval_answers import API, Given, decide, lock, may_answer
from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.messages import Message, WholeCallTap
from orchestrator_core.model import (
    Answer,
    Approval,
    ApprovalState,
    Origin,
    Role,
)
from tests.admitted import OPERATOR, VIEWER, home_of, with_role
from tests.core import Core
from tests.fakes.clock import NOON
from tests.people import OTHER_OWNER, OWNER
from tests.questions import OFF_LIST, Asked, asked

#: An operator whose turn it is not.
UNRELATED = "U-unrelated"
TWO = replace(OFF_LIST, rule="git.force_push", second_person=True)
OPERATORS_TURN = Origin(chat=home_of(OPERATOR), person_id=OPERATOR)
CALL = Approval(
    id=1,
    turn_id=1,
    session_id="s",
    nonce="n",
    tool="Bash",
    tool_input={},
    person_id=OPERATOR,
    created_at=NOON,
    expires_at=NOON,
    state=ApprovalState.PENDING,
)
OF_API = replace(CALL, person_id=None)
TWO_MUST = replace(CALL, second_person=True)
TWO_MUST_OF_API = replace(OF_API, second_person=True)


async def everybody() -> Core:
    """Two owners, two operators and a viewer, each known with their role."""
    core = Core(owners=frozenset({OWNER, OTHER_OWNER}))
    people = [
        *(with_role(role) for role in (Role.OWNER, Role.OPERATOR, Role.VIEWER)),
        with_role(Role.OWNER, OTHER_OWNER),
        with_role(Role.OPERATOR, UNRELATED),
    ]
    async with core.store.transaction() as records:
        for person in people:
            await records.people.save(person)
    return core


async def typed(question: Asked, text: str, person_id: str) -> list[Message]:
    return await question.core.answers(text, person_id=person_id, chat=home_of(person_id))


async def over_api(question: Asked, answer: Answer = Answer.ONCE) -> Approval:
    async with question.core.store.transaction() as records:
        locked = await lock(records, question.approval.id)
        given = Given(answer=answer, actor=API)
        return await decide(records, locked, given, now=question.core.clock.now())


async def refused(question: Asked, person_id: str) -> dict[str, str]:
    """What the person is told, by the way they try."""
    approval = question.approval
    told = {}
    for allow in (True, False):
        with pytest.raises(PersonError) as error:
            await question.tap(allow=allow, person_id=person_id, chat=home_of(person_id))
        told[f"tap {allow}"] = error.value.key
    whole = WholeCallTap(approval_id=approval.id, nonce=approval.nonce)
    chat = home_of(person_id)
    with pytest.raises(PersonError) as error:
        await question.core.answers(
            ButtonTapped(chat=chat, person_id=person_id, reply_token=None, tap=whole),
            person_id=person_id,
        )
    told["show all"] = error.value.key
    for command in ("/approve", "/deny"):
        for number in ("", f" {approval.id}"):
            with pytest.raises(PersonError) as error:
                await typed(question, command + number, person_id)
            told[f"{command}{' 1' if number else ''}"] = error.value.key
    return told


NOT_THEIRS = {
    "tap True": "approval.not_yours",
    "tap False": "approval.not_yours",
    "show all": "approval.not_yours",
    "/approve": "approval.none",
    "/approve 1": "approval.no_such",
    "/deny": "approval.none",
    "/deny 1": "approval.no_such",
}


@pytest.mark.parametrize(
    ("approval", "those"),
    [
        (CALL, {OPERATOR}),
        (OF_API, {OWNER, OTHER_OWNER}),
        (TWO_MUST, {OPERATOR, OWNER, OTHER_OWNER}),
        (TWO_MUST_OF_API, {OWNER, OTHER_OWNER}),
        (replace(CALL, person_id=OWNER), {OWNER}),
        (replace(TWO_MUST, person_id=OWNER), {OWNER, OTHER_OWNER}),
        (replace(TWO_MUST, person_id=VIEWER), {OWNER, OTHER_OWNER}),
    ],
)
def test_a_call_may_be_answered_by_those_it_was_put_to(
    approval: Approval, those: set[str]
) -> None:
    people = [
        *map(with_role, Role),
        with_role(Role.OWNER, OTHER_OWNER),
        with_role(Role.OPERATOR, UNRELATED),
    ]

    assert {one.id for one in people if may_answer(approval, one)} == those


@pytest.mark.parametrize("person_id", [OPERATOR, UNRELATED])
async def test_no_operator_answers_a_call_of_a_turn_of_the_api(person_id: str) -> None:
    async with asked(await everybody(), over_the_api=True) as question:
        told = await refused(question, person_id)

        assert (await question.now()).state is ApprovalState.PENDING
    assert told == NOT_THEIRS


@pytest.mark.parametrize("answer", ["/approve", "/deny"])
async def test_an_owner_s_typed_answer_to_a_turn_of_the_api_counts(answer: str) -> None:
    async with asked(await everybody(), over_the_api=True) as question:
        await typed(question, answer, OTHER_OWNER)

        assert (await question.verdict()).allow is (answer == "/approve")
        assert (await question.now()).decided_by == OTHER_OWNER


async def test_where_two_must_say_yes_an_operator_whose_turn_it_is_not_has_no_say() -> None:
    async with asked(await everybody(), origin=OPERATORS_TURN, ruling=TWO) as question:
        before = await refused(question, UNRELATED)
        await question.tap(person_id=OPERATOR, chat=home_of(OPERATOR))
        between = await refused(question, UNRELATED)
        now = await question.now()

    assert before == between == NOT_THEIRS
    assert (now.state, now.first_yes) == (ApprovalState.PENDING, OPERATOR)


async def test_where_two_must_say_yes_the_person_who_asked_and_an_owner_are_two() -> None:
    async with asked(await everybody(), origin=OPERATORS_TURN, ruling=TWO) as question:
        [noted] = await typed(question, "/approve", OPERATOR)
        with pytest.raises(PersonError) as error:
            await typed(question, "/approve", OPERATOR)
        await typed(question, "/approve", OTHER_OWNER)

        assert (await question.verdict()).allow
    assert "a second person" in noted.text
    assert error.value.key == "approval.needs_another"


async def test_where_two_must_say_yes_an_owner_may_be_the_first_of_them() -> None:
    async with asked(await everybody(), origin=OPERATORS_TURN, ruling=TWO) as question:
        await typed(question, "/approve", OWNER)
        await question.tap(person_id=OPERATOR, chat=home_of(OPERATOR))

        assert (await question.verdict()).allow
        assert (await question.now()).first_yes == OWNER


async def test_where_two_must_say_yes_to_a_turn_of_the_api_both_are_owners() -> None:
    async with asked(await everybody(), over_the_api=True, ruling=TWO) as question:
        first = await refused(question, OPERATOR)
        await question.tap()
        second = await refused(question, OPERATOR)
        await question.tap(person_id=OTHER_OWNER)

        assert (await question.verdict()).allow
    assert first == second == NOT_THEIRS


async def test_after_the_api_s_yes_an_unrelated_operator_is_not_the_second_person() -> None:
    async with asked(await everybody(), origin=OPERATORS_TURN, ruling=TWO) as question:
        noted = await over_api(question)
        with pytest.raises(PersonError) as error:
            await over_api(question)
        told = await refused(question, UNRELATED)
        await question.tap(person_id=OPERATOR, chat=home_of(OPERATOR))

        assert (await question.verdict()).allow
    assert (noted.state, noted.first_yes) == (ApprovalState.PENDING, API)
    assert error.value.key == "approval.needs_another"
    assert told == NOT_THEIRS


async def test_the_api_answers_a_call_of_its_own_turn() -> None:
    async with asked(await everybody(), over_the_api=True) as question:
        await over_api(question)

        assert (await question.verdict()).allow
        assert (await question.now()).decided_by == API


async def test_the_yes_of_one_who_may_no_longer_counts_for_nothing() -> None:
    core = Core(owners=frozenset({OWNER, OTHER_OWNER}))
    async with asked(core, ruling=TWO) as question:
        await question.tap()
        async with core.store.transaction() as records:
            giver = await records.people.get(OWNER)
            assert giver is not None
            await records.people.save(replace(giver, role=Role.VIEWER))
        await question.tap(person_id=OTHER_OWNER, chat=home_of(OTHER_OWNER))
        now = await question.now()

    assert (now.state, now.first_yes) == (ApprovalState.PENDING, OTHER_OWNER)


async def test_the_first_yes_of_an_owner_who_is_none_any_more_does_not_count() -> None:
    """Or two operators could say what an owner must."""
    core = await everybody()
    async with asked(core, origin=OPERATORS_TURN, ruling=TWO) as question:
        await question.tap(person_id=OTHER_OWNER, chat=home_of(OTHER_OWNER))
        object.__setattr__(core.gate, "owners", frozenset({OWNER}))
        async with core.store.transaction() as records:
            await records.people.save(with_role(Role.OPERATOR, OTHER_OWNER))
        await question.tap(person_id=OPERATOR, chat=home_of(OPERATOR))
        now = await question.now()

    assert (now.state, now.first_yes) == (ApprovalState.PENDING, OPERATOR)
