"""Events as LINE sends them, and what our reader makes of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from bot.line.postbacks import Postbacks
from bot.line.webhook_events import LineEventReader
from orchestrator_core.incoming import Incoming, TextSaid
from orchestrator_core.model import Chat, ChatKind, JsonObject

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SENT_MS = 1_795_348_800_000
POSTBACKS = Postbacks(b"key")
READER = LineEventReader(POSTBACKS)
ANNA = "U" + "a" * 32
GROUP = "C" + "c" * 32
ANNAS_CHAT = Chat(id=ANNA, kind=ChatKind.USER)
GROUP_CHAT = Chat(id=GROUP, kind=ChatKind.GROUP)


def event(kind: str = "message", **changes: Any) -> JsonObject:
    made: JsonObject = {
        "type": kind,
        "webhookEventId": "01JD00000000000000000000AA",
        "deliveryContext": {"isRedelivery": False},
        "timestamp": SENT_MS,
        "source": {"type": "user", "userId": ANNA},
        "replyToken": "token",
        "mode": "active",
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def text_event(
    text: str = "hello", *, message_id: str = "1", mention: Any = None, **changes: Any
) -> JsonObject:
    message = {"type": "text", "id": message_id, "quoteToken": "q", "text": text}
    if mention is not None:
        message["mention"] = mention
    return event(message=message, **changes)


def body_of(*events: Any) -> bytes:
    return json.dumps({"destination": "Ubot", "events": events}).encode()


def read(one: Any) -> Incoming:
    return READER.read(json.dumps(one))


def in_group(text: str, mentionees: Any, **changes: Any) -> TextSaid:
    source = {"type": "group", "groupId": GROUP, "userId": ANNA}
    said = read(text_event(text, mention={"mentionees": mentionees}, source=source, **changes))
    assert isinstance(said, TextSaid)
    return said


def own(index: Any, length: Any) -> JsonObject:
    return {"index": index, "length": length, "type": "user", "userId": "Ubot", "isSelf": True}
