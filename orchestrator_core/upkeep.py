"""What is looked after by the clock: LINE's quota, the disk, dead letters, Claude Code.

Looks and tells: in the log, in figures, and owners when the quota comes to its end.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator_core.errors import MessengerError
from orchestrator_core.model import DeliveryState
from orchestrator_core.ports import Clock, Messenger, Metrics, Store
from orchestrator_core.quota import QuotaRules, told
from orchestrator_core.quota_alarm import QuotaAlarm, note_count

logger = logging.getLogger(__name__)

#: Deliveries in these wait to be fetched, or for quota.
KEPT_STATES = (DeliveryState.INBOX, DeliveryState.HELD)


class QuotaRefresh:
    """Asks how many messages the platform still takes this month, stores it, and warns."""

    def __init__(
        self,
        *,
        store: Store,
        messenger: Messenger,
        clock: Clock,
        metrics: Metrics,
        rules: QuotaRules,
        alarm: QuotaAlarm,
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._clock = clock
        self._metrics = metrics
        self._rules = rules
        self._alarm = alarm
        self._failing = False

    async def run(self) -> None:
        month = self._rules.month(self._clock.now())
        async with self._store.read() as records:
            before = await records.quotas.get(month)
            kept = {state: await records.deliveries.count(state) for state in KEPT_STATES}
        for state, number in kept.items():
            self._metrics.level("deliveries_kept", number, state=state)
        try:
            quota = await self._messenger.quota()
        except MessengerError as error:
            # Said once, and again only after it worked in between.
            if not self._failing:
                logger.warning("quota not known", extra={"why": type(error).__name__})
            self._failing = True
            return
        self._failing = False
        now = self._clock.now()
        async with self._store.transaction() as records:
            locked = await records.quotas.lock(month)
            count = told(locked, limit=quota.limit, used=quota.used, asked=before.counted, now=now)
            await records.quotas.save(count)
            await self._alarm.check(records, count, now)
        note_count(self._metrics, count)


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyChecks:
    store: Store
    metrics: Metrics
    #: By the name they go by in figures and logs.
    folders: Mapping[str, Path]
    least_free_bytes: int
    free_bytes: Callable[[Path], int]
    #: Gives None when Claude Code is not there; not looked for where it does not run.
    cli_version: Callable[[], str | None] | None

    async def run(self) -> None:
        """Every check, also after one that failed. Raises what failed."""
        failed: list[Exception] = []
        checks: tuple[Callable[[], Awaitable[None]], ...] = (
            self._disk,
            self._cli,
            self._dead_letters,
        )
        for check in checks:
            try:
                await check()
            except Exception as error:  # noqa: BLE001 - told to the caller with the others
                failed.append(error)
        if failed:
            raise ExceptionGroup("daily checks", failed)

    async def _disk(self) -> None:
        for name, folder in self.folders.items():
            # A disk that hangs must not hang the loop.
            free = await asyncio.to_thread(self.free_bytes, folder)
            self.metrics.level("free_disk_bytes", free, folder=name)
            if free < self.least_free_bytes:
                logger.warning("disk nearly full", extra={"folder": name, "free_bytes": free})

    async def _cli(self) -> None:
        if self.cli_version is None:
            return
        version = await asyncio.to_thread(self.cli_version)
        self.metrics.level("cli_found", 0 if version is None else 1)
        if version is None:
            logger.error("claude code not found")

    async def _dead_letters(self) -> None:
        async with self.store.read() as records:
            dead = await records.deliveries.count(DeliveryState.DEAD)
        self.metrics.level("dead_letters", dead)
        if dead:
            logger.warning("dead letters kept", extra={"count": dead})


def free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free
