"""Codes by which people ask to be let in, and the wrong ones that were tried."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import NewPairing, Pairing, PairingState
from storage import models as rows
from storage.sql import fetch, find, find_one, insert, update

_ATTEMPTS = """
    SELECT count(*) AS n FROM pairing_attempt WHERE actor = $1 AND tried_at > $2"""


@dataclass(frozen=True, slots=True)
class SqlPairings:
    db: BaseDBAsyncClient

    async def add(self, pairing: NewPairing) -> Pairing:
        pairing_id = await insert(
            self.db,
            rows.Pairing,
            person_id=pairing.person_id,
            mark=pairing.mark,
            created_at=pairing.created_at,
            expires_at=pairing.expires_at,
            state=PairingState.WAITING.value,
        )
        return await self.lock(pairing_id)

    async def recent(self, since: datetime, *, limit: int) -> list[Pairing]:
        rest = "WHERE created_at > $1 ORDER BY created_at DESC, id DESC LIMIT $2"
        return [_pairing(row) for row in await find(self.db, rows.Pairing, rest, since, limit)]

    async def of_person(self, person_id: str, since: datetime) -> list[Pairing]:
        rest = "WHERE person_id = $1 AND created_at > $2 ORDER BY created_at DESC, id DESC"
        return [_pairing(row) for row in await find(self.db, rows.Pairing, rest, person_id, since)]

    async def waiting(self, now: datetime, *, limit: int) -> list[Pairing]:
        rest = "WHERE state = 'waiting' AND expires_at > $1 ORDER BY id DESC LIMIT $2"
        return [_pairing(row) for row in await find(self.db, rows.Pairing, rest, now, limit)]

    async def lock(self, pairing_id: int) -> Pairing:
        row = await find_one(self.db, rows.Pairing, "WHERE id = $1", pairing_id, lock=True)
        if row is None:
            raise NotFoundError(f"pairing {pairing_id}")
        return _pairing(row)

    async def save(self, pairing: Pairing) -> None:
        await update(
            self.db,
            rows.Pairing,
            pairing.id,
            state=pairing.state.value,
            decided_by=pairing.decided_by,
            decided_at=pairing.decided_at,
        )

    async def note_attempt(self, actor: str, now: datetime) -> None:
        await insert(self.db, rows.PairingAttempt, actor=actor, tried_at=now)

    async def attempts(self, actor: str, since: datetime) -> int:
        (row,) = await fetch(self.db, _ATTEMPTS, actor, since)
        return int(row["n"])

    async def forget(self, before: datetime) -> None:
        await fetch(self.db, "DELETE FROM pairing WHERE created_at < $1", before)
        await fetch(self.db, "DELETE FROM pairing_attempt WHERE tried_at < $1", before)


def _pairing(row: rows.Pairing) -> Pairing:
    return Pairing(
        id=row.id,
        person_id=row.person_id,
        mark=row.mark,
        created_at=row.created_at,
        expires_at=row.expires_at,
        state=PairingState(row.state),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
