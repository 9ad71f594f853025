"""A renderer that keeps what it was given, and makes one plain object of each message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator_core.messages import Card, Message
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
        return [tuple(self._object(message) for message in messages)]

    def _object(self, message: Message) -> JsonObject:
        if not message.text.strip() and not isinstance(message, Card):
            raise ValueError("A message must not be empty.")
        if message.text == self.refuses:
            raise ValueError("refused")
        buttons = {button.label: button.command or "tap" for button in message.buttons}
        title = message.title if isinstance(message, Card) else None
        return {"type": "text", "text": message.text, "title": title, "buttons": buttons}
