"""Files that people send, and files that Claude made for them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator_core.model.people import Chat, ReplyToken


class MediaKind(enum.StrEnum):
    """What the channel calls what was sent. What it is shows when it was fetched."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"


class UploadState(enum.StrEnum):
    #: To be fetched, now or later.
    WAITING = "waiting"
    FETCHING = "fetching"
    #: In the workspace.
    STORED = "stored"
    #: Will never be fetched; `why` says the reason.
    REFUSED = "refused"
    #: The person took the message back.
    WITHDRAWN = "withdrawn"


class Refusal(enum.StrEnum):
    """Why a file is not in the workspace."""

    TOO_LARGE = "too_large"
    #: The channel has it no more.
    GONE = "gone"
    #: Sent as a picture, sound or film, and none by its content.
    NOT_WHAT_IT_SAYS = "not_what_it_says"
    #: The workspace's folder takes no file.
    NO_ROOM = "no_room"
    #: It was tried for long enough.
    GAVE_UP = "gave_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUpload:
    """A file somebody sent, to be fetched into a workspace."""

    chat: Chat
    person_id: str
    #: The channel's id of the message, by which it is fetched.
    message_id: str
    kind: MediaKind
    workspace: str
    #: Of the workers that can reach the workspace.
    pool: str
    created_at: datetime
    #: As the sender's device calls it; None: it has none.
    name: str | None = None
    #: Pictures sent at once have one; how many they are.
    set_id: str | None = None
    set_total: int | None = None
    reply_token: ReplyToken | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(NewUpload):
    id: int
    state: UploadState = UploadState.WAITING
    #: When it is to be fetched next.
    due_at: datetime
    #: How often that was begun.
    attempts: int = 0
    #: Who fetches it, and when they are taken for dead.
    fetcher: str | None = None
    fetching_until: datetime | None = None
    #: Below the workspace, with slashes.
    path: str | None = None
    #: By its content.
    media_type: str | None = None
    size: int | None = None
    why: Refusal | None = None
    #: The turn whose prompt it goes with.
    turn_id: int | None = None
    #: When the sender was told what became of it, or needed not to be.
    told_at: datetime | None = None

    @property
    def is_settled(self) -> bool:
        return self.state not in {UploadState.WAITING, UploadState.FETCHING}


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFile:
    """A copy of a file that a turn made, as it was at the turn's end."""

    #: Cannot be guessed.
    id: str
    turn_id: int
    #: Whose turn it was: the link is good while they have a role.
    person_id: str
    name: str
    #: By its content.
    media_type: str
    content: bytes = field(repr=False)
    created_at: datetime
    expires_at: datetime
