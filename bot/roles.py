"""What one process does of Denrei's work, and for which sessions."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator_core.model import DEFAULT_POOL


class ServeRole(enum.StrEnum):
    #: LINE's webhook, the API, and what people say.
    EDGE = "edge"
    #: Turns: it runs Claude.
    WORKER = "worker"
    #: Messages on their way to LINE.
    COURIER = "courier"
    #: Work by the clock; of many, one leads.
    SCHEDULER = "scheduler"


ALL_ROLES = frozenset(ServeRole)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The part a process plays."""

    roles: frozenset[ServeRole] = ALL_ROLES
    #: The sessions a worker may take are those of this pool.
    pool: str = DEFAULT_POOL

    @property
    def is_whole(self) -> bool:
        return self.roles == ALL_ROLES

    @property
    def runs_claude(self) -> bool:
        return ServeRole.WORKER in self.roles

    @property
    def serves_people(self) -> bool:
        return ServeRole.EDGE in self.roles


def part_of(roles: Sequence[str] | None, pool: str) -> Part:
    return Part(roles=frozenset(map(ServeRole, roles)) if roles else ALL_ROLES, pool=pool)
