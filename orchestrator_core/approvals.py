"""Settles Claude's tool calls: writes down what the policy decided, puts to a person what is to
be asked, and waits for the answer. No answer is a no.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from orchestrator_core.approval_answers import (
    Given,
    answer_of,
    close,
    decide,
    lock,
    lock_tapped,
    note,
    reason_time_left,
    take_reason,
)
from orchestrator_core.approval_asking import Asking
from orchestrator_core.approval_cards import approval_card, describe_call
from orchestrator_core.errors import PersonError
from orchestrator_core.gate import Gate
from orchestrator_core.incoming import ButtonTapped, TextSaid
from orchestrator_core.messages import ApprovalTap, Message, Say, WholeCallTap
from orchestrator_core.model import (
    Answer,
    Approval,
    ApprovalState,
    Decision,
    EventKind,
    JsonObject,
    Lease,
    NewApproval,
    Person,
    Ruling,
    Turn,
)
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Clock, Metrics, Records, Store, Topic, Verdict, Wakeups
from orchestrator_core.questions import ASKING, can_be_put
from orchestrator_core.texts import texts_in
from orchestrator_core.tool_decisions import DENREI, audit_entry, never, verdict_of

logger = logging.getLogger(__name__)

#: A lost wake-up delays an answer by this much at most.
LOOK_AGAIN_SECONDS = 1.0
NONCE_BYTES = 9
_WAITING = frozenset({ApprovalState.PENDING, ApprovalState.DENYING})


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDesk:
    store: Store
    wakeups: Wakeups
    outbox: Outbox
    gate: Gate
    clock: Clock
    metrics: Metrics
    timeout: timedelta

    @property
    def _asking(self) -> Asking:
        return Asking(gate=self.gate, outbox=self.outbox)

    async def settle(
        self, turn: Turn, lease: Lease, tool: str, tool_input: JsonObject, ruling: Ruling
    ) -> Verdict:
        """What becomes of a call of the turn. Raises LeaseLostError; nothing may run then."""
        if tool == ASKING and not can_be_put(tool_input):
            return Verdict(allow=False, message="These questions cannot be shown.")
        if ruling.decision is Decision.ASK:
            return await self.ask(turn, lease, tool, tool_input, ruling)
        async with self.store.transaction() as records:
            await records.audit.add(audit_entry(turn, tool, ruling, self.clock.now()))
        if ruling.decision is Decision.ALLOW:
            return Verdict(allow=True)
        return Verdict(allow=False, message=never(ruling))

    async def ask(
        self, asking: Turn, lease: Lease, tool: str, tool_input: JsonObject, ruling: Ruling
    ) -> Verdict:
        """Put the question on the phone and wait for the tap, unless a person has allowed the
        same for all of the session.

        A question left open, as when this is cancelled, ends with its turn. Raises
        LeaseLostError.
        """
        async with self.wakeups.bell(Topic.APPROVALS, asking.session_id) as bell:
            approval = await self._open(asking, lease, tool, tool_input, ruling)
            if approval is None:
                return Verdict(allow=True)
            unreadable = False
            while approval.state in _WAITING:
                left = _seconds_left(approval, self.clock.now())
                if left <= 0:
                    approval = await self._run_out(approval)
                    continue
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
        if approval.reason is not None or approval.answers:
            await self._forget_words(approval)
        return verdict_of(approval)

    async def answer(
        self, records: Records, tapped: ButtonTapped, person: Person, *, now: datetime
    ) -> list[Message]:
        """Take a person's tap. Raises PersonError when it does not count, saying why.

        The tap's reply token goes to the turn, whose answer then costs no push, unless there is
        something to say at once.
        """
        tap, say = tapped.tap, texts_in(person.language)
        if isinstance(tap, WholeCallTap):
            approval, _ = await lock_tapped(records, tap, person)
            session = await records.sessions.lock(approval.session_id)
            code = describe_call(approval.tool, approval.tool_input)
            return [approval_card(approval, session, say, code=code, whole=True)]
        if not isinstance(tap, ApprovalTap):
            raise PersonError("approval.not_yours")
        locked = await lock_tapped(records, tap, person)
        given = Given(
            answer=answer_of(tap),
            actor=person.id,
            chat_id=tapped.chat.id,
            reply_token=tapped.reply_token,
        )
        decided = await decide(records, locked, given, now=now)
        match decided.state:
            case ApprovalState.PENDING:
                return [Say(text=say("approval.first_yes", tool=decided.tool))]
            case ApprovalState.DENYING:
                return [Say(text=say("approval.say_why", tool=decided.tool))]
        return []

    async def hear_reason(
        self, records: Records, said: TextSaid, person: Person, *, now: datetime
    ) -> bool:
        """Whether the text was the reason of a denial of theirs in this chat, and is used up."""
        denying = await records.approvals.denying(person.id, said.chat.id)
        if denying is None:
            return False
        given = Given(
            answer=Answer.DENY,
            actor=person.id,
            chat_id=said.chat.id,
            reason=said.text,
            reply_token=said.reply_token,
        )
        return await take_reason(records, denying.id, given, now=now) is not None

    async def cancel_all(self, records: Records, turn_id: int, now: datetime) -> None:
        """The turn is over: what it asked for needs no answer any more."""
        await records.approvals.cancel_pending(turn_id, now)

    async def _open(
        self, asking: Turn, lease: Lease, tool: str, tool_input: JsonObject, ruling: Ruling
    ) -> Approval | None:
        """None when a person has allowed it already."""
        now = self.clock.now()
        async with self.store.transaction() as records:
            # The turn as it is now: an earlier question may have used the reply token.
            turn, session = await records.leases.hold_turn(lease, asking.id)
            granter = await self._asking.granter(records, turn, tool, tool_input, ruling)
            if granter is not None:
                allowed = replace(ruling, decision=Decision.ALLOW, allowed_by=f"person:{granter}")
                await records.audit.add(audit_entry(turn, tool, allowed, now))
                return None
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
                    rule=ruling.rule,
                    why=ruling.why,
                    said=ruling.said,
                    cwd=ruling.cwd,
                    second_person=ruling.second_person,
                )
            )
            await records.audit.add(audit_entry(turn, tool, ruling, now, approval.id))
            await self._asking.send_cards(records, approval, turn, session)
            if turn.reply_token is not None:
                await records.turns.save(replace(turn, reply_token=None))
            await note(records, approval, EventKind.APPROVAL_ASKED, now)
        return approval

    async def _run_out(self, waiting: Approval) -> Approval:
        """Time is up: for an answer, which is a no, or for the reason of one."""
        now = self.clock.now()
        async with self.store.transaction() as records:
            approval, turn = await lock(records, waiting.id)
            if approval.state not in _WAITING or _seconds_left(approval, now) > 0:
                return approval
            if approval.state is ApprovalState.DENYING:
                denied = replace(approval, state=ApprovalState.DENIED)
                await records.approvals.save(denied)
                return denied
            expired = replace(approval, state=ApprovalState.EXPIRED, decided_at=now)
            await close(records, expired, actor=DENREI, now=now)
            await self._asking.say_expired(records, expired, turn, now)
            if turn.reply_token is not None:
                await records.turns.save(replace(turn, reply_token=None))
            return expired

    async def _forget_words(self, told: Approval) -> None:
        """They are somebody's message, which they may take back, and Claude is told of it now."""
        async with self.store.transaction() as records:
            approval, _ = await lock(records, told.id)
            await records.approvals.save(replace(approval, reason=None, answers=()))


def _seconds_left(approval: Approval, now: datetime) -> float:
    if approval.state is ApprovalState.DENYING:
        return reason_time_left(approval, now)
    return (approval.expires_at - now).total_seconds()
