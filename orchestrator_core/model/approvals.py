"""Tool calls that wait for a person, and the books: costs and decisions."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from orchestrator_core.model.people import JsonObject


class ApprovalState(enum.StrEnum):
    PENDING = "pending"
    ALLOWED = "allowed"
    DENIED = "denied"
    #: Nobody answered in time, which is a no.
    EXPIRED = "expired"
    #: The turn ended before anyone answered.
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApproval:
    turn_id: int
    session_id: str
    #: Cannot be guessed; its buttons carry it.
    nonce: str
    tool: str
    tool_input: JsonObject
    #: The only person who may answer; None: any owner.
    person_id: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A tool call that waits for a person."""

    id: int
    turn_id: int
    session_id: str
    nonce: str
    tool: str
    tool_input: JsonObject
    person_id: str | None
    created_at: datetime
    expires_at: datetime
    state: ApprovalState
    decided_by: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEntry:
    """What one run of a turn cost, as Claude reported it."""

    session_id: str
    turn_id: int
    #: Which of the turn's runs; one run is booked once.
    run: int
    usd: Decimal
    #: Tokens by model as reported, for the books.
    usage: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who decided what. `actor` is a person's id, `api`, or `denrei` itself."""

    actor: str
    action: str
    detail: JsonObject
    created_at: datetime
    session_id: str | None = None
