"""How many people a push to a chat counts for: asked of the channel now and then."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orchestrator_core.errors import MessengerError
from orchestrator_core.ports import Clock, Messenger

logger = logging.getLogger(__name__)

ASK_AGAIN_AFTER = timedelta(hours=1)
#: Who is not counted counts for one; the channel's own number is told within the hour.
UNKNOWN = 1
#: Chats remembered; those of before are asked for again.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Audiences:
    messenger: Messenger
    clock: Clock
    _known: dict[str, tuple[int, datetime]] = field(init=False, default_factory=dict)

    def known(self, chat_id: str) -> int | None:
        """None: it must be asked for."""
        count, asked_at = self._known.get(chat_id, (0, None))
        if asked_at is None or self.clock.now() - asked_at >= ASK_AGAIN_AFTER:
            return None
        return count

    async def count(self, chat_id: str) -> int:
        """Never raises: when the channel does not tell, as it told before."""
        known = self.known(chat_id)
        if known is not None:
            return known
        before, _ = self._known.get(chat_id, (UNKNOWN, None))
        try:
            count = max(1, await self.messenger.members(chat_id))
        except MessengerError as error:
            logger.info("members not told", extra={"why": type(error).__name__})
            count = before
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[chat_id] = (count, self.clock.now())
        return count
