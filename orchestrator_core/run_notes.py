"""What is noted of the run under way: in the session's row, and among its events."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from orchestrator_core.agent_events import Opened, TextWritten, Told
from orchestrator_core.model import Session, Turn
from orchestrator_core.ports import Records, Topic
from orchestrator_core.redaction import redact
from orchestrator_core.session_events import describe

LAST_LINE_LENGTH = 200


async def update_session(records: Records, session: Session, event: Told) -> None:
    if isinstance(event, Opened):
        if event.claude_session_id != session.claude_session_id:
            changed = replace(session, claude_session_id=event.claude_session_id)
            await records.sessions.save(changed)
    elif isinstance(event, TextWritten):
        await records.sessions.save(replace(session, last_line=last_line(event.text)))


async def note_event(records: Records, turn: Turn, event: Told, now: datetime) -> None:
    kind, data = describe(event)
    await records.log.append(
        session_id=turn.session_id, turn_id=turn.id, kind=kind, data=data, now=now
    )
    records.wake(Topic.EVENTS, turn.session_id)


def last_line(text: str) -> str:
    """The last line that says something; a code fence does not."""
    lines = [line.strip() for line in text.splitlines() if line.strip(" \t`~")]
    # Before it is cut: half a secret looks like none.
    return redact(lines[-1])[:LAST_LINE_LENGTH] if lines else ""
