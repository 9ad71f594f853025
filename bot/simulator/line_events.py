"""Webhook events in LINE's own shape, and their signature.

https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
Knows nothing of HTTP or of what a bot does with them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime

from bot.simulator.line_state import JsonObject

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(now: datetime) -> str:
    number = (milliseconds(now) << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def sign(body: bytes, channel_secret: str) -> str:
    digest = hmac.digest(channel_secret.encode(), body, hashlib.sha256)
    return base64.b64encode(digest).decode()


def encode(destination: str, events: list[JsonObject]) -> bytes:
    payload = {"destination": destination, "events": events}
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def source(user_id: str, group_id: str | None) -> JsonObject:
    if group_id is None:
        return {"type": "user", "userId": user_id}
    return {"type": "group", "groupId": group_id, "userId": user_id}


def event(
    kind: str, now: datetime, whence: JsonObject, *, reply_token: str | None = None, **rest: object
) -> JsonObject:
    made: JsonObject = {
        "type": kind,
        **rest,
        "webhookEventId": ulid(now),
        "deliveryContext": {"isRedelivery": False},
        "timestamp": milliseconds(now),
        "source": whence,
        "mode": "active",
    }
    return made if reply_token is None else {**made, "replyToken": reply_token}


def redelivered(original: JsonObject) -> JsonObject:
    """The same event sent again: reply token, id and time stay."""
    return {**original, "deliveryContext": {"isRedelivery": True}}


def text_message(message_id: str, text: str) -> JsonObject:
    return {
        "type": "text",
        "id": message_id,
        "quoteToken": quote_token(),
        "markAsReadToken": secrets.token_urlsafe(24),
        "text": text,
    }


def quote_token() -> str:
    return "q3Plxr4AgKd" + secrets.token_hex(8)


def mention_of_bot(bot_id: str, bot_name: str) -> JsonObject:
    """The mention of a text that begins with `@` and the bot's name."""
    length = len(f"@{bot_name}".encode("utf-16-le")) // 2
    whom = {"index": 0, "length": length, "type": "user", "userId": bot_id, "isSelf": True}
    return {"mentionees": [whom]}
