"""What the API's requests find in `request.state`; the app's lifespan puts it there."""

from __future__ import annotations

import asyncio
from typing import TypedDict

from orchestrator_core.budget import DailyBudget
from orchestrator_core.desk import SessionDesk
from orchestrator_core.ports import Clock, Store, Wakeups


class ApiState(TypedDict):
    store: Store
    desk: SessionDesk
    budget: DailyBudget
    wakeups: Wakeups
    clock: Clock
    #: Set when the server begins to shut down. Event streams end then; the server waits for
    #: open responses before the lifespan ends, so the lifespan's own end would be too late.
    stopping: asyncio.Event
