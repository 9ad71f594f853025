"""What Claude asks with its tool for questions, and what becomes of the answers. Asks nobody.

A call holds a few questions; they are put one after the other, and the call waits as any tool
call that a person is asked about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from orchestrator_core.messages import Button, Card, Fact, QuestionTap
from orchestrator_core.model import Approval, JsonObject, Session
from orchestrator_core.texts import Texts

#: As Claude Code names the tool.
ASKING = "AskUserQuestion"
#: Claude asks for fewer; more than a card can show is no question for a phone.
_MOST_QUESTIONS = 10
_MOST_OPTIONS = 10
_CHOSEN, _OPEN = "☑", "☐"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    label: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    text: str
    header: str
    options: tuple[Option, ...]
    #: Any number of options may be chosen.
    several: bool


def can_be_put(tool_input: JsonObject) -> bool:
    try:
        questions_in(tool_input)
    except ValueError:
        return False
    return True


def questions_in(tool_input: JsonObject) -> list[Question]:
    """Raises ValueError when it is not of the shape that Claude Code gives."""
    try:
        found = [_question(one) for one in tool_input["questions"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no questions: {type(error).__name__}") from None
    if not 0 < len(found) <= _MOST_QUESTIONS or len({one.text for one in found}) < len(found):
        raise ValueError("no questions, too many, or one twice")
    return found


def _question(raw: Any) -> Question:
    options = tuple(
        Option(label=_words(one["label"]), description=str(one.get("description") or "").strip())
        for one in raw["options"]
    )
    if len(options) > _MOST_OPTIONS:
        raise ValueError("too many options")
    return Question(
        text=_words(raw["question"]),
        header=str(raw.get("header") or "").strip(),
        options=options,
        several=raw.get("multiSelect") is True,
    )


def _words(raw: Any) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("a question or an option without words")
    return raw


def current(approval: Approval) -> int:
    """Which of its questions waits, from 0."""
    return len(approval.answers)


def answered_input(approval: Approval) -> JsonObject:
    """The call's input with the answers, as Claude Code wants it back."""
    asked = questions_in(approval.tool_input)
    answers = {
        question.text: ", ".join(chosen)
        for question, chosen in zip(asked, approval.answers, strict=True)
    }
    return {**approval.tool_input, "answers": answers}


def question_card(approval: Approval, session: Session, say: Texts) -> Card:
    """The question that waits, with a button for each option."""
    asked = questions_in(approval.tool_input)
    number = current(approval)
    question = asked[number]
    waits = approval.expires_at - approval.created_at
    minutes = max(1, round(waits.total_seconds() / 60))
    title = question.header or say("question.title")
    if len(asked) > 1:
        title = say("question.of", title=title, n=number + 1, all=len(asked))
    lines = [question.text, "", *_lines(question, approval.picked), ""]
    if question.several:
        lines.append(say("question.several"))
    lines.append(say.count("question.waits", minutes))
    return Card(
        title=title,
        summary=say("question.summary", number=session.number, question=question.text),
        text="\n".join(lines),
        facts=(Fact(label=say("fact.session"), value=session.label),),
        buttons=tuple(_buttons(approval, question, number, say)),
    )


def _lines(question: Question, picked: tuple[str, ...]) -> Iterator[str]:
    for number, option in enumerate(question.options, 1):
        mark = f"{_CHOSEN if option.label in picked else _OPEN} " if question.several else ""
        told = f" — {option.description}" if option.description else ""
        yield f"{mark}{number}. {option.label}{told}"


def _buttons(approval: Approval, question: Question, number: int, say: Texts) -> Iterator[Button]:
    def tap(*, option: int | None = None, own: bool = False) -> QuestionTap:
        return QuestionTap(
            approval_id=approval.id,
            nonce=approval.nonce,
            question=number,
            option=option,
            own=own,
        )

    for place, option in enumerate(question.options):
        chosen = option.label in approval.picked
        mark = f"{_CHOSEN} " if chosen else ""
        yield Button(
            label=f"{mark}{place + 1}. {option.label}",
            tap=tap(option=place),
            primary=chosen or not question.several,
        )
    if question.several:
        yield Button(label=say("button.done"), tap=tap(), primary=bool(approval.picked))
    yield Button(label=say("button.own_answer"), tap=tap(own=True))
