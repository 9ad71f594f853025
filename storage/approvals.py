"""Tool calls that wait for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import Approval, ApprovalState, NewApproval
from storage import columns
from storage import models as rows
from storage.late_writes import Write
from storage.sql import find, find_one, insert, update, write

_CANCEL_PENDING = Write(
    table="tool_approval",
    one="""
    UPDATE tool_approval SET state = 'cancelled', decided_at = $1
    WHERE turn_id = $2 AND state = 'pending'""",
    many="""
    UPDATE tool_approval SET state = 'cancelled', decided_at = v.decided_at
    FROM unnest($1::timestamptz[], $2::bigint[]) AS v (decided_at, turn_id)
    WHERE tool_approval.turn_id = v.turn_id AND state = 'pending'""",
    key=1,
)


@dataclass(frozen=True, slots=True)
class SqlApprovals:
    db: BaseDBAsyncClient

    async def add(self, approval: NewApproval) -> Approval:
        approval_id = await insert(
            self.db,
            rows.ToolApproval,
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
        return await self.get(approval_id)

    async def get(self, approval_id: int) -> Approval:
        row = await find_one(self.db, rows.ToolApproval, "WHERE id = $1", approval_id)
        return _found(row, approval_id)

    async def lock(self, approval_id: int) -> Approval:
        row = await find_one(self.db, rows.ToolApproval, "WHERE id = $1", approval_id, lock=True)
        return _found(row, approval_id)

    async def save(self, approval: Approval) -> None:
        await update(
            self.db,
            rows.ToolApproval,
            approval.id,
            state=approval.state.value,
            decided_by=approval.decided_by,
            decided_at=approval.decided_at,
        )

    async def cancel_pending(self, turn_id: int, now: datetime) -> None:
        await write(self.db, _CANCEL_PENDING, now, turn_id)

    async def pending_of(self, turn_id: int) -> list[Approval]:
        rest = "WHERE turn_id = $1 AND state = 'pending' ORDER BY id"
        return [_approval(row) for row in await find(self.db, rows.ToolApproval, rest, turn_id)]


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
