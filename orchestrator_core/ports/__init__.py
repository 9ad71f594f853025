"""What the core needs from outside. One protocol per need, the smallest that works.

Each has a real implementation and a fake in `tests/fakes`; `tests/contracts` holds both to
what is promised here.
"""

from orchestrator_core.ports.channel import EventReader, Messenger, Profile, Renderer
from orchestrator_core.ports.claude import (
    AgentClient,
    AgentLauncher,
    AgentProfile,
    AskPermission,
    Verdict,
)
from orchestrator_core.ports.figures import Metrics
from orchestrator_core.ports.motion import Bell, Clock, RetryBuffer, Topic, Wakeups
from orchestrator_core.ports.storage import (
    Approvals,
    Audit,
    Bindings,
    Costs,
    Deliveries,
    Inbox,
    InboxWriter,
    People,
    Records,
    SessionLog,
    Sessions,
    Store,
    Turns,
)

__all__ = [
    "AgentClient",
    "AgentLauncher",
    "AgentProfile",
    "Approvals",
    "AskPermission",
    "Audit",
    "Bell",
    "Bindings",
    "Clock",
    "Costs",
    "Deliveries",
    "EventReader",
    "Inbox",
    "InboxWriter",
    "Messenger",
    "Metrics",
    "People",
    "Profile",
    "Records",
    "Renderer",
    "RetryBuffer",
    "SessionLog",
    "Sessions",
    "Store",
    "Topic",
    "Turns",
    "Verdict",
    "Wakeups",
]
