"""What is at work in a session and what waits: end the one, drop or bring forward the others.

Chat commands and the API come here alike. Each function works inside the caller's transaction.
A turn's prompt and place never change: what is brought forward stays, and what it overtakes is
queued once more behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from orchestrator_core.desk import SessionDesk
from orchestrator_core.errors import ConflictError, NotFoundError
from orchestrator_core.model import AuditAction, AuditEntry, Session, Turn, TurnState
from orchestrator_core.ports import Records, Topic
from orchestrator_core.unrun import end_unrun

_WAITS = frozenset({TurnState.QUEUED, TurnState.HELD})


async def waiting(records: Records, session_id: str) -> list[Turn]:
    """In the order they run."""
    return [turn for turn in await records.turns.open_of(session_id) if turn.state in _WAITS]


async def interrupt(
    records: Records, session_id: str, *, actor: str, now: datetime
) -> Turn | None:
    """End the turn at work, once it hears of it after the commit. What waits runs then.

    None: nothing is at work. Raises NotFoundError.
    """
    await records.sessions.lock(session_id)
    open_turns = await records.turns.open_of(session_id)
    running = next((turn for turn in open_turns if turn.state is TurnState.RUNNING), None)
    if running is None:
        return None
    stopped = replace(running, stop_requested=True)
    await records.turns.save(stopped)
    await _audit(records, stopped, AuditAction.TURN_INTERRUPT, actor, now)
    records.wake(Topic.STOPS, session_id)
    return stopped


async def drop(
    records: Records, session_id: str, turn_id: int, *, actor: str, now: datetime
) -> Turn:
    """Raises NotFoundError when it does not wait (any more)."""
    await records.sessions.lock(session_id)
    turn = _among(await waiting(records, session_id), turn_id)
    await end_unrun(records, turn, TurnState.STOPPED, now=now)
    await _audit(records, turn, AuditAction.TURN_DROP, actor, now)
    return turn


async def bring_forward(
    records: Records,
    desk: SessionDesk,
    session_id: str,
    turn_id: int,
    *,
    actor: str,
    now: datetime,
) -> Turn:
    """Make it the next one that runs.

    Raises NotFoundError when it does not wait (any more), and ConflictError when one before it
    has a caller who knows it by its id.
    """
    session = await records.sessions.lock(session_id)
    queue = await waiting(records, session_id)
    turn = _among(queue, turn_id)
    if turn != queue[0]:
        await _queue_again(records, desk, session, [one for one in queue if one != turn], now)
        await _audit(records, turn, AuditAction.TURN_FORWARD, actor, now)
    return turn


def is_movable(turn: Turn) -> bool:
    """Whoever asked over the API waits for the turn of this id."""
    return turn.idempotency_key is None and turn.origin is not None


async def _queue_again(
    records: Records, desk: SessionDesk, session: Session, turns: Sequence[Turn], now: datetime
) -> None:
    if not all(map(is_movable, turns)):
        raise ConflictError("a prompt from the API keeps its place")
    for turn in turns:
        await end_unrun(records, turn, TurnState.STOPPED, now=now)
        await desk.ask(records, session, turn.prompt, origin=turn.origin, now=now)


def _among(queue: Sequence[Turn], turn_id: int) -> Turn:
    found = next((turn for turn in queue if turn.id == turn_id), None)
    if found is None:
        raise NotFoundError(f"turn {turn_id}")
    return found


async def _audit(
    records: Records, turn: Turn, action: AuditAction, actor: str, now: datetime
) -> None:
    await records.audit.add(
        AuditEntry(
            actor=actor,
            action=action,
            detail={"turn_id": turn.id},
            created_at=now,
            session_id=turn.session_id,
        )
    )
