"""Rate limits in memory, by a clock that is moved."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orchestrator_core.ports import ChatRates, Clock, Limited, TooMuch

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


@dataclass(slots=True)
class FakeRateLimits:
    clock: Clock
    rates: ChatRates = field(default_factory=ChatRates)
    #: Count and end of each window.
    _windows: dict[tuple[str, ...], tuple[int, datetime]] = field(default_factory=dict)
    _told: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _answers: dict[str, TooMuch | None] = field(default_factory=dict)

    async def take(
        self, kind: Limited, *, person_id: str, chat_id: str | None, event_id: str
    ) -> TooMuch | None:
        if event_id not in self._answers:
            self._answers[event_id] = self._count(kind, person_id, chat_id)
        return self._answers[event_id]

    def _count(self, kind: Limited, person_id: str, chat_id: str | None) -> TooMuch | None:
        subjects = [(f"person:{person_id}", self.rates.of_person(kind))]
        if chat_id is not None:
            subjects.append((f"chat:{chat_id}", self.rates.of_chat(kind)))
        for subject, rates in subjects:
            for rate in rates.split("; "):
                if refused := self._hit(kind, subject, rate):
                    return refused
        return None

    def _hit(self, kind: Limited, subject: str, rate: str) -> TooMuch | None:
        now = self.clock.now()
        most, _, unit = rate.partition("/")
        count, end = self._windows.get((kind, subject, rate), (0, now))
        if end <= now:
            count, end = 0, now + timedelta(seconds=UNITS[unit])
        self._windows[kind, subject, rate] = (count + 1, end)
        if count < int(most):
            return None
        tell = self._told.get((kind, subject), now) <= now
        if tell:
            self._told[kind, subject] = end
        return TooMuch(seconds=max(1, math.ceil((end - now).total_seconds())), tell=tell)
