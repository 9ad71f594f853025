"""The end of a turn that never ran: told to whoever watches, said in no chat."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from orchestrator_core.model import EventKind, Turn, TurnState
from orchestrator_core.ports import Records, Topic


async def end_unrun(records: Records, turn: Turn, state: TurnState, *, now: datetime) -> None:
    """`turn` is held locked by the caller's transaction."""
    await records.turns.save(replace(turn, state=state, finished_at=now, reply_token=None))
    await records.log.append(
        session_id=turn.session_id,
        turn_id=turn.id,
        kind=EventKind.of_turn(state),
        data={"text": ""},
        now=now,
    )
    records.wake(Topic.EVENTS, turn.session_id)
