"""Notes that runs reach the model: those that begin at about the same time, all at once.

Each must be on the disk before its prompt goes out, and a commit waits for the disk.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from orchestrator_core.model import Lease
from orchestrator_core.ports import Store


@dataclass(frozen=True, slots=True)
class _Begin:
    turn_id: int
    lease: Lease
    noted: asyncio.Future[bool]


@dataclass(slots=True)
class Beginnings:
    store: Store
    _waiting: list[_Begin] = field(init=False, default_factory=list)
    _noting: asyncio.Task[None] | None = field(init=False, default=None)

    async def begin(self, turn_id: int, lease: Lease) -> bool:
        """False, and nothing is noted, when the turn was asked to stop. Raises LeaseLostError."""
        noted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Begin(turn_id, lease, noted))
        if self._noting is None or self._noting.done():
            self._noting = asyncio.create_task(self._note_all(), name="beginnings")
        if await noted:
            return True
        # Alone it is told why, or waits for whoever is writing to the session just now.
        async with self.store.transaction() as records:
            return await records.turns.begin(turn_id, lease)

    async def _note_all(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            try:
                async with self.store.transaction() as records:
                    begun = await records.turns.begin_some(
                        {one.turn_id: one.lease for one in together}
                    )
            except Exception as error:  # noqa: BLE001 - it is theirs who wait
                _tell(together, error)
            except BaseException:
                for one in [*together, *self._waiting]:
                    one.noted.cancel()
                raise
            else:
                _tell(together, begun)


def _tell(those: list[_Begin], outcome: Exception | set[int]) -> None:
    for one in those:
        if one.noted.done():
            # Its run was cancelled meanwhile.
            continue
        if isinstance(outcome, Exception):
            one.noted.set_exception(outcome)
        else:
            one.noted.set_result(one.turn_id in outcome)
