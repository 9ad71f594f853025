"""A renderer that keeps what it was given, and makes one plain object of each message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator_core.messages import (
    Answer,
    Button,
    Card,
    ChoiceTap,
    DeliveryTap,
    Message,
    PageTap,
    QuestionTap,
    ResultTap,
    WholeCallTap,
)
from orchestrator_core.model import Chat, JsonObject


@dataclass(slots=True)
class FakeRenderer:
    #: Every message of every call, in order, also of transactions that came to nothing.
    shown: list[Message] = field(default_factory=list)
    #: Raised for a message with this text.
    refuses: str | None = None

    def calls(
        self, messages: Sequence[Message], *, chat: Chat, person_id: str | None
    ) -> list[tuple[JsonObject, ...]]:
        self.shown += messages
        objects = [self._object(message, chat, person_id) for message in messages]
        return [tuple(objects[start : start + 5]) for start in range(0, len(objects), 5)]

    def _object(self, message: Message, chat: Chat, person_id: str | None) -> JsonObject:
        title = message.title if isinstance(message, Card) else None
        text = _all_of(message) if isinstance(message, Answer) else message.text
        if not (title or message.text).strip():
            raise ValueError("A message must not be empty.")
        if message.text == self.refuses:
            raise ValueError("refused")
        for_whom = f"{person_id or 'anyone'} in {chat.id}"
        buttons = {button.label: _carried(button, for_whom) for button in message.buttons}
        return {"type": "text", "text": text, "title": title, "buttons": buttons}


def _all_of(answer: Answer) -> str:
    """Whatever page is asked for."""
    heading = answer.title if answer.is_apart else ""
    return "\n\n".join(filter(None, [heading, answer.text, answer.note]))


def _carried(button: Button, for_whom: str) -> str:
    if button.tap is None and button.command is not None:
        return button.command
    if button.tap is None or button.command is not None:
        raise ValueError("A button is either a command or an answer.")
    if isinstance(button.tap, DeliveryTap):
        return f"again {button.tap.delivery_id} {button.tap.nonce} by {for_whom}"
    if isinstance(button.tap, ChoiceTap):
        return f"{button.tap.choice} after {button.tap.turn_id} by {for_whom}"
    if isinstance(button.tap, PageTap | ResultTap):
        what = f"page {button.tap.page}" if isinstance(button.tap, PageTap) else "result"
        where = f"{button.tap.session_id} of {for_whom.partition(' in ')[2]}"
        return f"{what} of {button.tap.turn_id} in {where}"
    if isinstance(button.tap, WholeCallTap | QuestionTap):
        asked = isinstance(button.tap, QuestionTap)
        return f"{'an answer to' if asked else 'all of'} {button.tap.approval_id} for {for_whom}"
    answer = ("yes" if button.tap.allow else "no") + (" and more" if button.tap.more else "")
    return f"{answer} to {button.tap.approval_id} by {for_whom}"
