"""What people do, in our own words: a channel's events once they have been read."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator_core.messages import ApprovalTap
from orchestrator_core.model import Chat, ReplyToken


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSaid:
    chat: Chat
    person_id: str
    text: str
    reply_token: ReplyToken | None
    #: In a group: whether Denrei itself was mentioned. The mention is no longer in `text`.
    mentioned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonTapped:
    chat: Chat
    person_id: str
    #: None when the button was not ours, was altered, or was made for someone else.
    tap: ApprovalTap | None
    reply_token: ReplyToken | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A person added Denrei as a friend (or unblocked it)."""

    chat: Chat
    person_id: str
    reply_token: ReplyToken | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedSent:
    """A sticker, image, file or anything else Denrei cannot take as a prompt."""

    chat: Chat
    person_id: str
    reply_token: ReplyToken | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Nothing to act on: an unknown kind, no person, or another bot has the floor."""

    kind: str


Incoming = TextSaid | ButtonTapped | Followed | UnsupportedSent | Ignored
