"""Who speaks, and where."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orchestrator_core.model.quota import QuotaMode

#: A JSON object as it is stored or sent.
JsonObject = dict[str, Any]

SHORT_PERSON_ID = 9
_CALLED_LENGTH = 40


class Language(enum.StrEnum):
    ENGLISH = "en"
    JAPANESE = "ja"
    #: In traditional characters, as Taiwan writes.
    CHINESE = "zh-Hant"
    THAI = "th"


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
    """What each may do is in `orchestrator_core/rights.py`."""

    OWNER = "owner"
    OPERATOR = "operator"
    VIEWER = "viewer"
    #: Known, but may not do anything.
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    id: str
    #: As it was when they were last heard of; `Gate.role_of` says what it is now.
    role: Role
    language: Language
    #: When this person was told that they may not command Denrei; None if never.
    refused_at: datetime | None = None
    #: The role an owner gave them; None: none, or it was taken away.
    granted: Role | None = None
    #: What owners call them.
    name: str | None = None
    #: Which owner, or which door, let them in.
    invited_by: str | None = None
    #: When an owner took their role away. They get no pairing code of their own again.
    revoked_at: datetime | None = None
    #: With `/lang`; None: the language is the profile's.
    chosen_language: Language | None = None
    #: Of the times they name; None: the configured one.
    zone: str | None = None
    #: What they call themselves on the channel, where it was told.
    shown_name: str | None = None

    @property
    def label(self) -> str:
        """As owners see them. What somebody calls themselves never stands alone: it may be
        another's name."""
        if self.name:
            return self.name
        return f"{self.shown} ({self.short_id})" if self.shown else self.short_id

    @property
    def shown(self) -> str:
        """What they call themselves, made fit to be shown; empty: nobody told."""
        return _plain(self.shown_name)

    @property
    def called(self) -> str:
        """What others in a group know them by, on one line and without a colon: what Claude is
        told somebody said must not look like what somebody else did."""
        return _plain(self.name or self.shown_name) or self.short_id

    @property
    def short_id(self) -> str:
        """Enough for people to tell each other apart, and to type."""
        return self.id[:SHORT_PERSON_ID]


def _plain(name: str | None) -> str:
    words = " ".join((name or "").replace(":", " ").split())
    plain = "".join(one for one in words if one.isprintable())
    return plain[:_CALLED_LENGTH].strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What a chat is tied to: the agent new sessions start with, and the current session."""

    chat_id: str
    agent: str | None = None
    session_id: str | None = None
    #: Since when nothing can be sent there: Denrei was unfollowed, blocked, or sent away.
    left_at: datetime | None = None
    #: None: as the settings say.
    quota: QuotaMode | None = None


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
