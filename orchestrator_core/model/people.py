"""Who speaks, and where."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: A JSON object as it is stored or sent.
JsonObject = dict[str, Any]


class Language(enum.StrEnum):
    ENGLISH = "en"
    JAPANESE = "ja"


class ChatKind(enum.StrEnum):
    USER = "user"
    GROUP = "group"
    ROOM = "room"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Where people and Denrei talk: one person (1:1), a group or a room."""

    id: str
    kind: ChatKind

    @property
    def is_one_to_one(self) -> bool:
        return self.kind is ChatKind.USER


class Role(enum.StrEnum):
    OWNER = "owner"
    #: Known, but may not command anything.
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: str
    role: Role
    language: Language
    #: When this person was told that they may not command Denrei; None if never.
    refused_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a chat is tied to: the agent new sessions start with, and the current session."""

    chat_id: str
    agent: str | None = None
    session_id: str | None = None
    #: Since when nothing can be sent there: Denrei was unfollowed, blocked, or sent away.
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToken:
    """The right to answer one event for free, once, until `expires_at`."""

    value: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Who spoke and where, and the right to answer there for free while it lasts."""

    chat: Chat
    person_id: str
    reply_token: ReplyToken | None = None
    #: The channel's id of what was said, by which it can be taken back.
    message_id: str | None = None
