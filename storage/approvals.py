"""Tool calls that wait for a person, and what was allowed for a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import Approval, ApprovalState, Grant, NewApproval
from storage import columns
from storage import models as rows
from storage.late_writes import Write
from storage.sql import find, find_one, insert, update, write

_CANCEL_PENDING = Write(
    table="tool_approval",
    one="""
    UPDATE tool_approval SET
        state = CASE state WHEN 'pending' THEN 'cancelled' ELSE 'denied' END,
        decided_at = CASE state WHEN 'pending' THEN $1 ELSE decided_at END
    WHERE turn_id = $2 AND state IN ('pending', 'denying')""",
    many="""
    UPDATE tool_approval SET
        state = CASE state WHEN 'pending' THEN 'cancelled' ELSE 'denied' END,
        decided_at = CASE state WHEN 'pending' THEN v.decided_at
            ELSE tool_approval.decided_at END
    FROM unnest($1::timestamptz[], $2::bigint[]) AS v (decided_at, turn_id)
    WHERE tool_approval.turn_id = v.turn_id AND state IN ('pending', 'denying')""",
    key=1,
)
_GRANT = Write(
    table="tool_grant",
    one="""
    INSERT INTO tool_grant (session_id, mark, granted_by, approval_id, created_at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (session_id, mark) DO NOTHING""",
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
            rule=columns.optional_text(approval.rule),
            why=columns.text(approval.why),
            said=columns.text(approval.said),
            cwd=columns.text(approval.cwd),
            second_person=approval.second_person,
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
            first_yes=approval.first_yes,
            reason=columns.optional_text(approval.reason),
            reason_chat_id=approval.reason_chat_id,
        )

    async def cancel_pending(self, turn_id: int, now: datetime) -> None:
        await write(self.db, _CANCEL_PENDING, now, turn_id)

    async def pending_of(self, turn_id: int) -> list[Approval]:
        rest = "WHERE turn_id = $1 AND state = 'pending' ORDER BY id"
        return [_approval(row) for row in await find(self.db, rows.ToolApproval, rest, turn_id)]

    async def pending(self, *, limit: int) -> list[Approval]:
        rest = "WHERE state = 'pending' ORDER BY id LIMIT $1"
        return [_approval(row) for row in await find(self.db, rows.ToolApproval, rest, limit)]

    async def denying(self, person_id: str, chat_id: str) -> Approval | None:
        rest = """WHERE state = 'denying' AND decided_by = $1 AND reason_chat_id = $2
            ORDER BY id DESC LIMIT 1"""
        row = await find_one(self.db, rows.ToolApproval, rest, person_id, chat_id)
        return _approval(row) if row else None

    async def grant(self, grant: Grant) -> None:
        values = (grant.session_id, grant.mark, grant.granted_by, grant.approval_id)
        await write(self.db, _GRANT, *values, grant.created_at)

    async def granted(self, session_id: str, mark: str) -> Grant | None:
        rest = "WHERE session_id = $1 AND mark = $2"
        row = await find_one(self.db, rows.ToolGrant, rest, session_id, mark)
        return _grant(row) if row else None


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
        rule=row.rule,
        why=row.why or "",
        said=row.said or "",
        cwd=row.cwd or "",
        second_person=bool(row.second_person),
        first_yes=row.first_yes,
        reason=row.reason,
        reason_chat_id=row.reason_chat_id,
    )


def _grant(row: rows.ToolGrant) -> Grant:
    return Grant(
        session_id=row.session_id,
        mark=row.mark,
        granted_by=row.granted_by,
        approval_id=row.approval_id,
        created_at=row.created_at,
    )
