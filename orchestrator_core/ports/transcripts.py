"""Where Claude's conversations are kept beside the machine that holds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orchestrator_core.model import JsonObject, Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptKey:
    """One list of lines: a conversation's own, or one of a subagent's in it."""

    #: Made of the workspace's path.
    project: str
    #: Claude's own id of the conversation.
    conversation: str
    #: Empty for the conversation's own lines.
    subpath: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptConversation:
    id: str
    #: When its own last line was stored.
    changed_at: datetime


class Transcripts(Protocol):
    """Lines are JSON objects that nobody here understands; what went in comes out."""

    async def append(
        self, key: TranscriptKey, lines: Sequence[JsonObject], *, lease: Lease | None = None
    ) -> Lease | None:
        """Add the lines after those there are, all or none.

        A line whose `uuid` is there already is passed over; one without is always added.
        Writes for the session's holder and gives back the lease as it stands now: its holder
        may have claimed again. Raises LeaseLostError, and keeps nothing, once somebody else has
        claimed the session; ValueError for a key too long to be kept.
        """
        ...

    async def load(self, key: TranscriptKey) -> list[JsonObject]:
        """All lines in order; none for a key that was never written."""
        ...

    async def tail(self, key: TranscriptKey) -> list[JsonObject]:
        """The last line that has a `uuid`, and all after it."""
        ...

    async def subpaths(self, key: TranscriptKey) -> list[str]:
        """Those of the conversation, whatever the key's own; in alphabetical order."""
        ...

    async def conversations(self, project: str) -> list[KeptConversation]: ...

    async def delete(self, key: TranscriptKey) -> None:
        """The whole conversation; with a subpath only the lines under that."""
        ...

    async def delete_before(self, moment: datetime, *, limit: int) -> int:
        """Delete conversations, subagents and all, to which nothing was added since then.

        At most `limit` of them; returns how many. Never a part of one.
        """
        ...
