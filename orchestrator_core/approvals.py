"""Asks a person whether a tool call may run, and takes the answer."""

from __future__ import annotations

import hmac
import json
import logging
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from orchestrator_core.errors import NotFoundError, PersonError
from orchestrator_core.gate import Gate
from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.messages import ApprovalTap, Button, Card, Fact
from orchestrator_core.model import (
    Approval,
    ApprovalState,
    AuditEntry,
    JsonObject,
    Language,
    Lease,
    NewApproval,
    Origin,
    Person,
    Session,
    Turn,
)
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Clock, Metrics, Records, Store, Topic, Verdict, Wakeups
from orchestrator_core.texts import texts_in

logger = logging.getLogger(__name__)

#: A lost wake-up delays an answer by this much at most.
LOOK_AGAIN_SECONDS = 1.0
NONCE_BYTES = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDesk:
    store: Store
    wakeups: Wakeups
    outbox: Outbox
    gate: Gate
    clock: Clock
    metrics: Metrics
    timeout: timedelta

    async def ask(self, asking: Turn, lease: Lease, tool: str, tool_input: JsonObject) -> Verdict:
        """Put the question on the phone and wait for the tap. No answer in time is a no.

        A question left open, as when this is cancelled, ends with its turn. Raises
        LeaseLostError.
        """
        async with self.wakeups.bell(Topic.APPROVALS, asking.session_id) as bell:
            approval = await self._open(asking, lease, tool, tool_input)
            unreadable = False
            while approval.state is ApprovalState.PENDING:
                left = (approval.expires_at - self.clock.now()).total_seconds()
                if left <= 0:
                    approval = await self._expire(approval)
                    break
                await bell.wait(min(left, LOOK_AGAIN_SECONDS))
                try:
                    async with self.store.read() as records:
                        approval = await records.approvals.get(approval.id)
                except Exception:
                    # The card is on the phone: the tap must still find somebody who waits.
                    if not unreadable:
                        logger.exception(
                            "answer unreadable for now", extra={"approval_id": approval.id}
                        )
                    unreadable = True
        self.metrics.count("approvals", state=approval.state)
        return _VERDICTS[approval.state]

    async def answer(
        self, records: Records, tapped: ButtonTapped, person: Person, *, now: datetime
    ) -> None:
        """Take a person's tap. Raises PersonError when it does not count, saying why.

        The tap's reply token goes to the turn: its answer then costs no push.
        """
        if not isinstance(tapped.tap, ApprovalTap):
            raise PersonError("approval.not_yours")
        approval, turn = await _lock(records, tapped.tap)
        made_for_it = hmac.compare_digest(tapped.tap.nonce, approval.nonce)
        if not made_for_it or approval.person_id not in {None, person.id}:
            raise PersonError("approval.not_yours")
        if approval.state is ApprovalState.PENDING and approval.expires_at <= now:
            raise PersonError("approval.late.expired", tool=approval.tool)
        if approval.state is not ApprovalState.PENDING:
            raise PersonError(f"approval.late.{approval.state}", tool=approval.tool)
        await self._decide(records, approval, tapped.tap, person, now)
        await records.turns.save(replace(turn, reply_token=tapped.reply_token))
        records.wake(Topic.APPROVALS, turn.session_id)

    async def cancel_all(self, records: Records, turn_id: int, now: datetime) -> None:
        """The turn is over: what it asked for needs no answer any more."""
        await records.approvals.cancel_pending(turn_id, now)

    async def _open(
        self, asking: Turn, lease: Lease, tool: str, tool_input: JsonObject
    ) -> Approval:
        now = self.clock.now()
        async with self.store.transaction() as records:
            # The turn as it is now: an earlier question may have used the reply token.
            turn, session = await records.leases.hold_turn(lease, asking.id)
            approval = await records.approvals.add(
                NewApproval(
                    turn_id=turn.id,
                    session_id=turn.session_id,
                    nonce=secrets.token_urlsafe(NONCE_BYTES),
                    tool=tool,
                    tool_input=tool_input,
                    person_id=turn.person_id,
                    created_at=now,
                    expires_at=now + self.timeout,
                )
            )
            await self._send_cards(records, approval, turn, session)
            if turn.reply_token is not None:
                await records.turns.save(replace(turn, reply_token=None))
            await _note(records, approval, "approval_asked", now)
        return approval

    async def _send_cards(
        self, records: Records, approval: Approval, turn: Turn, session: Session
    ) -> None:
        for person, origin in await self._audience(records, turn):
            card = approval_card(approval, session, person.language, self.timeout)
            await self.outbox.put(
                records, [card], to=origin, now=approval.created_at, turn_id=turn.id
            )

    async def _audience(self, records: Records, turn: Turn) -> list[tuple[Person, Origin]]:
        """The person who asked, where they asked; for a turn from the API every owner."""
        if turn.origin is None:
            return await self.gate.owners_at_home(records)
        person = await records.people.get(turn.origin.person_id)
        return [(person, turn.origin)] if person else []

    async def _decide(
        self, records: Records, approval: Approval, tap: ApprovalTap, person: Person, now: datetime
    ) -> None:
        state = ApprovalState.ALLOWED if tap.allow else ApprovalState.DENIED
        decided = replace(approval, state=state, decided_by=person.id, decided_at=now)
        await self._close(records, decided, actor=person.id, now=now)

    async def _expire(self, waiting: Approval) -> Approval:
        now = self.clock.now()
        async with self.store.transaction() as records:
            await records.sessions.lock(waiting.session_id)
            approval = await records.approvals.lock(waiting.id)
            if approval.state is not ApprovalState.PENDING:
                return approval
            expired = replace(approval, state=ApprovalState.EXPIRED, decided_at=now)
            await self._close(records, expired, actor="denrei", now=now)
            return expired

    async def _close(
        self, records: Records, approval: Approval, *, actor: str, now: datetime
    ) -> None:
        await records.approvals.save(approval)
        await records.audit.add(
            AuditEntry(
                actor=actor,
                action=f"approval.{approval.state}",
                detail={"approval_id": approval.id, "tool": approval.tool},
                created_at=now,
                session_id=approval.session_id,
            )
        )
        await _note(records, approval, f"approval_{approval.state}", now)


