"""What a push is worth while the channel counts them: the rules of the monthly quota.

Decides and counts; stores and sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from orchestrator_core.model import (
    DeliveryKind,
    DeliveryState,
    QuotaCount,
    QuotaMode,
)

_JAPAN = ZoneInfo("Asia/Tokyo")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaRules:
    #: In whose months the channel counts.
    zone: ZoneInfo = _JAPAN
    #: Kept back for approvals and alerts, of the limit.
    reserve_percent: int = 10
    #: Below this much of the limit a chat in the mode `auto` is frugal.
    frugal_below_percent: int = 30
    #: Of chats that have none of their own.
    mode: QuotaMode = QuotaMode.AUTO

    def month(self, now: datetime) -> str:
        return f"{now.astimezone(self.zone):%Y-%m}"

    def reserve(self, count: QuotaCount) -> int:
        """Rounded up: of a small quota too something is kept back."""
        return -(-(count.limit or 0) * self.reserve_percent // 100)

    def is_frugal(self, mode: QuotaMode | None, count: QuotaCount) -> bool:
        """Whether an answer to one person would wait to be fetched, as things stand."""
        return self.fate(DeliveryKind.ANSWER, mode, count) is not DeliveryState.SENDING

    def fate(
        self,
        kind: DeliveryKind,
        mode: QuotaMode | None,
        count: QuotaCount,
        *,
        receivers: int = 1,
    ) -> DeliveryState:
        """SENDING: it may be pushed. Else what becomes of it without."""
        if kind is DeliveryKind.PROGRESS:
            return DeliveryState.DROPPED
        kept_back = 0 if kind.is_urgent else self.reserve(count)
        enough = count.left is None or count.left - receivers >= kept_back
        mode = mode or self.mode
        if kind.is_urgent or mode is QuotaMode.PUSH:
            return DeliveryState.SENDING if enough else DeliveryState.HELD
        if mode is QuotaMode.FRUGAL or not enough or self._is_low(count):
            return DeliveryState.INBOX
        return DeliveryState.SENDING

    def _is_low(self, count: QuotaCount) -> bool:
        if count.left is None or count.limit is None:
            return False
        return count.left * 100 < count.limit * self.frugal_below_percent


def told(
    count: QuotaCount, *, limit: int | None, used: int, asked: int, now: datetime
) -> QuotaCount:
    """What the channel told, which our own count goes on from; `asked` is how far that was before
    the channel was asked. Pushes made meanwhile are counted twice rather than not at all."""
    return replace(count, limit=limit, told=used, told_at=now, counted_when_told=asked)


def charged(count: QuotaCount, receivers: int) -> QuotaCount:
    """After a push; with less than none, after one that certainly was not made."""
    return replace(count, counted=max(0, count.counted + receivers))


def refused(count: QuotaCount, receivers: int) -> QuotaCount:
    """The channel did not take a push to so many: fewer are left, whatever was counted. Nothing
    is known without a limit."""
    if count.limit is None:
        return count
    short = max(0, count.limit - max(0, receivers - 1) - count.used)
    return replace(count, told=count.told + short)
