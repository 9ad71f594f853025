"""More of the records in memory: approvals, and the audit."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from orchestrator_core.model import (
    Approval,
    ApprovalState,
    AuditAction,
    AuditEntry,
    AuditFilter,
    Channel,
    Grant,
    NewApproval,
)
from orchestrator_core.redaction import redact_json
from tests.fakes.state import FakeTable, as_json, aware, found, next_id, save_fields

#: What a save takes over; the rest stays as it was added.
_APPROVAL_CHANGES = (
    *("state", "decided_by", "decided_at", "first_yes", "reason", "reason_chat_id"),
    *("answers", "picked", "typing_by"),
)


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
            detail = {"approval_id": one.id, "tool": one.tool, "rule": one.rule}
            entry = AuditEntry(
                actor=Channel.DENREI.value,
                action=AuditAction.APPROVAL_CANCELLED,
                detail=detail,
                created_at=now,
                session_id=one.session_id,
            )
            await FakeAudit(self.get_state).add(entry)
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

    async def typing(self, person_id: str, chat_id: str) -> Approval | None:
        wanted = (person_id, chat_id)
        pending = self._in_state(ApprovalState.PENDING)
        mine = [one for one in pending if (one.typing_by, one.reason_chat_id) == wanted]
        return mine[-1] if mine else None

    async def grant(self, grant: Grant) -> None:
        aware(grant.created_at)
        place = (grant.session_id, grant.mark)
        known = self.state.grants.get(place)
        ids = (one.id for one in self.state.grants.values())
        grant_id = known.id if known else max(ids, default=0) + 1
        self.state.grants[place] = replace(grant, id=grant_id)

    async def granted(self, session_id: str, mark: str) -> Grant | None:
        return self.state.grants.get((session_id, mark))

    async def grants(self, session_id: str, *, limit: int) -> list[Grant]:
        by_id = sorted(self.state.grants.values(), key=lambda grant: grant.id)
        return [one for one in by_id if one.session_id == session_id][:limit]

    async def grant_by_id(self, grant_id: int) -> Grant | None:
        return next((one for one in self.state.grants.values() if one.id == grant_id), None)

    async def take_back(self, grant_id: int) -> bool:
        known = await self.grant_by_id(grant_id)
        if known is not None:
            del self.state.grants[(known.session_id, known.mark)]
        return known is not None

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
