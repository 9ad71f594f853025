"""What `/approve` and `/deny` share: which tool call is meant, and the answer to it."""

from __future__ import annotations

from collections.abc import Sequence

from commands.grammar import fold
from commands.registry import Call
from orchestrator_core.approval_answers import Given, decide, lock, may_answer
from orchestrator_core.errors import NotFoundError, PersonError
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import Answer, Approval, ApprovalState

#: As many as fit below a message.
MOST_LISTED = 12
#: Those of others are looked at as well.
_MOST_LOOKED_AT = 200
_LAST_ID = 2**63 - 1
_SHOWN_CHARACTERS = 60


async def the_waiting(call: Call, reference: str, *, command: str) -> int | Say:
    """The call meant; without a reference the only one that waits for this person, or a list to
    choose from. Raises PersonError when there is none."""
    if reference:
        number = fold(reference).removeprefix("#")
        if not (number.isascii() and number.isdigit()) or int(number) > _LAST_ID:
            raise PersonError("approval.no_such", reference=reference)
        return int(number)
    waiting = await waiting_for(call)
    if not waiting:
        raise PersonError("approval.none")
    return waiting[0].id if len(waiting) == 1 else await _list(call, waiting, command)


async def take(
    call: Call, approval_id: int, answer: Answer, *, reason: str | None = None
) -> list[Message]:
    """Raises PersonError when it does not count, saying why."""
    known = await _known(call, approval_id)
    locked = await lock(call.records, known.id)
    given = Given(
        answer=answer,
        actor=call.person.id,
        chat_id=call.chat.id,
        reason=reason,
        reply_token=call.origin.reply_token,
    )
    decided = await decide(call.records, locked, given, now=call.now)
    if decided.state is ApprovalState.PENDING:
        return [Say(text=call.say("approval.first_yes", tool=decided.tool))]
    # What was typed is answered by what Claude does next, at no cost.
    return []


async def _known(call: Call, approval_id: int) -> Approval:
    try:
        found = await call.records.approvals.get(approval_id)
    except NotFoundError:
        raise PersonError("approval.no_such", reference=str(approval_id)) from None
    if not may_answer(found, call.person):
        raise PersonError("approval.no_such", reference=str(approval_id))
    return found


async def waiting_for(call: Call) -> list[Approval]:
    """All that this person may answer, the oldest first."""
    pending = await call.records.approvals.pending(limit=_MOST_LOOKED_AT)
    return [one for one in pending if may_answer(one, call.person) and one.expires_at > call.now]


async def _list(call: Call, waiting: Sequence[Approval], command: str) -> Say:
    lines, buttons = [], []
    for one in waiting[:MOST_LISTED]:
        session = await call.records.sessions.get(one.session_id)
        label = session.label if session else one.session_id
        lines.append(call.say("approval.line", id=one.id, label=label, tool=_short(one)))
        text = f"/{command} {one.id}"
        buttons.append(Button(label=text, command=text))
    text = "\n".join([call.say("approval.choose"), "", *lines])
    return Say(text=text, buttons=tuple(buttons))


def _short(approval: Approval) -> str:
    command = approval.tool_input.get("command") or approval.tool_input.get("file_path") or ""
    told = " ".join(f"{approval.tool} {command}".split())
    return told if len(told) <= _SHOWN_CHARACTERS else told[:_SHOWN_CHARACTERS] + "…"
