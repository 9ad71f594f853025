"""Codes by which people ask to be let in, in memory."""

from __future__ import annotations

from datetime import datetime

from orchestrator_core.model import NewPairing, Pairing, PairingState
from tests.fakes.state import FakeTable, aware, found, next_id, save_fields


class FakePairings(FakeTable):
    async def add(self, pairing: NewPairing) -> Pairing:
        aware(pairing.created_at, pairing.expires_at)
        added = Pairing(
            id=next_id(self.state.pairings),
            person_id=pairing.person_id,
            mark=pairing.mark,
            created_at=pairing.created_at,
            expires_at=pairing.expires_at,
        )
        self.state.pairings[added.id] = added
        return added

    async def recent(self, since: datetime, *, limit: int) -> list[Pairing]:
        return [one for one in self._newest_first() if one.created_at > since][:limit]

    async def of_person(self, person_id: str, since: datetime) -> list[Pairing]:
        made = [one for one in self._newest_first() if one.created_at > since]
        return [one for one in made if one.person_id == person_id]

    async def waiting(self, now: datetime, *, limit: int) -> list[Pairing]:
        waiting = PairingState.WAITING
        alive = [one for one in self.state.pairings.values() if one.expires_at > now]
        chosen = [one for one in alive if one.state is waiting]
        return sorted(chosen, key=lambda one: one.id, reverse=True)[:limit]

    async def lock(self, pairing_id: int) -> Pairing:
        return found(self.state.pairings, pairing_id)

    async def save(self, pairing: Pairing) -> None:
        aware(pairing.decided_at)
        changes = ("state", "decided_by", "decided_at")
        save_fields(self.state.pairings, pairing.id, pairing, *changes)

    async def note_attempt(self, actor: str, now: datetime) -> None:
        aware(now)
        self.state.pairing_attempts.append((actor, now))

    async def attempts(self, actor: str, since: datetime) -> int:
        tried = self.state.pairing_attempts
        return sum(one == actor and at > since for one, at in tried)

    async def forget(self, before: datetime) -> None:
        for one in [*self.state.pairings.values()]:
            if one.created_at < before:
                del self.state.pairings[one.id]
        kept = [(actor, at) for actor, at in self.state.pairing_attempts if at >= before]
        self.state.pairing_attempts[:] = kept

    def _newest_first(self) -> list[Pairing]:
        made = self.state.pairings.values()
        return sorted(made, key=lambda one: (one.created_at, one.id), reverse=True)
