"""What people have allowed for the rest of a session: shown, and taken back one by one.

Works inside the caller's transaction. Who may do it is for the caller to say; to take back never
lets anything run.
"""

from __future__ import annotations

from datetime import datetime

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import AuditAction, AuditEntry, EventKind, Grant
from orchestrator_core.ports import Records, Topic


async def take_back(records: Records, grant: Grant, *, actor: str, now: datetime) -> None:
    """From now on a person is asked again. Raises NotFoundError when somebody was faster."""
    # A call that is being judged is judged before this or after it.
    await records.sessions.lock(grant.session_id)
    if not await records.approvals.take_back(grant.id):
        raise NotFoundError(f"grant {grant.id}")
    detail = {"grant_id": grant.id, "approval_id": grant.approval_id, "allowed": grant.text}
    await records.audit.add(
        AuditEntry(
            actor=actor,
            action=AuditAction.GRANT_TAKEN_BACK,
            detail=detail,
            created_at=now,
            session_id=grant.session_id,
        )
    )
    await records.log.append(
        session_id=grant.session_id,
        turn_id=None,
        kind=EventKind.GRANT_TAKEN_BACK,
        data={"grant_id": grant.id},
        now=now,
    )
    records.wake(Topic.EVENTS, grant.session_id)
