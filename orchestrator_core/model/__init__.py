"""The nouns. Frozen values; nothing here does I/O or reads a clock."""

from orchestrator_core.model.approvals import (
    Approval,
    ApprovalState,
    AuditEntry,
    CostEntry,
    NewApproval,
)
from orchestrator_core.model.mail import (
    Delivery,
    DeliveryState,
    InboxEvent,
    InboxState,
    NewDelivery,
    NewInboxEvent,
)
from orchestrator_core.model.people import (
    Binding,
    Chat,
    ChatKind,
    JsonObject,
    Language,
    Origin,
    Person,
    ReplyToken,
    Role,
)
from orchestrator_core.model.sessions import (
    MessageRole,
    Session,
    SessionEvent,
    SessionMessage,
    SessionState,
)
from orchestrator_core.model.turns import OPEN_TURN_STATES, NewTurn, Turn, TurnState

__all__ = [
    "OPEN_TURN_STATES",
    "Approval",
    "ApprovalState",
    "AuditEntry",
    "Binding",
    "Chat",
    "ChatKind",
    "CostEntry",
    "Delivery",
    "DeliveryState",
    "InboxEvent",
    "InboxState",
    "JsonObject",
    "Language",
    "MessageRole",
    "NewApproval",
    "NewDelivery",
    "NewInboxEvent",
    "NewTurn",
    "Origin",
    "Person",
    "ReplyToken",
    "Role",
    "Session",
    "SessionEvent",
    "SessionMessage",
    "SessionState",
    "Turn",
    "TurnState",
]
