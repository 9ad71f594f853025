"""Codes by which people ask to be let in."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from orchestrator_core.model import NewPairing, Pairing


class Pairings(Protocol):
    async def add(self, pairing: NewPairing) -> Pairing: ...

    async def recent(self, since: datetime, *, limit: int) -> list[Pairing]:
        """Those made after `since`, in any state, the newest first."""
        ...

    async def of_person(self, person_id: str, since: datetime) -> list[Pairing]:
        """The person's own made after `since`, the newest first."""
        ...

    async def waiting(self, now: datetime, *, limit: int) -> list[Pairing]:
        """Those an owner can still accept, the newest first."""
        ...

    async def lock(self, pairing_id: int) -> Pairing:
        """Read for change. Raises NotFoundError."""
        ...

    async def save(self, pairing: Pairing) -> None:
        """Its state, and who decided it when."""
        ...

    async def note_attempt(self, actor: str, now: datetime) -> None:
        """Remember that this actor gave a code that was none."""
        ...

    async def attempts(self, actor: str, since: datetime) -> int:
        """How many such there were after `since`."""
        ...

    async def forget(self, before: datetime) -> None:
        """Delete the codes and attempts made before this time."""
        ...
