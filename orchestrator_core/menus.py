"""Shows everybody the menu that fits what they can do next.

Which one that is follows from what is stored, so nothing that happens has to say so, and
nothing is lost with a process: whoever leads looks again and again, calls the channel outside
of any transaction, and stores what is shown once the channel took it. A call that is made
twice changes nothing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orchestrator_core.errors import MessageRefusedError, MessengerError
from orchestrator_core.model import MenuChange
from orchestrator_core.ports import Clock, Leader, MenuBoard, Store
from orchestrator_core.scheduler import Job

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
BATCH = 50
#: A menu that changes under the thumb is worse than one that comes late.
SETTLED = timedelta(seconds=6)
#: After the channel took nothing: there is more important work to be done with it.
PAUSE = timedelta(seconds=30)


@dataclass(slots=True, kw_only=True)
class MenuSwitch:
    store: Store
    board: MenuBoard
    leader: Leader
    clock: Clock
    _paused_until: datetime | None = field(init=False, default=None)

    @property
    def job(self) -> Job:
        return Job(name="menus", every_seconds=LOOK_SECONDS, work=self.look)

    async def look(self) -> None:
        now = self.clock.now()
        paused = self._paused_until is not None and now < self._paused_until
        if paused or not await self.leader.is_leader():
            return
        try:
            await change_menus(self.store, self.board, now, settled_by=now - SETTLED)
        except MessengerError as error:
            self._paused_until = now + PAUSE
            logger.info("menus not changed", extra={"why": type(error).__name__})


async def change_menus(
    store: Store, board: MenuBoard, now: datetime, *, settled_by: datetime
) -> int:
    """For all who see another one than they should, up to a batch of them; how many those were.

    Raises a MessengerError when the channel took one call neither nor refused it for good.
    """
    async with store.read() as records:
        changes = await records.menus.to_change(now, settled_by=settled_by, limit=BATCH)
    for change in changes:
        await show(store, board, change, now)
    return len(changes)


async def show(store: Store, board: MenuBoard, change: MenuChange, now: datetime) -> bool:
    """Whether the person sees it now. One for whom the channel has no place, as they blocked
    Denrei or never met it, is tried again with the next change."""
    try:
        if change.menu_id is None:
            await board.hide_menu(change.person_id)
        else:
            await board.show_menu(change.person_id, change.menu_id)
        taken = True
    except MessageRefusedError:
        logger.info("menu refused", extra={"person_id": change.person_id})
        taken = False
    async with store.transaction() as records:
        await records.menus.save_shown(change, now)
    return taken
