"""Tables, and nothing else: no queries, no meaning.

Rows name each other by id without foreign keys: on PostgreSQL one would make every added event
wait for whoever holds the session's row.
Comments here begin with `#` alone: tortoise puts what follows `#:` into the schema.
JSON is kept as ASCII text, because PostgreSQL's jsonb takes neither NUL nor lone surrogates.
"""

from __future__ import annotations

from storage.models.conversation import (
    Session,
    SessionEvent,
    SessionMessage,
    TranscriptEntry,
    Turn,
)
from storage.models.mail import ChannelBinding, Delivery, InboxEvent, PushQuota, SentMessage
from storage.models.media import MadeFile, Upload
from storage.models.menus import PersonMenu, RichMenu
from storage.models.money import BudgetAlert, BudgetRaise, CostEntry, CostPart
from storage.models.people import Pairing, PairingAttempt, Person
from storage.models.tools import AuditEntry, ToolApproval, ToolGrant
from storage.models.work import JobRun, Schedule

__all__ = [
    "AuditEntry",
    "BudgetAlert",
    "BudgetRaise",
    "ChannelBinding",
    "CostEntry",
    "CostPart",
    "Delivery",
    "InboxEvent",
    "JobRun",
    "MadeFile",
    "Pairing",
    "PairingAttempt",
    "Person",
    "PersonMenu",
    "PushQuota",
    "RichMenu",
    "Schedule",
    "SentMessage",
    "Session",
    "SessionEvent",
    "SessionMessage",
    "ToolApproval",
    "ToolGrant",
    "TranscriptEntry",
    "Turn",
    "Upload",
]
