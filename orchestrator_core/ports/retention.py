"""What is stored for a while only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from orchestrator_core.model import ApprovalState, DeliveryState, InboxState


class Kept(StrEnum):
    """What may be deleted once it is old. Prompts and answers, costs and sessions are not."""

    EVENTS = "events"
    DELIVERIES = "deliveries"
    INBOX = "inbox"
    APPROVALS = "approvals"
    AUDIT = "audit"


#: What is over, state by state: a state not named here is open, and what is open is never deleted.
OVER: Mapping[Kept, tuple[str, ...]] = {
    Kept.DELIVERIES: (
        DeliveryState.SENT,
        DeliveryState.UNCONFIRMED,
        DeliveryState.DEAD,
        DeliveryState.RESENT,
        DeliveryState.DROPPED,
    ),
    Kept.INBOX: (
        InboxState.DONE,
        InboxState.IGNORED,
        InboxState.UNREADABLE,
        InboxState.FAILED,
    ),
    Kept.APPROVALS: (
        ApprovalState.ALLOWED,
        ApprovalState.DENIED,
        ApprovalState.EXPIRED,
        ApprovalState.CANCELLED,
    ),
}


class OldRows(Protocol):
    async def delete(self, kept: Kept, *, before: datetime, limit: int) -> int:
        """Delete up to `limit` of what was made before then, oldest first; says how many went.

        Of deliveries, webhook events and approvals only those in a state of `OVER`; no event of a
        turn that waits or runs.
        """
        ...
