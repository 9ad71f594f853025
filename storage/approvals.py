"""Tool calls that wait for a person."""

from __future__ import annotations

from dataclasses import dataclass

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.queryset import QuerySet

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import Approval, ApprovalState, NewApproval
from storage import columns
from storage import models as rows


@dataclass(frozen=True, slots=True)
class SqlApprovals:
    db: BaseDBAsyncClient

    async def add(self, approval: NewApproval) -> Approval:
        row = await rows.ToolApproval.create(
            using_db=self.db,
            turn_id=approval.turn_id,
            session_id=approval.session_id,
            nonce=approval.nonce,
            tool=columns.text(approval.tool),
            tool_input=columns.json_text(approval.tool_input),
            person_id=approval.person_id,
            created_at=approval.created_at,
            expires_at=approval.expires_at,
            state=ApprovalState.PENDING.value,
        )
        return _approval(row)

    async def get(self, approval_id: int) -> Approval:
        return _found(await self._rows(approval_id).first(), approval_id)

    async def lock(self, approval_id: int) -> Approval:
        row = await self._rows(approval_id).select_for_update().first()
        return _found(row, approval_id)

    async def save(self, approval: Approval) -> None:
        await self._rows(approval.id).update(
            state=approval.state.value,
            decided_by=approval.decided_by,
            decided_at=approval.decided_at,
        )

    async def pending_of(self, turn_id: int) -> list[Approval]:
        pending = ApprovalState.PENDING.value
        query = rows.ToolApproval.filter(turn_id=turn_id, state=pending).using_db(self.db)
        return [_approval(row) for row in await query.order_by("id")]

    def _rows(self, approval_id: int) -> QuerySet[rows.ToolApproval]:
        return rows.ToolApproval.filter(id=approval_id).using_db(self.db)


def _found(row: rows.ToolApproval | None, approval_id: int) -> Approval:
    if row is None:
        raise NotFoundError(f"approval {approval_id}")
    return _approval(row)


def _approval(row: rows.ToolApproval) -> Approval:
    return Approval(
        id=row.id,
        turn_id=row.turn_id,
        session_id=row.session_id,
        nonce=row.nonce,
        tool=row.tool,
        tool_input=columns.from_json(row.tool_input),
        person_id=row.person_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        state=ApprovalState(row.state),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
