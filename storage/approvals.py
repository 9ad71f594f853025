"""Tool calls that wait for a person, and what was allowed for a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tortoise.backends.base.client import BaseDBAsyncClient

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import (
    Approval,
    ApprovalState,
    AuditAction,
    Channel,
    Grant,
    NewApproval,
)
from storage import columns
from storage import models as rows
from storage.late_writes import Write
from storage.sql import fetch, find, find_one, insert, is_postgres, update, write

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
#: After the above. Sent together with it, this sees what was there before both.
_TELL_CANCELLED = """
    INSERT INTO audit_entry (actor, action, detail, created_at, session_id, channel)
    SELECT '{actor}', '{action}',
        {json}('approval_id', a.id, 'tool', a.tool, 'rule', a.rule){text}, {at}, a.session_id,
        '{actor}'
    FROM {turns} a.turn_id = {turn_id}
        AND (a.state = 'pending' OR a.state = 'cancelled' AND a.decided_at = {at})"""
_TOLD = {"actor": Channel.DENREI.value, "action": AuditAction.APPROVAL_CANCELLED.value}
_TELL_CANCELLED_LITE = Write(
    table="audit_entry",
    one=_TELL_CANCELLED.format(
        **_TOLD, json="json_object", text="", at="$1", turns="tool_approval a WHERE", turn_id="$2"
    ),
)
_TELL_CANCELLED_POSTGRES = Write(
    table="audit_entry",
    one=_TELL_CANCELLED.format(
        **_TOLD,
        json="json_build_object",
        text="::text",
        at="$1::timestamptz",
        turns="tool_approval a WHERE",
        turn_id="$2::bigint",
    ),
    many=_TELL_CANCELLED.format(
        **_TOLD,
        json="json_build_object",
        text="::text",
        at="v.at",
        turns="unnest($1::timestamptz[], $2::bigint[]) AS v (at, turn_id) JOIN tool_approval a ON",
        turn_id="v.turn_id",
    ),
)
_GRANT = Write(
    table="tool_grant",
    one="""
    INSERT INTO tool_grant (session_id, mark, granted_by, approval_id, created_at, text)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (session_id, mark) DO UPDATE SET
        granted_by = excluded.granted_by, approval_id = excluded.approval_id,
        created_at = excluded.created_at, text = excluded.text""",
)
_TAKE_BACK = "DELETE FROM tool_grant WHERE id = $1 RETURNING id"


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
            answers=columns.json_text([approval.answers, approval.picked]),
            typing_by=approval.typing_by,
        )

    async def cancel_pending(self, turn_id: int, now: datetime) -> None:
        tell = _TELL_CANCELLED_POSTGRES if is_postgres(self.db) else _TELL_CANCELLED_LITE
        await write(self.db, _CANCEL_PENDING, now, turn_id)
        await write(self.db, tell, now, turn_id)

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

    async def typing(self, person_id: str, chat_id: str) -> Approval | None:
        rest = """WHERE state = 'pending' AND typing_by = $1 AND reason_chat_id = $2
            ORDER BY id DESC LIMIT 1"""
        row = await find_one(self.db, rows.ToolApproval, rest, person_id, chat_id)
        return _approval(row) if row else None

    async def grant(self, grant: Grant) -> None:
        values = (grant.session_id, grant.mark, grant.granted_by, grant.approval_id)
        await write(self.db, _GRANT, *values, grant.created_at, columns.text(grant.text))

    async def granted(self, session_id: str, mark: str) -> Grant | None:
        rest = "WHERE session_id = $1 AND mark = $2"
        row = await find_one(self.db, rows.ToolGrant, rest, session_id, mark)
        return _grant(row) if row else None

    async def grants(self, session_id: str, *, limit: int) -> list[Grant]:
        rest = "WHERE session_id = $1 ORDER BY id LIMIT $2"
        found = await find(self.db, rows.ToolGrant, rest, session_id, limit)
        return [_grant(row) for row in found]

    async def grant_by_id(self, grant_id: int) -> Grant | None:
        row = await find_one(self.db, rows.ToolGrant, "WHERE id = $1", grant_id)
        return _grant(row) if row else None

    async def take_back(self, grant_id: int) -> bool:
        return bool(await fetch(self.db, _TAKE_BACK, grant_id))


def _found(row: rows.ToolApproval | None, approval_id: int) -> Approval:
    if row is None:
        raise NotFoundError(f"approval {approval_id}")
    return _approval(row)


def _approval(row: rows.ToolApproval) -> Approval:
    answers, picked = columns.from_json(row.answers) if row.answers else ((), ())
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
        answers=tuple(tuple(chosen) for chosen in answers),
        picked=tuple(picked),
        typing_by=row.typing_by,
    )


def _grant(row: rows.ToolGrant) -> Grant:
    return Grant(
        session_id=row.session_id,
        mark=row.mark,
        granted_by=row.granted_by,
        approval_id=row.approval_id,
        created_at=row.created_at,
        text=row.text or "",
        id=row.id,
    )
