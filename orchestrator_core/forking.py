"""A new session that goes on with a copy of another's conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from orchestrator_core.errors import ConflictError
from orchestrator_core.model import EventKind, Origin, Session
from orchestrator_core.ports import Records, Topic


async def fork(
    records: Records, source: Session, *, name: str, origin: Origin, now: datetime
) -> Session:
    """With the source's agent, workspace, model and mode; of the conversation, all until the end
    of its last turn. Claude Code makes the copy when the first prompt runs.

    Raises ConflictError when nothing was said yet.
    """
    begun = source.claude_session_id is not None
    conversation = source.claude_session_id if begun else source.forked_from
    if conversation is None:
        raise ConflictError("nothing was said in the session yet")
    made = await records.sessions.add(
        chat=origin.chat,
        person_id=origin.person_id,
        agent=source.agent,
        # A conversation belongs to its directory.
        workspace=source.workspace,
        pool=source.pool,
        now=now,
    )
    session = replace(
        made,
        name=name,
        model=source.model,
        mode=source.mode,
        forked_from=conversation,
        forked_at=source.head if begun else source.forked_at,
    )
    await records.sessions.save(session)
    data = {"agent": session.agent, "forked_from": source.id}
    await records.log.append(
        session_id=session.id,
        turn_id=None,
        kind=EventKind.SESSION_STARTED,
        data=data,
        now=now,
    )
    records.wake(Topic.EVENTS, session.id)
    return session
