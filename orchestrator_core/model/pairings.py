"""Who asks to be let in."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class PairingState(enum.StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPairing:
    person_id: str
    #: Made of the code with a key; the code itself is kept nowhere.
    mark: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """A code given to a person whom nobody knows yet. Good once."""

    id: int
    person_id: str
    mark: str
    created_at: datetime
    expires_at: datetime
    state: PairingState = PairingState.WAITING
    decided_by: str | None = None
    decided_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        return self.state is PairingState.WAITING and now < self.expires_at
