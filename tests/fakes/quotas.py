"""The monthly number of pushes in memory, and reply tokens that are about to end."""

from __future__ import annotations

from datetime import datetime

from orchestrator_core.model import QuotaCount, TurnState
from tests.fakes.state import FakeTable, aware

_ASKING = (TurnState.QUEUED, TurnState.RUNNING)


class FakeQuotas(FakeTable):
    async def get(self, month: str) -> QuotaCount:
        known = [one for one in self.state.quotas if one <= month]
        if not known:
            return QuotaCount(month=month)
        latest = self.state.quotas[max(known)]
        return latest if latest.month == month else QuotaCount(month=month, limit=latest.limit)

    async def lock(self, month: str) -> QuotaCount:
        return self.state.quotas.setdefault(month, await self.get(month))

    async def save(self, count: QuotaCount) -> None:
        aware(count.told_at)
        if count.month in self.state.quotas:
            self.state.quotas[count.month] = count

    async def tokens_ending(
        self, after: datetime, until: datetime, *, limit: int
    ) -> list[tuple[str, int]]:
        aware(after, until)
        ending = [
            (turn.session_id, turn.id)
            for turn in self.state.turns.values()
            if turn.state in _ASKING
            and turn.reply_token is not None
            and after < turn.reply_token.expires_at <= until
        ]
        return sorted(ending)[:limit]
