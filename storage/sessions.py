"""Sessions, and how a person's words find one."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.expressions import Q

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import (
    DEFAULT_POOL,
    Chat,
    Lease,
    Mode,
    ProcessMark,
    Session,
    SessionState,
)
from storage import columns
from storage import models as rows
from storage.sql import find_one, insert, update

_MOST_FOUND = 10
_ID_LENGTH = 32
_ID_PREFIX = re.compile(r"[0-9a-f]{4,31}")
_LONGEST_NUMBER = 18
_NAME_KEY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class SqlSessions:
    db: BaseDBAsyncClient

    async def add(
        self,
        *,
        chat: Chat | None,
        person_id: str | None,
        agent: str,
        workspace: str,
        now: datetime,
        pool: str = DEFAULT_POOL,
    ) -> Session:
        session_id = secrets.token_hex(16)
        await insert(
            self.db,
            rows.Session,
            id=session_id,
            **columns.chat_columns(chat),
            person_id=person_id,
            agent=agent,
            workspace=workspace,
            state=SessionState.IDLE.value,
            created_at=now,
            updated_at=now,
            last_line="",
            pool=pool,
        )
        return await self.lock(session_id)

    async def get(self, session_id: str) -> Session | None:
        row = await find_one(self.db, rows.Session, "WHERE id = $1", session_id)
        return session_of(row) if row else None

    async def lock(self, session_id: str) -> Session:
        row = await find_one(self.db, rows.Session, "WHERE id = $1", session_id, lock=True)
        if row is None:
            raise NotFoundError(f"session {session_id}")
        return session_of(row)

    async def save(self, session: Session) -> None:
        await update(self.db, rows.Session, session.number, **_changing(session))

    async def find(self, reference: str) -> list[Session]:
        # One query per reading of the words: each is answered from its own index.
        found: dict[int, rows.Session] = {}
        for meaning in _meanings(reference):
            query = rows.Session.filter(meaning).using_db(self.db)
            for row in await query.order_by("-number").limit(_MOST_FOUND):
                found[row.number] = row
        newest_first = sorted(found.values(), key=lambda row: row.number, reverse=True)
        return [session_of(row) for row in newest_first[:_MOST_FOUND]]

    async def page(self, *, limit: int, before_number: int | None = None) -> list[Session]:
        query = rows.Session.all().using_db(self.db)
        if before_number is not None:
            query = query.filter(number__lt=before_number)
        return [session_of(row) for row in await query.order_by("-number").limit(limit)]


def _meanings(reference: str) -> Iterator[Q]:
    if reference.isdecimal() and len(reference) <= _LONGEST_NUMBER:
        yield Q(number=int(reference))
    prefix = reference.lower()
    if len(prefix) == _ID_LENGTH:
        yield Q(id=prefix)
    elif _ID_PREFIX.fullmatch(prefix):
        # A range, since an index answers it under any collation; LIKE it does not.
        yield Q(id__gte=prefix, id__lt=prefix + "g")
    yield Q(name_key=_name_key(reference))


def _name_key(name: str | None) -> str | None:
    return columns.text(name).casefold()[:_NAME_KEY_LENGTH] if name is not None else None


def _changing(session: Session) -> dict[str, Any]:
    return {
        "name": columns.optional_text(session.name),
        "name_key": _name_key(session.name),
        "state": session.state.value,
        "updated_at": session.updated_at,
        "claude_session_id": session.claude_session_id,
        "cost_billionths": columns.billionths(session.cost_usd),
        "reported_total_billionths": columns.billionths(session.reported_total_usd),
        "last_line": columns.text(session.last_line),
        "model_name": columns.optional_text(session.model),
        "mode": None if session.mode is Mode.DEFAULT else session.mode.value,
        "head": columns.optional_text(session.head),
        "forked_from": session.forked_from,
        "forked_at": columns.optional_text(session.forked_at),
    }


def session_of(row: rows.Session) -> Session:
    return Session(
        id=row.id,
        number=row.number,
        name=row.name,
        chat=columns.chat_of(row.chat_id, row.chat_kind),
        person_id=row.person_id,
        agent=row.agent,
        workspace=row.workspace,
        state=SessionState(row.state),
        created_at=row.created_at,
        updated_at=row.updated_at,
        claude_session_id=row.claude_session_id,
        cost_usd=columns.usd(row.cost_billionths),
        reported_total_usd=columns.usd(row.reported_total_billionths),
        last_line=row.last_line,
        pool=row.pool,
        lease=_lease_of(row),
        cli=_cli_of(row),
        model=row.model_name,
        mode=Mode(row.mode) if row.mode else Mode.DEFAULT,
        head=row.head,
        forked_from=row.forked_from,
        forked_at=row.forked_at,
    )


def _lease_of(row: rows.Session) -> Lease | None:
    if row.lease_owner is None or row.lease_until is None:
        return None
    return Lease(session_id=row.id, owner=row.lease_owner, until=row.lease_until, fence=row.fence)


def _cli_of(row: rows.Session) -> ProcessMark | None:
    if row.cli_host is None or row.cli_pid is None or row.cli_started is None:
        return None
    return ProcessMark(host=row.cli_host, pid=row.cli_pid, started=row.cli_started)
