"""Claude's own questions on somebody's phone, and taps on them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.messages import Button, Card, Message, QuestionTap
from orchestrator_core.model import JsonObject
from orchestrator_core.ports import Verdict
from orchestrator_core.questions import ASKING
from tests.core import Core
from tests.people import HOME, OWNER
from tests.questions import Asked, asked

DATABASE: JsonObject = {
    "question": "Which database?",
    "header": "Database",
    "options": [
        {"label": "SQLite", "description": "One file"},
        {"label": "PostgreSQL", "description": ""},
    ],
    "multiSelect": False,
}
PARTS: JsonObject = {
    "question": "Which parts?",
    "header": "",
    "options": [{"label": "API"}, {"label": "Pages"}, {"label": "Tests"}],
    "multiSelect": True,
}


def calling(*questions: JsonObject) -> JsonObject:
    return {"questions": list(questions)}


@asynccontextmanager
async def questioned(
    core: Core, *questions: JsonObject, over_the_api: bool = False
) -> AsyncIterator[Asked]:
    async with asked(
        core, tool=ASKING, tool_input=calling(*questions), over_the_api=over_the_api
    ) as one:
        yield one


def card_of(message: Message) -> Card:
    assert isinstance(message, Card)
    return message


def sent(core: Core) -> Card:
    """The card on the phone."""
    return [one for one in core.renderer.shown if isinstance(one, Card)][-1]


def button(card: Card, beginning: str) -> Button:
    [found] = [one for one in card.buttons if one.label.lstrip("☑ ").startswith(beginning)]
    return found


def tapped(found: QuestionTap, *, person_id: str = OWNER) -> ButtonTapped:
    return ButtonTapped(chat=HOME, person_id=person_id, reply_token=None, tap=found)


def tap_of(card: Card, beginning: str) -> QuestionTap:
    found = button(card, beginning).tap
    assert isinstance(found, QuestionTap)
    return found


async def tap(core: Core, card: Card, beginning: str, *, person_id: str = OWNER) -> list[Message]:
    found = tap_of(card, beginning)
    return await core.answers(tapped(found, person_id=person_id), person_id=person_id)


async def key_of_refusal(core: Core, card: Card, beginning: str) -> str:
    with pytest.raises(PersonError) as caught:
        await tap(core, card, beginning)
    return caught.value.key


def answers(verdict: Verdict) -> JsonObject:
    assert verdict.allow
    assert verdict.updated_input is not None
    found: JsonObject = verdict.updated_input["answers"]
    return found
