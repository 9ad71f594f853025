"""Notes that runs reach the model: those that begin at about the same time, all at once.

Each must be on the disk before its prompt goes out, and a commit waits for the disk.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator_core.model import Lease
from orchestrator_core.ports import Store
from orchestrator_core.together import LANES, Together

MOST_AT_ONCE = 100


class Beginnings:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._together = Together(
            self._begin_some, most=MOST_AT_ONCE, name="beginnings", lanes=LANES
        )

    async def begin(self, turn_id: int, lease: Lease) -> bool:
        """False, and nothing is noted, when the turn was asked to stop. Raises LeaseLostError."""
        if await self._together.ask((turn_id, lease)):
            return True
        # Alone it is told why, or waits for whoever is writing to the session just now.
        async with self._store.transaction() as records:
            return await records.turns.begin(turn_id, lease)

    async def _begin_some(self, those: Sequence[tuple[int, Lease]]) -> list[bool]:
        async with self._store.transaction() as records:
            begun = await records.turns.begin_some(dict(those))
        return [turn_id in begun for turn_id, _ in those]
