"""What the renderer makes of messages, and what a person sees of it."""

from __future__ import annotations

from bot.line.postbacks import Postbacks
from bot.line.rendering import LineRenderer
from orchestrator_core.messages import ApprovalTap, Button, Message
from orchestrator_core.model import Chat, ChatKind, JsonObject

POSTBACKS = Postbacks(b"key")
RENDERER = LineRenderer(POSTBACKS)
CHAT = Chat(id="U" + "a" * 32, kind=ChatKind.USER)
ALLOW = ApprovalTap(approval_id=7, nonce="nonce-1", allow=True)
DENY = ApprovalTap(approval_id=7, nonce="nonce-1", allow=False)
HELP = Button(label="Help", command="/help")


def calls(*messages: Message, person_id: str | None = CHAT.id) -> list[tuple[JsonObject, ...]]:
    return RENDERER.calls(messages, chat=CHAT, person_id=person_id)


def only(*messages: Message) -> JsonObject:
    ((one,),) = calls(*messages)
    return one


def objects(*messages: Message) -> list[JsonObject]:
    return [one for call in calls(*messages) for one in call]


def texts(found: JsonObject | list[JsonObject]) -> list[str]:
    """Every text shown in a Flex container, in order."""
    if isinstance(found, list):
        return [text for one in found for text in texts(one)]
    inner = [*found.get("contents", []), *([found["body"]] if "body" in found else [])]
    return ([found["text"]] if found.get("type") == "text" else []) + texts(inner)


def taps_of(message: JsonObject) -> list[JsonObject]:
    """The actions of a card's buttons."""
    return [one["action"] for one in message["contents"]["footer"]["contents"]]
