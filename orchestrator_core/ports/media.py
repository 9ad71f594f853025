"""Files that people send and that Claude makes: what is known of them, where they come from."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import BinaryIO, Protocol

from orchestrator_core.model import MadeFile, MediaKind, NewUpload, Upload


class Uploads(Protocol):
    async def add(self, upload: NewUpload) -> bool:
        """False, and nothing changes, when this message's is known."""
        ...

    async def count(self, chat_id: str, person_id: str, *, since: datetime) -> int:
        """How many of theirs go with the next prompt, whatever its workspace."""
        ...

    async def take(
        self, now: datetime, *, pool: str, fetcher: str, until: datetime, limit: int
    ) -> list[Upload]:
        """WAITING ones that are due, and FETCHING ones whose fetcher is dead: FETCHING by
        `fetcher` from here on, with one attempt more. By id. Waits for nobody."""
        ...

    async def has_due(self, now: datetime, *, pool: str) -> bool:
        """Whether `take` would give something."""
        ...

    async def release(self, pool: str) -> None:
        """Make the FETCHING ones WAITING: nobody fetches them any more."""
        ...

    async def get(self, upload_id: int) -> Upload | None: ...

    async def settle(self, upload: Upload) -> bool:
        """Save how fetching ended. False, and nothing changes, unless it is still FETCHING by
        the same fetcher in the same attempt."""
        ...

    async def attach(
        self, chat_id: str, person_id: str, *, workspace: str, turn_id: int, since: datetime
    ) -> list[Upload]:
        """Let what the person sent there since then, and what goes with no prompt yet, go with
        this one; by id. Not what is refused or withdrawn."""
        ...

    async def drop(self, chat_id: str, person_id: str, *, since: datetime, now: datetime) -> int:
        """Let it go with no prompt any more; how many there were. What is fetched stays."""
        ...

    async def waiting(self, chat_id: str, person_id: str, *, since: datetime) -> list[Upload]:
        """What would go with a prompt, by id."""
        ...

    async def of_turn(self, turn_id: int) -> list[Upload]:
        """By id."""
        ...

    async def of_set(self, chat_id: str, set_id: str) -> list[Upload]:
        """By id."""
        ...

    async def untold(self, pool: str, *, limit: int) -> list[Upload]:
        """STORED and REFUSED ones whose sender does not know yet, by id."""
        ...

    async def tell(self, ids: Collection[int], now: datetime) -> list[int]:
        """Which of them were not told before; all of them are now."""
        ...

    async def withdraw(self, chat_id: str, message_id: str) -> None:
        """Nothing of it is to be kept."""
        ...

    async def to_remove(self, pool: str, *, limit: int) -> list[Upload]:
        """WITHDRAWN ones with a path, by id."""
        ...

    async def removed(self, upload_id: int) -> None:
        """It has no path any more."""
        ...


class MadeFiles(Protocol):
    async def add(self, made: MadeFile) -> None: ...

    async def get(self, file_id: str) -> MadeFile | None: ...

    async def delete_expired(self, now: datetime, *, limit: int) -> int:
        """How many went."""
        ...


class Content(Protocol):
    """What was sent with messages, as the channel keeps it for a while."""

    async def fetch(
        self, message_id: str, kind: MediaKind, into: BinaryIO, *, at_most: int
    ) -> None:
        """Write it to the file. Raises ContentNotReadyError, ContentGoneError,
        ContentTooLargeError, MessengerBusyError, MessengerUnclearError."""
        ...


class FileAddresses(Protocol):
    def address_of(self, made: MadeFile) -> str:
        """An https address, good until it expires, for whoever has it."""
        ...
