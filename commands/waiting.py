"""`/approve show`: what waits for this person, as the cards it was asked with."""

from __future__ import annotations

from commands.approvals import waiting_for
from commands.registry import Call
from orchestrator_core.approval_cards import approval_card, describe_call
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Card, Message
from orchestrator_core.model import Approval, Session
from orchestrator_core.questions import ASKING, question_card

SHOWING = frozenset({"show", "表示", "顯示", "แสดง"})
#: As many as a reply carries. What waits behind them comes when these are answered.
MOST_SHOWN = 5


async def show_waiting(call: Call) -> list[Message]:
    """Raises PersonError when nothing does."""
    waiting = await waiting_for(call)
    if not waiting:
        raise PersonError("approval.none")
    found = [
        (one, await call.records.sessions.get(one.session_id)) for one in waiting[:MOST_SHOWN]
    ]
    return [_card(call, one, session) for one, session in found if session]


def _card(call: Call, approval: Approval, session: Session) -> Card:
    if approval.tool == ASKING:
        return question_card(approval, session, call.say)
    code = describe_call(approval.tool, approval.tool_input)
    return approval_card(approval, session, call.say, code=code)
