"""What a person's answer does to a waiting tool call: by a tap, a typed command or the API.

The first answer counts, wherever it comes from. Each function works inside the caller's
transaction and locks in the order of all: session, turn, approval. Nothing that Claude or a
tool writes gets here.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from orchestrator_core.errors import NotFoundError, PersonError
from orchestrator_core.messages import ApprovalTap, QuestionTap, WholeCallTap
from orchestrator_core.model import (
    Answer,
    Approval,
    ApprovalState,
    AuditAction,
    AuditEntry,
    EventKind,
    Grant,
    Person,
    ReplyToken,
    Role,
    Turn,
)
from orchestrator_core.ports import Records, Topic
from orchestrator_core.questions import ASKING
from orchestrator_core.rights import Action, may
from orchestrator_core.tool_scopes import scope_of

#: How long a person has to say why they denied something.
REASON_TIME = timedelta(minutes=2)
MOST_REASON_CHARACTERS = 1000
#: Whoever holds the API's token, as one person.
API = "api"


class Locked(NamedTuple):
    approval: Approval
    turn: Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer, by whom and where."""

    answer: Answer
    #: A person's id, or `API`.
    actor: str
    #: Where it was given, and the reason is waited for; None: not in a chat.
    chat_id: str | None = None
    reason: str | None = None
    #: With which the turn's answer will be free, if it goes to this chat.
    reply_token: ReplyToken | None = None


def answer_of(tap: ApprovalTap) -> Answer:
    if tap.allow:
        return Answer.SESSION if tap.more else Answer.ONCE
    return Answer.DENY_SAYING_WHY if tap.more else Answer.DENY


async def lock_tapped(
    records: Records, tap: ApprovalTap | WholeCallTap | QuestionTap, person: Person
) -> Locked:
    """Raises PersonError when the button was not made for this person, or for another call."""
    try:
        locked = await lock(records, tap.approval_id)
    except NotFoundError:
        raise PersonError("approval.not_yours") from None
    made_for_it = hmac.compare_digest(tap.nonce, locked.approval.nonce)
    if not made_for_it or not may_answer(locked.approval, person):
        raise PersonError("approval.not_yours")
    return locked


async def lock(records: Records, approval_id: int) -> Locked:
    """Raises NotFoundError."""
    known = await records.approvals.get(approval_id)
    await records.sessions.lock(known.session_id)
    turn = await records.turns.lock(known.turn_id)
    return Locked(await records.approvals.lock(known.id), turn)


def may_answer(approval: Approval, person: Person) -> bool:
    """Whether the call was put to this person, who has the right as they are now.

    Owners may where nobody of a chat asked for the turn, and where two must say yes: of the
    person who asked and the owners any two are two people, and one of them an owner.
    """
    if person.id == approval.person_id:
        return may(person.role, Action.APPROVE)
    any_owner = approval.person_id is None or approval.second_person
    return any_owner and person.role is Role.OWNER


async def decide(records: Records, locked: Locked, given: Given, *, now: datetime) -> Approval:
    """Raises PersonError when it does not count, saying what happened before."""
    approval, turn = locked
    if approval.state is ApprovalState.PENDING and approval.expires_at <= now:
        raise PersonError("approval.late.expired", tool=approval.tool)
    if approval.state is not ApprovalState.PENDING:
        raise PersonError(f"approval.late.{approval.state}", tool=approval.tool)
    if given.answer.allows and approval.tool == ASKING:
        # Without an answer Claude would go on as if there were none.
        raise PersonError("question.needs_answer", id=approval.id)
    first_yes = await _first_yes(records, approval)
    if given.answer.allows and approval.second_person and first_yes is None:
        return await _note_first_yes(records, approval, given, now)
    if given.answer.allows and first_yes == given.actor:
        raise PersonError("approval.needs_another", tool=approval.tool)
    decided = _decided(approval, given, now)
    if given.answer is Answer.SESSION and not approval.second_person:
        await _grant(records, decided, given.actor, now)
    await close(records, decided, actor=given.actor, now=now, answer=given.answer)
    if decided.state is not ApprovalState.DENYING:
        await hand_on(records, turn, given)
    return decided


