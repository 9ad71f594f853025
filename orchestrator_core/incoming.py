"""What people do, in our own words: a channel's events once they have been read."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator_core.messages import Tap
from orchestrator_core.model import Chat, MediaKind, Origin, ReplyToken


@dataclass(frozen=True, slots=True, kw_only=True)
class FromPerson:
    """What every act of a person tells."""

    chat: Chat
    person_id: str
    reply_token: ReplyToken | None
    #: The channel's id of the message; None for an act that is none.
    message_id: str | None = None

    @property
    def origin(self) -> Origin:
        return Origin(
            chat=self.chat,
            person_id=self.person_id,
            reply_token=self.reply_token,
            message_id=self.message_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSaid(FromPerson):
    text: str
    #: In a group: whether Denrei itself was mentioned. The mention is no longer in `text`.
    mentioned: bool = False
    #: The channel's id of the message that this one answers to.
    quoted_message_id: str | None = None
    #: What that message brought; None: it brought none, or is not known.
    quoted_media: MediaSent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSent(FromPerson):
    """A picture, film, sound or file, which the channel keeps for a while."""

    #: What the channel calls it.
    kind: MediaKind
    #: As the sender's device calls it; None: it has none.
    name: str | None = None
    #: In bytes, as far as it was told.
    size: int | None = None
    #: Pictures sent at once have one id; which of how many this is, from 1.
    set_id: str | None = None
    set_index: int | None = None
    set_total: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonTapped(FromPerson):
    #: None when the button was not ours, was altered, or was made for someone else.
    tap: Tap | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed(FromPerson):
    """A person added Denrei as a friend (or unblocked it)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsupportedSent(FromPerson):
    """A sticker, a place or anything else Denrei cannot take as a prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutChat:
    """What happens to a chat, whoever did it."""

    chat: Chat


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(AboutChat):
    """Denrei was taken into a group or room."""

    #: For a word to those who are there.
    reply_token: ReplyToken | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(AboutChat):
    """Denrei was unfollowed, blocked, or sent out of a group or room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unnamed(AboutChat):
    """Somebody whom the channel does not name spoke to Denrei."""

    reply_token: ReplyToken | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent(AboutChat):
    """A person took a message back. Wherever its text is kept, it is to go."""

    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """Nothing to act on: an unknown kind, no person, or another bot has the floor."""

    kind: str


Incoming = (
    TextSaid
    | MediaSent
    | ButtonTapped
    | Followed
    | UnsupportedSent
    | Joined
    | Left
    | Unnamed
    | Unsent
    | Ignored
)