def approval_card(
    approval: Approval, session: Session, language: Language, timeout: timedelta
) -> Card:
    say = texts_in(language)
    minutes = max(1, round(timeout.total_seconds() / 60))
    return Card(
        title=say("approval.title", tool=approval.tool),
        summary=say("approval.summary", tool=approval.tool, number=session.number),
        text=say.count("approval.text", minutes),
        facts=(
            Fact(label=say("fact.session"), value=session.label),
            Fact(label=say("fact.directory"), value=session.workspace),
        ),
        code=describe_call(approval.tool, approval.tool_input),
        buttons=(
            Button(
                label=say("approval.allow"),
                tap=ApprovalTap(approval_id=approval.id, nonce=approval.nonce, allow=True),
                primary=True,
            ),
            Button(
                label=say("approval.deny"),
                tap=ApprovalTap(approval_id=approval.id, nonce=approval.nonce, allow=False),
            ),
        ),
    )


def describe_call(tool: str, tool_input: JsonObject) -> str:
    """What the call would do, whole: every argument by name, a command's text itself first."""
    command = tool_input.get("command")
    if tool != "Bash" or not isinstance(command, str):
        return _by_name(tool_input)
    # Claude's description of a command is only its word for it.
    rest = {name: tool_input[name] for name in tool_input.keys() - {"command", "description"}}
    return f"{command}\n\n{_by_name(rest)}" if rest else command


def _by_name(arguments: JsonObject) -> str:
    return "\n".join(
        f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in arguments.items()
    )


#: What Claude is told. It speaks English to tools, whatever the person speaks.
_VERDICTS = {
    ApprovalState.ALLOWED: Verdict(allow=True),
    ApprovalState.DENIED: Verdict(allow=False, message="The user denied this tool call."),
    ApprovalState.EXPIRED: Verdict(
        allow=False, message="Nobody answered in time, so this tool call was denied."
    ),
    ApprovalState.CANCELLED: Verdict(allow=False, message="The turn was ended."),
}


async def _lock(records: Records, tap: ApprovalTap) -> tuple[Approval, Turn]:
    """In the order in which every transaction locks: session, turn, approval."""
    try:
        known = await records.approvals.get(tap.approval_id)
    except NotFoundError:
        raise PersonError("approval.not_yours") from None
    await records.sessions.lock(known.session_id)
    turn = await records.turns.lock(known.turn_id)
    return await records.approvals.lock(known.id), turn


async def _note(records: Records, approval: Approval, kind: str, now: datetime) -> None:
    await records.log.append(
        session_id=approval.session_id,
        turn_id=approval.turn_id,
        kind=kind,
        data={"approval_id": approval.id, "tool": approval.tool},
        now=now,
    )
    records.wake(Topic.EVENTS, approval.session_id)
