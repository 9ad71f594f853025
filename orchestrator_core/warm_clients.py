"""Live clients kept between turns, so that the next prompt of a session need not wait for a
start. Knows neither what a client is made of nor what is asked of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from orchestrator_core.model import Session
from orchestrator_core.ports import AgentClient, AgentLauncher, AgentProfile, Clock

logger = logging.getLogger(__name__)

#: By how much of what a turn may cost a warm client's limit may be too high.
_LEEWAY = Decimal("0.05")
_LEAST_LEEWAY_USD = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Warm:
    client: AgentClient
    profile: AgentProfile
    #: When it was last released.
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    client: AgentClient
    done: asyncio.Future[None]


class WarmClients:
    """One client a session. Idle ones end after `idle_for`, or when there are more than `most`.

    Busy clients are never ended for the cap: how many turns run at once is the worker's to say.
    """

    def __init__(
        self, launcher: AgentLauncher, clock: Clock, *, idle_for: timedelta, most: int
    ) -> None:
        self._launcher = launcher
        self._clock = clock
        self._idle_for = idle_for
        self._most = most
        #: In the order they were released: the first is the least recently used.
        self._idle: dict[str, _Warm] = {}
        self._busy: dict[str, _Warm] = {}
        self._ending: dict[str, _Ending] = {}
        #: Counted with the others, or several starts at once would pass the cap.
        self._starting: dict[str, asyncio.Event] = {}

    def __len__(self) -> int:
        return len(self._idle) + len(self._busy) + len(self._starting)

    @property
    def sessions(self) -> set[str]:
        """Those with a client: idle, busy or not yet ended."""
        return {*self._idle, *self._busy, *self._ending}

    async def acquire(self, session: Session, profile: AgentProfile) -> AgentClient:
        """The session's warm client, or a new one. Release it after the turn.

        Whoever asks last has the session: an earlier run's client is ended. Raises AgentError
        when none can be started.
        """
        while (begun := self._starting.get(session.id)) is not None:
            await begun.wait()
        warm = self._idle.pop(session.id, None)
        if warm is not None and _serves(warm.profile, profile) and warm.client.is_alive:
            self._busy[session.id] = warm
            return warm.client
        begun = self._starting[session.id] = asyncio.Event()
        try:
            if warm is not None:
                await self._close(session.id, warm)
            # Two processes must never write one conversation.
            if (stale := self._busy.pop(session.id, None)) is not None:
                await self._end(session.id, stale.client, stale.client.kill())
            if (ending := self._ending.get(session.id)) is not None:
                await asyncio.wait([ending.done])
            await self._make_room()
            client = await self._launcher.connect(session, profile)
            self._busy[session.id] = _Warm(client=client, profile=profile, since=self._clock.now())
        finally:
            del self._starting[session.id]
            begun.set()
        return client

    async def release(
        self,
        session_id: str,
        client: AgentClient | None,
        *,
        keep: bool,
        spent: Decimal = Decimal(0),
    ) -> None:
        """Give the client back: to stay warm, or to be ended. `spent` is by how much less it may
        cost from now on.

        Nothing happens for one closed, for none, and when a later run has the session.
        """
        warm = self._busy.get(session_id)
        if warm is None or warm.client is not client:
            return
        del self._busy[session_id]
        if not (keep and warm.client.is_alive):
            await self._close(session_id, warm)
            return
        profile = warm.profile
        if profile.max_budget_usd is not None:
            profile = replace(profile, max_budget_usd=profile.max_budget_usd - spent)
        self._idle[session_id] = _Warm(
            client=warm.client, profile=profile, since=self._clock.now()
        )
        await self._make_room()

    async def evict_idle(self) -> None:
        oldest = self._clock.now() - self._idle_for
        for session_id, warm in list(self._idle.items()):
            # The one taken by a turn meanwhile is nobody's to end.
            if warm.since <= oldest and self._idle.get(session_id) is warm:
                del self._idle[session_id]
                await self._close(session_id, warm)

    async def retire(self, session_id: str) -> None:
        """End the session's client if it is idle."""
        warm = self._idle.pop(session_id, None)
        if warm is not None:
            await self._close(session_id, warm)

    async def close(self, session_id: str) -> None:
        """End the session's client, a turn under way included; wait for one that is ending."""
        warm = self._idle.pop(session_id, None) or self._busy.pop(session_id, None)
        if warm is not None:
            await self._close(session_id, warm)
        elif (ending := self._ending.get(session_id)) is not None:
            await asyncio.wait([ending.done])

    async def kill(self, session_id: str) -> None:
        """End the session's client by force and at once, also one that is being closed.

        One that is being started is not known yet: cancel its `acquire`.
        """
        warm = self._idle.pop(session_id, None) or self._busy.pop(session_id, None)
        known = warm or self._ending.get(session_id)
        if known is not None:
            await self._end(session_id, known.client, known.client.kill())

    async def close_all(self) -> None:
        await asyncio.gather(*[self.close(session_id) for session_id in self.sessions])

    async def _make_room(self) -> None:
        while len(self) > self._most and self._idle:
            session_id = next(iter(self._idle))
            await self._close(session_id, self._idle.pop(session_id))

    async def _close(self, session_id: str, warm: _Warm) -> None:
        await self._end(session_id, warm.client, warm.client.close())

    async def _end(
        self, session_id: str, client: AgentClient, way: Coroutine[Any, Any, None]
    ) -> None:
        ending = _Ending(client=client, done=asyncio.ensure_future(way))
        self._ending[session_id] = ending
        # It goes on when whoever waits for it is cancelled.
        ending.done.add_done_callback(partial(self._ended, session_id, ending))
        await asyncio.wait([ending.done])

    def _ended(self, session_id: str, ending: _Ending, done: asyncio.Future[None]) -> None:
        if self._ending.get(session_id) is ending:
            del self._ending[session_id]
        if not done.cancelled() and (error := done.exception()) is not None:
            logger.error("client did not close", extra={"session_id": session_id}, exc_info=error)


def _serves(warm: AgentProfile, wanted: AgentProfile) -> bool:
    """Whether a client with what it may still cost will do for what it should be.

    Its limit cannot be changed while it lives. A little too much is borne, as what others have
    spent meanwhile; too little would end the turn while there is money left.
    """
    left, may = warm.max_budget_usd, wanted.max_budget_usd
    if replace(warm, max_budget_usd=None) != replace(wanted, max_budget_usd=None):
        return False
    if left is None or may is None:
        return left is may
    return may <= left <= may + max(may * _LEEWAY, _LEAST_LEEWAY_USD)
