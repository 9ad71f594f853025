"""How our values are kept in columns, and read back. Knows no table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from orchestrator_core.model import Chat, ChatKind, ReplyToken

#: Neither database keeps these: NUL ends PostgreSQL's text, lone surrogates have no UTF-8.
_REPLACEMENT = "\ufffd"
_BILLION = 10**9


def text(value: str) -> str:
    """The text with what a database cannot keep replaced by U+FFFD."""
    if "\0" in value:
        value = value.replace("\0", _REPLACEMENT)
    try:
        value.encode()
    except UnicodeEncodeError:
        # A pair of surrogates becomes its character; a lone one is replaced.
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def optional_text(value: str | None) -> str | None:
    return None if value is None else text(value)


def json_text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), default=dict)


def from_json(value: str) -> Any:
    return json.loads(value)


def billionths(usd: Decimal) -> int:
    """Money as a whole number of billionths, which both databases add up exactly."""
    return int((usd * _BILLION).to_integral_value())


def usd(value: int) -> Decimal:
    return Decimal(value) / _BILLION


def chat_columns(chat: Chat | None) -> dict[str, str | None]:
    if chat is None:
        return {"chat_id": None, "chat_kind": None}
    return {"chat_id": chat.id, "chat_kind": chat.kind.value}


def chat_of(chat_id: str | None, chat_kind: str | None) -> Chat | None:
    if chat_id is None or chat_kind is None:
        return None
    return Chat(id=chat_id, kind=ChatKind(chat_kind))


def token_columns(token: ReplyToken | None) -> Mapping[str, str | datetime | None]:
    return {
        "reply_token": token.value if token else None,
        "reply_token_expires_at": token.expires_at if token else None,
    }


def token_of(value: str | None, expires_at: datetime | None) -> ReplyToken | None:
    if value is None or expires_at is None:
        return None
    return ReplyToken(value=value, expires_at=expires_at)
