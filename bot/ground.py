"""What is open and what was configured: the ground the parts are made on. Opens nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

from bot.line.messenger import LineMessenger
from bot.roles import Part
from bot.settings import Loaded
from orchestrator_core.heartbeat import Heartbeat
from orchestrator_core.leases import HEARTBEAT_SHARE
from orchestrator_core.ports import (
    Clock,
    Content,
    InboxWriter,
    Leader,
    Metrics,
    RateLimits,
    RetryBuffer,
    Store,
    Transcripts,
    Wakeups,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is open, and what was configured."""

    loaded: Loaded
    part: Part
    #: This process's own name among all.
    me: str
    #: There can be no other process on this database.
    alone: bool
    store: Store
    transcripts: Transcripts
    writer: InboxWriter
    wakeups: Wakeups
    retries: RetryBuffer
    messenger: LineMessenger
    content: Content
    rate_limits: RateLimits
    #: None: this process does nothing by the clock that is done for all.
    leader: Leader | None
    clock: Clock
    metrics: Metrics

    @property
    def heartbeat(self) -> Heartbeat | None:
        """With other workers about, Claude must not outlive this one's leases."""
        if self.alone:
            return None
        seconds = self.loaded.config.limits.lease_seconds * HEARTBEAT_SHARE
        return Heartbeat(path=self.loaded.settings.denrei_data_dir / "heartbeat", seconds=seconds)
