"""What the API's requests find in `request.state`; the app's lifespan puts it there."""

from __future__ import annotations

import asyncio
from typing import TypedDict

from orchestrator_core.budgets import Budgets
from orchestrator_core.desk import SessionDesk
from orchestrator_core.pairing import PairingDesk
from orchestrator_core.people import PeopleDesk
from orchestrator_core.ports import Clock, Store, Wakeups
from orchestrator_core.quota import QuotaRules
from orchestrator_core.schedules import ScheduleDesk


class ApiState(TypedDict):
    store: Store
    desk: SessionDesk
    people: PeopleDesk
    pairing: PairingDesk
    budget: Budgets
    quota: QuotaRules
    schedules: ScheduleDesk
    wakeups: Wakeups
    clock: Clock
    #: Set when the server begins to shut down. Event streams end then; the server waits for
    #: open responses before the lifespan ends, so the lifespan's own end would be too late.
    stopping: asyncio.Event
