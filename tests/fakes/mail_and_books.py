"""More of the records in memory: what goes out, approvals, and the books."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from orchestrator_core.model import (
    Approval,
    ApprovalState,
    AuditEntry,
    CostEntry,
    Delivery,
    DeliveryState,
    NewApproval,
    NewDelivery,
)
from tests.fakes.state import FakeTable, as_json, aware, found, next_id, save_fields

#: What a save takes over; the rest stays as it was added.
_DELIVERY_CHANGES = (
    *("reply_token", "state", "attempts", "pushed_at", "due_at", "sent_at", "last_error"),
)
_APPROVAL_CHANGES = ("state", "decided_by", "decided_at")
_OPEN_MAIL = (DeliveryState.PENDING, DeliveryState.SENDING)


class FakeDeliveries(FakeTable):
    async def add(self, delivery: NewDelivery) -> Delivery:
        aware(delivery.created_at)
        stored = Delivery(
            id=next_id(self.state.deliveries),
            chat_id=delivery.chat_id,
            messages=tuple(as_json(message) for message in delivery.messages),
            retry_key=delivery.retry_key,
            created_at=delivery.created_at,
            reply_token=delivery.reply_token,
            turn_id=delivery.turn_id,
            state=DeliveryState.PENDING,
            due_at=delivery.created_at,
        )
        self.state.deliveries[stored.id] = stored
        return stored

    async def heads(self, now: datetime, limit: int) -> list[Delivery]:
        first: dict[str, Delivery] = {}
        for delivery in await self.in_states(_OPEN_MAIL, len(self.state.deliveries)):
            first.setdefault(delivery.chat_id, delivery)
        return [one for one in first.values() if one.due_at <= now][:limit]

    async def lock(self, delivery_id: int) -> Delivery:
        return found(self.state.deliveries, delivery_id)

    async def save(self, delivery: Delivery) -> None:
        aware(delivery.due_at, delivery.sent_at)
        save_fields(self.state.deliveries, delivery.id, delivery, *_DELIVERY_CHANGES)

    async def in_states(self, states: Sequence[str], limit: int) -> list[Delivery]:
        mail = sorted(self.state.deliveries.values(), key=lambda delivery: delivery.id)
        return [delivery for delivery in mail if delivery.state in states][:limit]


class FakeApprovals(FakeTable):
    async def add(self, approval: NewApproval) -> Approval:
        aware(approval.created_at, approval.expires_at)
        stored = Approval(
            id=next_id(self.state.approvals),
            turn_id=approval.turn_id,
            session_id=approval.session_id,
            nonce=approval.nonce,
            tool=approval.tool,
            tool_input=as_json(approval.tool_input),
            person_id=approval.person_id,
            created_at=approval.created_at,
            expires_at=approval.expires_at,
            state=ApprovalState.PENDING,
        )
        self.state.approvals[stored.id] = stored
        return stored

    async def get(self, approval_id: int) -> Approval:
        return found(self.state.approvals, approval_id)

    async def lock(self, approval_id: int) -> Approval:
        return found(self.state.approvals, approval_id)

    async def save(self, approval: Approval) -> None:
        aware(approval.decided_at)
        save_fields(self.state.approvals, approval.id, approval, *_APPROVAL_CHANGES)

    async def pending_of(self, turn_id: int) -> list[Approval]:
        of_turn = [one for one in self.state.approvals.values() if one.turn_id == turn_id]
        return [one for one in of_turn if one.state is ApprovalState.PENDING]


class FakeCosts(FakeTable):
    async def add(self, entry: CostEntry) -> None:
        aware(entry.created_at)
        self.state.costs.append(entry)

    async def spent_since(self, start: datetime) -> Decimal:
        costs = [entry.usd for entry in self.state.costs if entry.created_at >= start]
        return sum(costs, Decimal(0))

    async def first_alert(self, window: str, percent: int) -> bool:
        if (window, percent) in self.state.alerts:
            return False
        self.state.alerts.add((window, percent))
        return True


class FakeAudit(FakeTable):
    async def add(self, entry: AuditEntry) -> None:
        aware(entry.created_at)
        self.state.audit.append(entry)
