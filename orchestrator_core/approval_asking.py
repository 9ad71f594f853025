"""Who is asked about a tool call that waits: puts its cards in their chats, and says there when
it is too late."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from orchestrator_core.approval_answers import API
from orchestrator_core.approval_cards import approval_card, describe
from orchestrator_core.gate import Gate
from orchestrator_core.messages import Say
from orchestrator_core.model import (
    Approval,
    DeliveryKind,
    JsonObject,
    Origin,
    Person,
    Role,
    Ruling,
    Session,
    Turn,
)
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Records
from orchestrator_core.questions import ASKING, question_card
from orchestrator_core.rights import Action, may
from orchestrator_core.texts import texts_in
from orchestrator_core.tool_scopes import scope_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Each method works inside the caller's transaction."""

    gate: Gate
    outbox: Outbox

    async def granter(
        self, records: Records, turn: Turn, tool: str, tool_input: JsonObject, ruling: Ruling
    ) -> str | None:
        """Who allowed this for the session, if they still may."""
        if ruling.second_person:
            return None
        scope = scope_of(tool, tool_input, rule=ruling.rule, cwd=ruling.cwd)
        grant = await records.approvals.granted(turn.session_id, scope.mark)
        if grant is None or grant.granted_by == API:
            return grant.granted_by if grant else None
        known = await records.people.get(grant.granted_by)
        role = self.gate.role_of(grant.granted_by, known)
        return grant.granted_by if may(role, Action.APPROVE) else None

    async def send_cards(
        self, records: Records, approval: Approval, turn: Turn, session: Session
    ) -> None:
        is_question = approval.tool == ASKING
        code = "" if is_question else await asyncio.to_thread(describe, approval)
        for person, origin in await self._audience(records, turn, approval):
            say = texts_in(person.language)
            card = (
                question_card(approval, session, say)
                if is_question
                else approval_card(approval, session, say, code=code)
            )
            await self.outbox.put(
                records,
                [card],
                to=origin,
                now=approval.created_at,
                turn_id=turn.id,
                kind=DeliveryKind.APPROVAL,
            )

    async def say_expired(
        self, records: Records, approval: Approval, turn: Turn, now: datetime
    ) -> None:
        session = await records.sessions.lock(approval.session_id)
        for person, origin in await self._audience(records, turn, approval):
            say = texts_in(person.language)
            key = "question.expired" if approval.tool == ASKING else "approval.expired"
            text = say(key, tool=approval.tool, label=session.label)
            await self.outbox.put(records, [Say(text=text)], to=origin, now=now, turn_id=turn.id)

    async def _audience(
        self, records: Records, turn: Turn, approval: Approval
    ) -> list[tuple[Person, Origin]]:
        """The person who asked, where they asked; for a turn from the API every owner, and where
        two must say yes both."""
        asker = await records.people.get(turn.origin.person_id) if turn.origin else None
        if asker and self.gate.role_of(asker.id, asker) is Role.STRANGER:
            # Their role was taken away while the turn ran.
            asker = None
        found = [(asker, turn.origin)] if asker and turn.origin else []
        if turn.origin is not None and not approval.second_person:
            return found
        owners = await self.gate.owners_at_home(records)
        return found + [(owner, home) for owner, home in owners if owner != asker]
