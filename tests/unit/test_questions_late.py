"""Answers to Claude's questions that count once, come late, or are not for this person."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.model import ApprovalState, JsonObject, Person, Role
from orchestrator_core.ports import Topic
from orchestrator_core.questions import answered_input, questions_in
from tests.asked import (
    DATABASE,
    PARTS,
    answers,
    calling,
    card_of,
    key_of_refusal,
    questioned,
    sent,
    tap,
    tap_of,
    tapped,
)
from tests.core import Core, token
from tests.people import HOME, OTHER_OWNER, OWNER


async def test_a_question_is_answered_once() -> None:
    core = Core()
    async with questioned(core, DATABASE, PARTS) as one:
        first = sent(core)
        [second] = await tap(core, first, "1.")
        before = await key_of_refusal(core, first, "2.")
        [chosen] = await tap(core, card_of(second), "1.")
        await tap(core, card_of(chosen), "That is all")
        late = await key_of_refusal(core, card_of(second), "2.")
        verdict = await one.verdict()

    assert (before, late) == ("question.done_before", "question.late.allowed")
    assert answers(verdict) == {"Which database?": "SQLite", "Which parts?": "API"}


async def test_of_two_taps_at_once_one_counts() -> None:
    core = Core()
    async with questioned(core, DATABASE) as one:
        card = sent(core)
        results = await asyncio.gather(
            tap(core, card, "1."), tap(core, card, "2."), return_exceptions=True
        )
        verdict = await one.verdict()

    assert sum(isinstance(result, PersonError) for result in results) == 1
    assert len(answers(verdict)) == 1


async def test_the_last_answer_s_reply_token_makes_claude_s_answer_free() -> None:
    core = Core()
    async with questioned(core, DATABASE) as one:
        found = tap_of(sent(core), "1.")
        mine = token(core, "of the tap")
        await core.answers(replace(tapped(found), reply_token=mine))
        await one.verdict()

        assert (await core.read_turn(one.turn.id)).reply_token == mine


async def test_no_answer_in_time_is_told_to_both() -> None:
    core = Core()
    async with questioned(core, DATABASE) as one:
        card = sent(core)
        core.clock.advance(timedelta(minutes=11))
        core.wakeups.ring(Topic.APPROVALS, one.session.id)
        verdict = await one.verdict()
        late = await key_of_refusal(core, card, "1.")

    assert not verdict.allow
    assert verdict.message.startswith("Nobody answered in time. Go on as you think best")
    assert "nobody answered Claude's question in time" in (await core.texts())[-1]
    assert late == "question.late.expired"


async def test_one_whose_time_is_up_counts_no_more_before_anybody_has_noticed() -> None:
    core = Core()
    async with questioned(core, DATABASE):
        card = sent(core)
        await tap(core, card, "Type my own")
        core.clock.advance(timedelta(minutes=11))

        assert await key_of_refusal(core, card, "1.") == "question.late.expired"
        with pytest.raises(PersonError):
            await core.answers("MySQL")


async def test_once_its_turn_is_over_its_buttons_say_so_and_words_are_a_prompt() -> None:
    core = Core()
    async with questioned(core, DATABASE) as one:
        card = sent(core)
        await tap(core, card, "Type my own")
        async with core.store.transaction() as records:
            await core.approvals.cancel_all(records, one.turn.id, core.clock.now())
        late = await key_of_refusal(core, card, "1.")
        await core.answers("MySQL")
        queued = await core.open_turns(one.session.id)

    assert late == "question.late.cancelled"
    assert queued[-1].prompt == "MySQL"


async def test_others_cannot_answer() -> None:
    core = Core()
    async with questioned(core, DATABASE) as one:
        with pytest.raises(PersonError, match="not_yours"):
            await tap(core, sent(core), "1.", person_id=OTHER_OWNER)

        assert not one.waiting.done()


async def test_whoever_lost_their_role_cannot_answer_any_more() -> None:
    core = Core()
    async with questioned(core, DATABASE):
        found = tap_of(sent(core), "1.")
        async with core.store.transaction() as records:
            known = await records.people.get(OWNER)
            assert known is not None
            viewer = Person(id=OWNER, role=Role.VIEWER, language=known.language)
            await records.people.save(viewer)

        with pytest.raises(PersonError, match="refused"):
            await core.answers(tapped(found))


async def test_a_question_of_a_turn_from_the_api_is_put_to_the_owners() -> None:
    core = Core()
    async with questioned(core, DATABASE, over_the_api=True) as one:
        await tap(core, sent(core), "1.")

        assert answers(await one.verdict()) == {"Which database?": "SQLite"}


async def test_it_cannot_be_allowed_without_an_answer_but_declined() -> None:
    core = Core()
    async with questioned(core, DATABASE) as one:
        with pytest.raises(PersonError, match="needs_answer"):
            await core.answers("/approve")
        await core.answers("/deny")
        verdict = await one.verdict()
        late = await key_of_refusal(core, sent(core), "1.")

    assert verdict.message == "The user does not want to answer. Go on without, as you think best."
    assert late == "question.late.denied"


async def test_what_was_answered_is_not_kept_once_claude_knows() -> None:
    core = Core()
    async with questioned(core, DATABASE) as one:
        await tap(core, sent(core), "Type my own")
        await core.answers("my secret")
        await one.verdict()
        kept = await one.now()

    assert (kept.state, kept.answers, kept.picked) == (ApprovalState.ALLOWED, (), ())
    assert "my secret" not in str(core.store.audit_entries)


@pytest.mark.parametrize(
    "tool_input",
    [
        {},
        {"questions": []},
        {"questions": "which?"},
        {"questions": [{"question": "which?"}]},
        {"questions": [{"question": " ", "options": [{"label": "a"}]}]},
        {"questions": [{"question": "which?", "options": [{"label": 7}]}]},
        {"questions": [{"question": "which?", "options": ["a"]}]},
        {"questions": [DATABASE, DATABASE]},
        {"questions": [{**DATABASE, "question": f"{n}?"} for n in range(11)]},
        {"questions": [{"question": "?", "options": [{"label": f"{n}"} for n in range(11)]}]},
    ],
)
async def test_what_are_no_questions_are_not_put(tool_input: JsonObject) -> None:
    with pytest.raises(ValueError, match=r"question|options"):
        questions_in(tool_input)


async def test_answers_keep_what_claude_gave_beside_them() -> None:
    core = Core()
    async with questioned(core, DATABASE) as one:
        given = replace(
            one.approval,
            tool_input={**calling(DATABASE), "metadata": {"source": "x"}},
            answers=(("SQLite",),),
        )

    assert answered_input(given) == {
        "questions": [DATABASE],
        "metadata": {"source": "x"},
        "answers": {"Which database?": "SQLite"},
    }


async def test_a_card_names_the_chat_it_belongs_to() -> None:
    core = Core()
    async with questioned(core, DATABASE):
        [delivery] = await core.deliveries()

    assert delivery.chat_id == HOME.id
