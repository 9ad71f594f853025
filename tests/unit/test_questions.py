"""Claude's own questions: put as cards, answered by taps or in words."""

from __future__ import annotations

from orchestrator_core.messages import Card, Say
from tests.asked import DATABASE, PARTS, answers, card_of, key_of_refusal, questioned, sent, tap
from tests.core import Core
from tests.people import GROUP, says


async def test_a_question_is_a_card_with_a_button_for_each_option() -> None:
    core = Core()
    async with questioned(core, DATABASE):
        card = sent(core)

    assert (card.title, card.summary) == ("Database", "#1 asks: Which database?")
    assert card.text.splitlines() == [
        *("Which database?", "", "1. SQLite — One file", "2. PostgreSQL", ""),
        "Claude waits 10 minutes for your answer.",
    ]
    assert [one.label for one in card.buttons] == ["1. SQLite", "2. PostgreSQL", "Type my own"]


async def test_a_tapped_option_goes_back_into_the_run() -> None:
    core = Core()
    async with questioned(core, DATABASE) as one:
        said = await tap(core, sent(core), "2.")
        verdict = await one.verdict()

    assert said == []
    assert verdict.updated_input == {
        "questions": [DATABASE],
        "answers": {"Which database?": "PostgreSQL"},
    }


async def test_several_questions_come_one_after_the_other() -> None:
    core = Core()
    async with questioned(core, DATABASE, PARTS) as one:
        first = sent(core)
        [second] = await tap(core, first, "1.")
        waiting = one.waiting.done()
        [third] = await tap(core, card_of(second), "1.")
        [fourth] = await tap(core, card_of(third), "3.")
        await tap(core, card_of(fourth), "That is all")
        verdict = await one.verdict()

    assert (first.title, card_of(second).title) == ("Database (1 of 2)", "A question (2 of 2)")
    assert not waiting
    assert answers(verdict) == {"Which database?": "SQLite", "Which parts?": "API, Tests"}


async def test_of_several_options_each_is_chosen_and_let_go_by_a_tap() -> None:
    core = Core()
    async with questioned(core, PARTS) as one:
        first = sent(core)
        [chosen] = await tap(core, first, "2.")
        [let_go] = await tap(core, card_of(chosen), "2.")
        nothing = await key_of_refusal(core, card_of(let_go), "That is all")
        [again] = await tap(core, first, "3.")
        await tap(core, card_of(again), "That is all")
        verdict = await one.verdict()

    assert "☑ 2. Pages" in card_of(chosen).text
    assert "☐ 2. Pages" in card_of(let_go).text
    assert nothing == "question.pick_first"
    assert answers(verdict) == {"Which parts?": "Tests"}


async def test_an_answer_of_ones_own_is_the_next_message_in_that_chat() -> None:
    core = Core()
    async with questioned(core, DATABASE) as one:
        [asking] = await tap(core, sent(core), "Type my own")
        elsewhere = await core.answers(says("hello all", chat=GROUP))
        said = await core.answers("  MySQL, as the others have it ")
        verdict = await one.verdict()
        queued = await core.open_turns(one.session.id)

    assert isinstance(asking, Say)
    assert "Which database?" in asking.text
    assert (elsewhere, said) == ([], [])
    assert answers(verdict) == {"Which database?": "MySQL, as the others have it"}
    assert [turn.id for turn in queued] == [one.turn.id]


async def test_ones_own_answer_is_added_to_what_was_chosen() -> None:
    core = Core()
    async with questioned(core, PARTS) as one:
        [chosen] = await tap(core, sent(core), "1.")
        await tap(core, card_of(chosen), "Type my own")
        await core.answers("the docs")

        assert answers(await one.verdict()) == {"Which parts?": "API, the docs"}


async def test_a_tap_instead_of_words_makes_the_next_message_a_prompt() -> None:
    core = Core()
    async with questioned(core, DATABASE, PARTS) as one:
        first = sent(core)
        await tap(core, first, "Type my own")
        await tap(core, first, "1.")
        await core.answers("look at the docs, too")
        queued = await core.open_turns(one.session.id)

    assert queued[-1].prompt == "look at the docs, too"


async def test_a_command_is_a_command_while_words_are_waited_for() -> None:
    core = Core()
    async with questioned(core, DATABASE) as one:
        await tap(core, sent(core), "Type my own")
        [status] = await core.answers("/status")

        assert isinstance(status, Card)
        assert not one.waiting.done()
