"""More of the records in memory: what goes out, approvals, and the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from orchestrator_core.model import (
    Approval,
    ApprovalState,
    AuditEntry,
    AuditFilter,
    Channel,
    Delivery,
    DeliveryState,
    Grant,
    NewApproval,
    NewDelivery,
)
from orchestrator_core.redaction import redact_json
from tests.fakes.state import FakeTable, as_json, aware, found, next_id, save_fields

#: What a save takes over; the rest stays as it was added.
_DELIVERY_CHANGES = (
    *("reply_token", "state", "attempts", "pushed_at", "due_at", "sent_at", "last_error"),
    *("sender", "sending_until", "offered_at"),
)
_APPROVAL_CHANGES = (
    *("state", "decided_by", "decided_at", "first_yes", "reason", "reason_chat_id"),
)


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

    async def post(self, delivery: NewDelivery) -> None:
        await self.add(delivery)

    async def has_work(self, now: datetime) -> bool:
        return bool(self._ready(now) or self._overdue(now))

    async def take(
        self, now: datetime, *, sender: str, until: datetime, limit: int
    ) -> list[Delivery]:
        aware(now, until)
        taken = [
            replace(
                one,
                state=DeliveryState.SENDING,
                sender=sender,
                sending_until=until,
                attempts=one.attempts + 1,
            )
            for one in self._ready(now)[:limit]
        ]
        self.state.deliveries.update({one.id: one for one in taken})
        return taken

    async def lost(self, now: datetime | None, limit: int) -> list[Delivery]:
        return self._overdue(now)[:limit]

    async def lock(self, delivery_id: int) -> Delivery:
        return found(self.state.deliveries, delivery_id)

    async def save(self, delivery: Delivery) -> None:
        aware(delivery.due_at, delivery.sent_at, delivery.sending_until, delivery.offered_at)
        save_fields(self.state.deliveries, delivery.id, delivery, *_DELIVERY_CHANGES)

    async def save_if_held(self, delivery: Delivery, *, by: str) -> bool:
        current = self.state.deliveries.get(delivery.id)
        if current is None or current.state is not DeliveryState.SENDING:
            return False
        if (current.sender, current.attempts) != (by, delivery.attempts):
            return False
        await self.save(delivery)
        return True

    async def release_held(self, now: datetime) -> int:
        held = [one for one in self._in_order(DeliveryState.HELD) if one.due_at <= now]
        for one in held:
            await self.save(replace(one, state=DeliveryState.PENDING))
        return len(held)

    async def waiting(
        self, now: datetime, *, after_id: int, limit: int
    ) -> list[tuple[int, datetime]]:
        pending = [one for one in self._in_order(DeliveryState.PENDING) if one.id > after_id]
        return [(one.id, one.due_at) for one in pending if one.due_at > now][:limit]

    async def offer(self, chat_id: str, now: datetime) -> list[Delivery]:
        fresh = [one for one in self._unconfirmed(chat_id) if one.offered_at is None]
        for one in fresh:
            await self.save(replace(one, offered_at=now))
        return [replace(one, offered_at=now) for one in fresh]

    async def offered(self, chat_id: str, offered_at: datetime) -> list[Delivery]:
        return [one for one in self._unconfirmed(chat_id) if one.offered_at == offered_at]

    async def by_key(self, retry_key: str) -> Delivery | None:
        keys = {one.retry_key: one for one in self.state.deliveries.values()}
        return keys.get(retry_key)

    async def count(self, state: DeliveryState) -> int:
        return len(self._in_order(state))

    async def page(
        self, states: Sequence[DeliveryState], *, limit: int, before_id: int | None = None
    ) -> list[Delivery]:
        newest_first = reversed(self._in_order(*states))
        return [one for one in newest_first if before_id is None or one.id < before_id][:limit]

    def _ready(self, now: datetime) -> list[Delivery]:
        busy = {one.chat_id for one in self._in_order(DeliveryState.SENDING)}
        first: dict[str, Delivery] = {}
        for one in self._in_order(DeliveryState.PENDING):
            first.setdefault(one.chat_id, one)
        heads = [one for one in first.values() if one.chat_id not in busy]
        return [one for one in heads if one.due_at <= now]

    def _overdue(self, now: datetime | None) -> list[Delivery]:
        sending = self._in_order(DeliveryState.SENDING)
        if now is None:
            return sending
        return [one for one in sending if not one.sending_until or one.sending_until <= now]

    def _unconfirmed(self, chat_id: str) -> list[Delivery]:
        mail = self._in_order(DeliveryState.UNCONFIRMED)
        return [one for one in mail if one.chat_id == chat_id]

    def _in_order(self, *states: DeliveryState) -> list[Delivery]:
        mail = sorted(self.state.deliveries.values(), key=lambda delivery: delivery.id)
        return [delivery for delivery in mail if delivery.state in states]


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
            rule=approval.rule,
            why=approval.why,
            said=approval.said,
            cwd=approval.cwd,
            second_person=approval.second_person,
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

    async def cancel_pending(self, turn_id: int, now: datetime) -> None:
        for one in await self.pending_of(turn_id):
            await self.save(replace(one, state=ApprovalState.CANCELLED, decided_at=now))
        for one in self._in_state(ApprovalState.DENYING):
            if one.turn_id == turn_id:
                await self.save(replace(one, state=ApprovalState.DENIED))

    async def pending_of(self, turn_id: int) -> list[Approval]:
        return [one for one in self._in_state(ApprovalState.PENDING) if one.turn_id == turn_id]

    async def pending(self, *, limit: int) -> list[Approval]:
        return self._in_state(ApprovalState.PENDING)[:limit]

    async def denying(self, person_id: str, chat_id: str) -> Approval | None:
        wanted = (person_id, chat_id)
        denying = self._in_state(ApprovalState.DENYING)
        mine = [one for one in denying if (one.decided_by, one.reason_chat_id) == wanted]
        return mine[-1] if mine else None

    async def grant(self, grant: Grant) -> None:
        aware(grant.created_at)
        self.state.grants.setdefault((grant.session_id, grant.mark), grant)

    async def granted(self, session_id: str, mark: str) -> Grant | None:
        return self.state.grants.get((session_id, mark))

    def _in_state(self, state: ApprovalState) -> list[Approval]:
        by_id = sorted(self.state.approvals.values(), key=lambda approval: approval.id)
        return [one for one in by_id if one.state is state]


class FakeAudit(FakeTable):
    async def add(self, entry: AuditEntry) -> None:
        aware(entry.created_at)
        # Those before it may have been deleted.
        after = max((one.id for one in self.state.audit), default=0) + 1
        stored = replace(
            entry,
            id=after,
            detail=as_json(redact_json(entry.detail)),
            channel=entry.channel or Channel.of(entry.actor),
        )
        self.state.audit.append(stored)

    async def page(
        self, wanted: AuditFilter, *, limit: int, before_id: int | None = None
    ) -> list[AuditEntry]:
        below = before_id
        found = [one for one in self._fitting(wanted) if below is None or one.id < below]
        return found[::-1][:limit]

    async def after(self, wanted: AuditFilter, *, limit: int, after_id: int) -> list[AuditEntry]:
        return [one for one in self._fitting(wanted) if one.id > after_id][:limit]

    def _fitting(self, wanted: AuditFilter) -> list[AuditEntry]:
        aware(wanted.since)
        return [
            one
            for one in self.state.audit
            if wanted.actor in {None, one.actor}
            and wanted.action in {None, one.action}
            and wanted.session_id in {None, one.session_id}
            and (wanted.since is None or one.created_at >= wanted.since)
        ]
