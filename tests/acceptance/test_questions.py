"""Claude's own questions, end to end: LINE, the real process, the real Claude Code."""

from __future__ import annotations

from pathlib import Path

from bot.simulator.model_replies import Say, UseTool
from tests.harness import Json, Phone, actions_of, text_of, town


def ask(*questions: Json) -> UseTool:
    return UseTool(tool="AskUserQuestion", tool_input={"questions": list(questions)})


def question(text: str, *labels: str, several: bool = False) -> Json:
    return {
        "question": text,
        "header": text[:8],
        "options": [{"label": label, "description": f"{label} it is"} for label in labels],
        "multiSelect": several,
    }


async def test_what_a_person_answers_goes_back_into_the_run(tmp_path: Path) -> None:
    asked = ask(
        question("Which database?", "SQLite", "PostgreSQL"),
        question("Which parts?", "API", "Pages", "Tests", several=True),
        question("What name?", "denrei", "runner"),
    )
    async with town(tmp_path, "haru") as place, place.denrei():
        place.model.on("ask me", asked, Say(text="then I know"))
        phone = place.phone("haru")
        await phone.say("/new ask me")
        first = await phone.next()
        second = await _tapped(phone, first, "2. PostgreSQL")
        chosen = await _tapped(phone, second, "1. API")
        chosen = await _tapped(phone, chosen, "3. Tests")
        third = await _tapped(phone, chosen, "That is all")
        invited = await _tapped(phone, third, "Type my own")
        answer, how = await phone.ask("伝令"), phone.call_of_last()
        late = text_of(await _tapped(phone, first, "1. SQLite"))
        told = place.model.seen("ask me")[-1].request.tool_results[-1]

    assert "Which database?" in text_of(first)
    assert "1. SQLite — SQLite it is" in text_of(first)
    assert "☑ 1. API" in text_of(chosen)
    assert "Write your answer" in text_of(invited)
    assert (answer, how) == ("then I know", "reply")
    assert not told.is_error
    for words in ('"Which database?"="PostgreSQL"', '"Which parts?"="API, Tests"', "伝令"):
        assert words in told.text
    assert late == "This question was answered already."


async def test_a_question_that_was_open_when_denrei_was_killed_says_that_it_is_over(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, "haru") as place:
        place.model.on("ask me", ask(question("Which?", "this", "that")), Say(text="never said"))
        phone = place.phone("haru")
        async with place.denrei() as first:
            await phone.say("/new ask me")
            card = await phone.next()
            await first.kill()
        async with place.denrei():
            offer = await phone.next()
            said = [text_of(await _tapped(phone, card, "1. this"))]
            # Killed so soon, Denrei may not know whether the card arrived, and asks that, too.
            while not said[-1].startswith("Claude no longer waits for this"):
                said.append(text_of(await phone.next()))

    assert "Run again" in actions_of(offer)
    assert len(said) <= 2


async def test_a_question_can_be_declined_and_claude_goes_on(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as place, place.denrei():
        place.model.on("ask me", ask(question("Which?", "this", "that")), Say(text="as I think"))
        phone = place.phone("haru")
        await phone.say("/new ask me")
        await phone.next()
        answer = await phone.ask("/deny")
        told = place.model.seen("ask me")[-1].request.tool_results[-1]

    assert answer == "as I think"
    assert "does not want to answer" in told.text


async def _tapped(phone: Phone, card: Json, label: str) -> Json:
    await phone.tap(card, label)
    return await phone.next()
