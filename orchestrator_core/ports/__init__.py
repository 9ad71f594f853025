"""What the core needs from outside. One protocol per need, the smallest that works.

Each has a real implementation and a fake in `tests/fakes`; `tests/contracts` holds both to
what is promised here.
"""

from orchestrator_core.ports.channel import EventReader, Messenger, Profile, Quota, Renderer
from orchestrator_core.ports.claude import (
    AgentClient,
    AgentLauncher,
    AgentProfile,
    AskPermission,
    Picture,
    Prompt,
    Sandbox,
    Verdict,
)
from orchestrator_core.ports.deliveries import Deliveries
from orchestrator_core.ports.figures import Metrics
from orchestrator_core.ports.inbox import Brought, Inbox, InboxWriter, Withdrawals
from orchestrator_core.ports.jobs import JobClaim, JobRun, Jobs
from orchestrator_core.ports.media import Content, FileAddresses, MadeFiles, Uploads
from orchestrator_core.ports.menus import MenuBoard, Menus
from orchestrator_core.ports.money import Costs, Raises
from orchestrator_core.ports.motion import (
    Bell,
    Clock,
    Leader,
    RetryBuffer,
    Topic,
    Wakeups,
    is_pool,
    pool_key,
)
from orchestrator_core.ports.pairings import Pairings
from orchestrator_core.ports.quotas import Quotas
from orchestrator_core.ports.rate_limits import ChatRates, Limited, RateLimits, TooMuch
from orchestrator_core.ports.retention import OVER, Kept, OldRows
from orchestrator_core.ports.schedules import Schedules
from orchestrator_core.ports.sent_messages import SentMessages
from orchestrator_core.ports.storage import (
    Addressee,
    Approvals,
    Audit,
    Bindings,
    People,
    Records,
    SessionLog,
    Sessions,
    Store,
)
from orchestrator_core.ports.transcripts import KeptConversation, TranscriptKey, Transcripts
from orchestrator_core.ports.turns import Claim, Claimed, Enqueued, Leases, Turns

__all__ = [
    "OVER",
    "Addressee",
    "AgentClient",
    "AgentLauncher",
    "AgentProfile",
    "Approvals",
    "AskPermission",
    "Audit",
    "Bell",
    "Bindings",
    "Brought",
    "ChatRates",
    "Claim",
    "Claimed",
    "Clock",
    "Content",
    "Costs",
    "Deliveries",
    "Enqueued",
    "EventReader",
    "FileAddresses",
    "Inbox",
    "InboxWriter",
    "JobClaim",
    "JobRun",
    "Jobs",
    "Kept",
    "KeptConversation",
    "Leader",
    "Leases",
    "Limited",
    "MadeFiles",
    "MenuBoard",
    "Menus",
    "Messenger",
    "Metrics",
    "OldRows",
    "Pairings",
    "People",
    "Picture",
    "Profile",
    "Prompt",
    "Quota",
    "Quotas",
    "Raises",
    "RateLimits",
    "Records",
    "Renderer",
    "RetryBuffer",
    "Sandbox",
    "Schedules",
    "SentMessages",
    "SessionLog",
    "Sessions",
    "Store",
    "TooMuch",
    "Topic",
    "TranscriptKey",
    "Transcripts",
    "Turns",
    "Uploads",
    "Verdict",
    "Wakeups",
    "Withdrawals",
    "is_pool",
    "pool_key",
]
