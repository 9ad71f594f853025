"""What is told of a decision about a tool call: to the audit, and to Claude."""

from __future__ import annotations

from datetime import datetime

from orchestrator_core.model import (
    Approval,
    ApprovalState,
    AuditAction,
    AuditEntry,
    Decision,
    Ruling,
    Turn,
)
from orchestrator_core.ports import Verdict
from orchestrator_core.questions import ASKING, answered_input

#: Who decided, where no person did.
DENREI = "denrei"
_ACTIONS = {
    Decision.ALLOW: AuditAction.TOOL_ALLOWED,
    Decision.ASK: AuditAction.TOOL_ASKED,
    Decision.DENY: AuditAction.TOOL_DENIED,
}


def audit_entry(
    turn: Turn, tool: str, ruling: Ruling, now: datetime, approval_id: int | None = None
) -> AuditEntry:
    """What the policy said, and for whom Claude was at work."""
    found = {
        "rule": ruling.rule,
        "why": ruling.why,
        "allowed_by": ruling.allowed_by,
        "approval_id": approval_id,
    }
    told = {name: value for name, value in found.items() if value}
    return AuditEntry(
        actor=DENREI,
        action=_ACTIONS[ruling.decision],
        detail={"tool": tool, "turn_id": turn.id, "person_id": turn.person_id, **told},
        created_at=now,
        session_id=turn.session_id,
    )


def never(ruling: Ruling) -> str:
    """What Claude is told. It speaks English to tools, whatever the person speaks."""
    if ruling.told:
        return ruling.told
    told = f"Denied by the rule {ruling.rule}" if ruling.rule else "Denied by the policy"
    return f"{told}: this never runs here, and nobody can allow it. Find another way."


def verdict_of(approval: Approval) -> Verdict:
    if approval.state is ApprovalState.ALLOWED:
        answered = answered_input(approval) if approval.tool == ASKING else None
        return Verdict(allow=True, updated_input=answered)
    if approval.state is ApprovalState.DENIED and approval.reason:
        why = f"The user denied this tool call and said: {approval.reason}"
        return Verdict(allow=False, message=why)
    noes = _UNANSWERED if approval.tool == ASKING else _NOES
    return Verdict(allow=False, message=noes[approval.state])


_NOES = {
    ApprovalState.DENIED: "The user denied this tool call.",
    ApprovalState.EXPIRED: "Nobody answered in time, so this tool call was denied.",
    ApprovalState.CANCELLED: "The turn was ended.",
}
_UNANSWERED = {
    **_NOES,
    ApprovalState.DENIED: "The user does not want to answer. Go on without, as you think best.",
    ApprovalState.EXPIRED: "Nobody answered in time. Go on as you think best, and say at the end "
    "what you assumed; or end here and say what you need to know.",
}
