"""Answers of Claude as the renderer makes messages of them, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.simulator.line_validation import check_messages
from orchestrator_core.messages import Answer, AnswerWords, PageTap
from orchestrator_core.model import JsonObject
from tests.rendered import CHAT, POSTBACKS, objects

WORDS = AnswerWords(more="More", copy="Copy", outline="On the next pages")


def an_answer(text: str, **more: Any) -> Answer:
    made = Answer(
        text=text,
        title="#3 api-fix",
        summary="api-fix: done, $0.12",
        status="done, $0.12",
        words=WORDS,
        turn_id=7,
        session_id="5e5510",
    )
    return replace(made, **more)


def page_of(text: str, page: int = 1, **more: Any) -> JsonObject:
    """The one message of a page, which LINE would take."""
    [one] = objects(an_answer(text, page=page, **more))
    check_messages({"messages": [one]})
    return one


def read_through(text: str, **more: Any) -> list[JsonObject]:
    """Every page, each brought by the button below the one before."""
    shown = [page_of(text, **more)]
    while (tap := more_of(shown[-1])) is not None:
        assert tap.page == len(shown) + 1
        shown.append(page_of(text, tap.page, **more))
    return shown


def more_of(message: JsonObject) -> PageTap | None:
    """What the button below a page asks for."""
    footer = message.get("contents", {}).get("footer")
    if footer is None:
        return None
    data = footer["contents"][0]["action"]["data"]
    tap = POSTBACKS.read(data, chat_id=CHAT.id, person_id="Ubob")
    assert isinstance(tap, PageTap)
    return tap


def components(found: JsonObject) -> Iterator[JsonObject]:
    """Everything in a Flex container, in order; its own parts too."""
    yield found
    inner = [found[name] for name in ("header", "hero", "body", "footer") if name in found]
    for one in (*inner, *found.get("contents", [])):
        yield from components(one)


def said(message: JsonObject) -> str:
    """All that a person can read of it."""
    if message["type"] == "text":
        return str(message["text"])
    parts = [one for one in components(message["contents"]) if "text" in one]
    # Spans follow one another; texts stand below or beside each other.
    return "".join(one["text"] + ("" if one["type"] == "span" else "\n") for one in parts)


def depth(found: JsonObject) -> int:
    inner = [found[name] for name in ("body", "footer") if name in found]
    return 1 + max((depth(one) for one in (*inner, *found.get("contents", []))), default=0)
