"""The loading animation: shown in a 1:1 chat for as long as a turn is under way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestrator_core.ending import goes_on
from orchestrator_core.errors import MessengerError
from orchestrator_core.model import Chat
from orchestrator_core.ports import Messenger

logger = logging.getLogger(__name__)

#: The longest the platform shows it for one call.
SHOWN_SECONDS = 60
#: Asked for again a little before it would vanish.
RENEW_SECONDS = 50
#: Asking Claude comes first; a call to the platform meanwhile would hold it up.
BEGIN_AFTER_SECONDS = 0.05


class Loading:
    """Says that work goes on; never while it is the person who is waited for."""

    def __init__(self) -> None:
        self._held = False
        self._again = asyncio.Event()

    def hold(self) -> None:
        """Let it end, and stay away until `again`: a question has been asked."""
        self._held = True

    def again(self) -> None:
        """Work goes on. Any message of ours has ended the animation."""
        self._held = False
        self._again.set()

    async def keep_shown(self, messenger: Messenger, chat: Chat, after: float) -> None:
        await asyncio.sleep(after)
        while goes_on():
            self._again.clear()
            if not self._held:
                await _show(messenger, chat)
            if goes_on():
                await self._pause()

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RENEW_SECONDS):
                await self._again.wait()


@asynccontextmanager
async def loading_shown(
    messenger: Messenger, chat: Chat | None, *, after: float = BEGIN_AFTER_SECONDS
) -> AsyncIterator[Loading]:
    """Show it until the block ends. Does nothing where the platform has none."""
    loading = Loading()
    if chat is None or not chat.is_one_to_one:
        yield loading
        return
    task = asyncio.create_task(loading.keep_shown(messenger, chat, after), name="loading")
    try:
        yield loading
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _show(messenger: Messenger, chat: Chat) -> None:
    try:
        await messenger.show_loading(chat.id, SHOWN_SECONDS)
    except MessengerError:
        # Only an ornament: the turn goes on without it.
        logger.info("loading animation refused")
