"""What a push costs: judged before it is made, counted, and given back when it was not made.

Works inside the courier's transactions, where the count is the last thing locked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from orchestrator_core.audiences import Audiences
from orchestrator_core.calls import Call
from orchestrator_core.courier_settlement import was_not_made
from orchestrator_core.errors import MessengerError, QuotaUsedUpError
from orchestrator_core.model import Binding, DeliveryKind, DeliveryState, QuotaCount
from orchestrator_core.ports import Clock, Messenger, Metrics, Records
from orchestrator_core.quota import QuotaRules, charged, refused
from orchestrator_core.quota_alarm import QuotaAlarm, note_count


@dataclass(frozen=True, slots=True, kw_only=True)
class PushQuota:
    rules: QuotaRules
    messenger: Messenger
    clock: Clock
    metrics: Metrics
    #: None: nobody is warned.
    alarm: QuotaAlarm | None = None
    _audiences: Audiences = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_audiences", Audiences(self.messenger, self.clock))

    async def count_receivers(self, chat_id: str) -> None:
        """Outside any transaction, as the channel may have to be asked. Never raises."""
        await self._audiences.count(chat_id)

    async def admit(
        self, records: Records, call: Call, binding: Binding | None, now: datetime
    ) -> Call | None:
        """The push as it may be made, counted. Not `is_admitted`: its receivers must be counted
        first. None: it would cost what is to be spared."""
        if call.first.pushed_at is not None or call.first.charged:
            # What it costs was counted, and it may have been said.
            return replace(call, is_admitted=True)
        kind, mode = _worth(call), binding.quota if binding else None
        count = await records.quotas.get(self.rules.month(now))
        if self.rules.fate(kind, mode, count) is not DeliveryState.SENDING:
            return None
        if count.limit is None:
            return replace(call, is_admitted=True)
        receivers = self._audiences.known(call.first.chat_id)
        if receivers is None:
            return replace(call, is_admitted=False)
        count = await records.quotas.lock(count.month)
        if self.rules.fate(kind, mode, count, receivers=receivers) is not DeliveryState.SENDING:
            return None
        await self._save(records, count, charged(count, receivers), now)
        first = replace(call.first, charged=receivers)
        return Call(parts=(first, *call.parts[1:]))

    async def fate(
        self, records: Records, kind: DeliveryKind, binding: Binding | None, now: datetime
    ) -> DeliveryState:
        """What becomes of one that is not pushed."""
        count = await records.quotas.get(self.rules.month(now))
        spent = refused(count, receivers=1)
        return self.rules.fate(kind, binding.quota if binding else None, spent)

    async def settle(
        self, records: Records, call: Call, error: MessengerError, now: datetime
    ) -> None:
        """After a push that failed: what was certainly not made has cost nothing, and what the
        channel says of its quota holds."""
        receivers, month = call.first.charged, self.rules.month(now)
        if was_not_made(call, error) and receivers:
            count = await records.quotas.lock(month)
            await self._save(records, count, charged(count, -receivers), now)
        if isinstance(error, QuotaUsedUpError):
            receivers = self._audiences.known(call.first.chat_id) or 1
            count = await records.quotas.lock(month)
            await self._save(records, count, refused(count, receivers), now)

    async def _save(
        self, records: Records, before: QuotaCount, count: QuotaCount, now: datetime
    ) -> None:
        await records.quotas.save(count)
        note_count(self.metrics, count)
        if self.alarm is not None:
            await self.alarm.check(records, count, now, since=before.percent)


def _worth(call: Call) -> DeliveryKind:
    """As much as the weightiest of its parts."""
    urgent = [one.kind for one in call.parts if one.kind.is_urgent]
    return urgent[0] if urgent else DeliveryKind.ANSWER