async def take_reason(
    records: Records, approval_id: int, given: Given, *, now: datetime
) -> Approval | None:
    """The words that were waited for. None when they came too late and are for somebody else."""
    approval, turn = await lock(records, approval_id)
    if approval.state is not ApprovalState.DENYING or reason_time_left(approval, now) <= 0:
        return None
    told = replace(
        approval,
        state=ApprovalState.DENIED,
        reason=(given.reason or "")[:MOST_REASON_CHARACTERS],
    )
    await records.approvals.save(told)
    await hand_on(records, turn, given)
    records.wake(Topic.APPROVALS, approval.session_id)
    return told


def reason_time_left(approval: Approval, now: datetime) -> float:
    """In seconds; of a denial that has no reason yet."""
    since = approval.decided_at or approval.expires_at
    return (since + REASON_TIME - now).total_seconds()


async def close(
    records: Records,
    approval: Approval,
    *,
    actor: str,
    now: datetime,
    answer: Answer | None = None,
) -> None:
    """Keep the decision, in the books too. No answer: nobody gave one."""
    await records.approvals.save(approval)
    detail = {"approval_id": approval.id, "tool": approval.tool, "rule": approval.rule}
    if answer is not None:
        detail["answer"] = answer.value
    await records.audit.add(
        AuditEntry(
            actor=actor,
            action=AuditAction.of_approval(approval.state),
            detail=detail,
            created_at=now,
            session_id=approval.session_id,
        )
    )
    await note(records, approval, EventKind.of_approval(approval.state), now)
    records.wake(Topic.APPROVALS, approval.session_id)


async def note(records: Records, approval: Approval, kind: EventKind, now: datetime) -> None:
    await records.log.append(
        session_id=approval.session_id,
        turn_id=approval.turn_id,
        kind=kind,
        data={"approval_id": approval.id, "tool": approval.tool},
        now=now,
    )
    records.wake(Topic.EVENTS, approval.session_id)


async def hand_on(records: Records, turn: Turn, given: Given) -> None:
    """The reply token is good in its own chat only."""
    here = turn.chat is not None and turn.chat.id == given.chat_id
    if given.reply_token is not None and here:
        await records.turns.save(replace(turn, reply_token=given.reply_token))


def _decided(approval: Approval, given: Given, now: datetime) -> Approval:
    state = ApprovalState.ALLOWED if given.answer.allows else ApprovalState.DENIED
    if given.answer is Answer.DENY_SAYING_WHY and given.reason is None and given.chat_id:
        state = ApprovalState.DENYING
    return replace(
        approval,
        state=state,
        decided_by=given.actor,
        decided_at=now,
        reason=given.reason[:MOST_REASON_CHARACTERS] if given.reason else None,
        reason_chat_id=given.chat_id if state is ApprovalState.DENYING else None,
    )


async def _first_yes(records: Records, approval: Approval) -> str | None:
    """Who said yes first, if they still may."""
    if approval.first_yes is None:
        return None
    person = await records.people.get(approval.first_yes)
    # Nobody we know: the API.
    return approval.first_yes if person is None or may_answer(approval, person) else None


async def _note_first_yes(
    records: Records, approval: Approval, given: Given, now: datetime
) -> Approval:
    waiting = replace(approval, first_yes=given.actor)
    await records.approvals.save(waiting)
    await records.audit.add(
        AuditEntry(
            actor=given.actor,
            action=AuditAction.APPROVAL_FIRST_YES,
            detail={"approval_id": approval.id, "tool": approval.tool, "rule": approval.rule},
            created_at=now,
            session_id=approval.session_id,
        )
    )
    await note(records, waiting, EventKind.APPROVAL_FIRST_YES, now)
    return waiting


async def _grant(records: Records, approval: Approval, actor: str, now: datetime) -> None:
    scope = scope_of(approval.tool, approval.tool_input, rule=approval.rule, cwd=approval.cwd)
    await records.approvals.grant(
        Grant(
            session_id=approval.session_id,
            mark=scope.mark,
            granted_by=actor,
            approval_id=approval.id,
            created_at=now,
            text=scope.text,
        )
    )
