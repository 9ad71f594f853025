"""LINE webhook bodies in; rows for the inbox, and later what each event means, out.

https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
LINE adds kinds and fields without notice, so every event is read on its own and only for what is
needed: a strange one never hurts its neighbours. Performs no I/O.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.line.characters import cleaned
from bot.line.media_events import not_text
from bot.line.mentions import Prefixes, without_own_mentions
from bot.line.nesting import shallow
from bot.line.postbacks import Postbacks
from orchestrator_core.incoming import (
    ButtonTapped,
    Followed,
    Ignored,
    Incoming,
    Joined,
    Left,
    TextSaid,
    Unnamed,
    Unsent,
)
from orchestrator_core.model import (
    Chat,
    ChatKind,
    InboxState,
    JsonObject,
    NewInboxEvent,
    ReplyToken,
)

#: A reply token lives for about a minute; the rest is left for the way to LINE.
REPLY_FOR = timedelta(seconds=50)

_SOURCE_IDS = {
    "user": (ChatKind.USER, "userId"),
    "group": (ChatKind.GROUP, "groupId"),
    "room": (ChatKind.ROOM, "roomId"),
}
_ID = re.compile(r"[!-~]{1,64}", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,256}", re.ASCII)
#: What tells of an event which, when and where, and nothing of what was said.
_FRAME = ("type", "mode", "webhookEventId", "timestamp", "deliveryContext", "source", "unsend")
#: Well before the last moment a datetime can hold, so that one can be reckoned onwards from it.
_LAST_MS = 253_000_000_000_000


class WebhookBodyError(Exception):
    """The body is not a JSON object with a list of events. Says nothing of what it holds."""


def to_inbox(body: bytes, now: datetime) -> list[NewInboxEvent]:
    """One row per event, in order; what cannot be read becomes a row in state UNREADABLE, and
    what is nested too deeply to be read is left out of its event.

    Raises WebhookBodyError.
    """
    try:
        try:
            return _rows(json.loads(body), now)
        except RecursionError:
            return _rows(json.loads(shallow(body.decode())), now)
    except (ValueError, KeyError):
        raise WebhookBodyError("The body cannot be read as JSON with events.") from None


def _rows(decoded: Any, now: datetime) -> list[NewInboxEvent]:
    events = decoded["events"] if isinstance(decoded, dict) else None
    if not isinstance(events, list):
        raise WebhookBodyError("The body is not an object with a list of events.")
    # The same thing twice in one body is one thing.
    rows = [_row(event, now) for event in events]
    return list({row.webhook_event_id: row for row in rows}.values())


def _row(event: Any, now: datetime) -> NewInboxEvent:
    # ASCII with escapes: any database keeps it, NUL and broken surrogates included.
    payload = json.dumps(event, separators=(",", ":"))
    try:
        event_id, timestamp_ms = _id(event["webhookEventId"]), _milliseconds(event["timestamp"])
        chat_id, state = _chat_id(event), InboxState.NEW
    except (ValueError, KeyError, TypeError):
        event_id = "unreadable-" + hashlib.sha256(payload.encode()).hexdigest()
        timestamp_ms, chat_id = int(now.timestamp() * 1000), None
        state = InboxState.UNREADABLE
    return NewInboxEvent(
        webhook_event_id=event_id,
        chat_id=chat_id,
        timestamp_ms=timestamp_ms,
        payload=payload,
        state=state,
        received_at=now,
        message_id=_message_id(event),
    )


def _message_id(event: Any) -> str | None:
    """Of the message an event brings, changes or takes back. A strange one is none."""
    try:
        unsent = event["type"] == "unsend"
        return _id(event["unsend"]["messageId"] if unsent else event["message"]["id"])
    except (ValueError, LookupError, TypeError):
        return None


def _quoted_id(message: JsonObject) -> str | None:
    try:
        return _id(message["quotedMessageId"])
    except (ValueError, LookupError, TypeError):
        return None


def _chat_id(event: JsonObject) -> str | None:
    source = event.get("source")
    if source is None:
        return None
    chat = _chat(source)
    return chat.id if chat else None


def _chat(source: JsonObject) -> Chat | None:
    """None for a kind of source that is not known, or one that does not say who it is."""
    known = _SOURCE_IDS.get(_text(source["type"]))
    if known is None or source.get(known[1]) is None:
        return None
    kind, name = known
    return Chat(id=_id(source[name]), kind=kind)


class LineEventReader:
    """What stored events mean. Implements the port EventReader."""

    def __init__(
        self,
        postbacks: Postbacks,
        *,
        prefixes: Sequence[str] = (),
        reply_for: timedelta = REPLY_FOR,
    ) -> None:
        """`prefixes`: with what a text in a group begins that is meant for Denrei, besides a
        mention of it."""
        self._postbacks = postbacks
        self._prefixes = Prefixes(prefixes)
        self._reply_for = reply_for
        self._readers: dict[str, _Read] = {
            "message": self._message,
            "postback": self._postback,
            "follow": _follow,
        }
        self._chat_readers: dict[str, _ReadOfChat] = {
            "join": self._join,
            "unfollow": _leave,
            "leave": _leave,
            "unsend": _unsend,
        }

    def read(self, payload: str) -> Incoming:
        try:
            return self._read(json.loads(payload))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"The event has an unknown shape: {type(error).__name__}") from None

    def without_content(self, payload: str) -> str:
        try:
            event = json.loads(payload)
            kept = {name: event[name] for name in _FRAME if name in event}
            message = event.get("message")
            if isinstance(message, dict):
                kept["message"] = {name: message.get(name) for name in ("type", "id")}
            return json.dumps(kept, separators=(",", ":"))
        except (ValueError, TypeError, AttributeError, RecursionError):
            return "{}"

    def _read(self, event: JsonObject) -> Incoming:
        kind = cleaned(_text(event["type"]))
        read_of_chat = self._chat_readers.get(kind)
        if read_of_chat is not None:
            # Whoever has the floor: nothing is said about these.
            where = _chat(event["source"]) if event.get("source") else None
            return read_of_chat(event, where) if where else Ignored(kind="nobody")
        if event.get("mode") == "standby":
            return Ignored(kind="standby")
        read = self._readers.get(kind)
        if read is None:
            return Ignored(kind=kind)
        source = event.get("source") or {}
        chat = _chat(source) if source else None
        if chat is None:
            return Ignored(kind="nobody")
        if source.get("userId") is None:
            return self._unnamed(event, chat)
        return read(event, chat, _id(source["userId"]), self._reply_token(event))

    def _postback(
        self, event: JsonObject, chat: Chat, person_id: str, token: ReplyToken | None
    ) -> Incoming:
        data = _text(event["postback"]["data"])
        tap = self._postbacks.read(data, chat_id=chat.id, person_id=person_id)
        return ButtonTapped(chat=chat, person_id=person_id, tap=tap, reply_token=token)

    def _message(
        self, event: JsonObject, chat: Chat, person_id: str, token: ReplyToken | None
    ) -> Incoming:
        if _text(event["message"]["type"]) != "text":
            return not_text(event["message"], chat, person_id, token, _message_id(event))
        return self._said(event, chat, person_id, token)

    def _said(
        self, event: JsonObject, chat: Chat, person_id: str, token: ReplyToken | None
    ) -> TextSaid:
        message = event["message"]
        text, mentioned = without_own_mentions(_text(message["text"]), message.get("mention"))
        called = None if chat.is_one_to_one else self._prefixes.rest_of(text)
        return TextSaid(
            chat=chat,
            person_id=person_id,
            text=cleaned(text if called is None else called),
            reply_token=token,
            message_id=_message_id(event),
            mentioned=mentioned or called is not None,
            quoted_message_id=_quoted_id(message),
        )

    def _unnamed(self, event: JsonObject, chat: Chat) -> Incoming:
        """LINE does not tell who it was: somebody who has not agreed to it yet."""
        is_text = event["type"] == "message" and event["message"]["type"] == "text"
        if is_text and self._said(event, chat, "", None).mentioned:
            return Unnamed(chat=chat, reply_token=self._reply_token(event))
        return Ignored(kind="nobody")

    def _join(self, event: JsonObject, chat: Chat) -> Joined:
        is_standby = event.get("mode") == "standby"
        token = None if is_standby else self._reply_token(event)
        return Joined(chat=chat, reply_token=token)

    def _reply_token(self, event: JsonObject) -> ReplyToken | None:
        value = event.get("replyToken")
        if value is None or not _TOKEN.fullmatch(_text(value)):
            return None
        happened = datetime.fromtimestamp(_milliseconds(event["timestamp"]) / 1000, UTC)
        return ReplyToken(value=value, expires_at=happened + self._reply_for)


_Read = Callable[[JsonObject, Chat, str, ReplyToken | None], Incoming]
_ReadOfChat = Callable[[JsonObject, Chat], Incoming]


def _follow(_event: JsonObject, chat: Chat, person_id: str, token: ReplyToken | None) -> Followed:
    return Followed(chat=chat, person_id=person_id, reply_token=token)


def _leave(_event: JsonObject, chat: Chat) -> Left:
    return Left(chat=chat)


def _unsend(event: JsonObject, chat: Chat) -> Unsent:
    return Unsent(chat=chat, message_id=_id(event["unsend"]["messageId"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _id(value: Any) -> str:
    if not _ID.fullmatch(_text(value)):
        raise ValueError("not an id")
    return str(value)


def _milliseconds(value: Any) -> int:
    # True is an int to Python, and no time.
    if type(value) is not int or not 0 <= value <= _LAST_MS:
        raise ValueError("not a time")
    return value
