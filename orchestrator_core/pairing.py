"""How a person whom nobody knows is let in: a code for them, which an owner accepts.

The code is short, so it is worth little: it expires, is good once, cannot be tried out, and is
kept only as a mark under a key that the database does not hold.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from orchestrator_core.errors import PersonError
from orchestrator_core.gate import Gate
from orchestrator_core.messages import Button, Card, Fact, Message, Say
from orchestrator_core.model import (
    AuditEntry,
    Chat,
    Language,
    NewPairing,
    Pairing,
    PairingState,
    Person,
    Role,
)
from orchestrator_core.outbox import Outbox
from orchestrator_core.people import Changed, PeopleDesk
from orchestrator_core.ports import Records, Store
from orchestrator_core.texts import texts_in

#: Without letters and digits that look alike: 39 bits in eight of them.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 8
LIFE = timedelta(hours=1)
DAY = timedelta(days=1)
#: Codes a person gets in a day, and codes that wait at once: owners get a card for each.
MOST_PER_PERSON, MOST_WAITING = 3, 20
#: Wrong codes that one owner, or one door, may give in a while.
MOST_WRONG, WRONG_WINDOW = 10, timedelta(minutes=10)
#: Codes of so long ago are told apart from wrong ones.
_REMEMBERED, _MOST_REMEMBERED = DAY, 500
_KEPT = timedelta(days=30)


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingDesk:
    #: For this purpose alone.
    key: bytes
    gate: Gate
    people: PeopleDesk
    outbox: Outbox
    new_code: Callable[[], str] = new_code

    async def knock(
        self, records: Records, person: Person, chat: Chat, *, now: datetime
    ) -> list[Message]:
        """What is said to somebody without a role: a code, or no. Nothing in a group, nor as
        long as the code they have is good, nor more than once when it is no."""
        if not chat.is_one_to_one:
            return []
        mine = await records.pairings.of_person(person.id, now - DAY)
        if any(one.is_open(now) for one in mine):
            return []
        if person.revoked_at is None and await _has_room(records, mine, now):
            return [await self._issue(records, person, now)]
        if not await self.gate.refuse(records, person, chat, now):
            return []
        return [Say(text=texts_in(person.language)("refusal"))]

    async def accept(
        self, records: Records, code: str, role: Role, *, by: str, now: datetime
    ) -> Changed:
        """Let in whoever was given the code. Raises PersonError, saying why it does not count;
        what was noted then must be kept."""
        pairing = await self._close(records, code, PairingState.ACCEPTED, by=by, now=now)
        return await self.people.set_role(records, pairing.person_id, role, by=by, now=now)

    async def refuse(self, records: Records, code: str, *, by: str, now: datetime) -> Pairing:
        """They get no other code for a day. Raises as `accept` does."""
        return await self._close(records, code, PairingState.REFUSED, by=by, now=now)

    def mark(self, code: str) -> str:
        return hmac.digest(self.key, folded(code).encode(), hashlib.sha256).hex()

    async def _issue(self, records: Records, person: Person, now: datetime) -> Message:
        code = self.new_code()
        await records.pairings.forget(now - _KEPT)
        await records.pairings.add(
            NewPairing(
                person_id=person.id,
                mark=self.mark(code),
                created_at=now,
                expires_at=now + LIFE,
            )
        )
        for owner, origin in await self.gate.owners_at_home(records):
            card = knock_card(person, code, owner.language)
            await self.outbox.put(records, [card], to=origin, now=now)
        say = texts_in(person.language)
        return Say(
            text=say.count("pairing.code", _minutes(LIFE), code=shown(code), person_id=person.id)
        )

    async def _close(
        self, records: Records, code: str, state: PairingState, *, by: str, now: datetime
    ) -> Pairing:
        pairing = await self._open(records, code, by=by, now=now)
        closed = replace(pairing, state=state, decided_by=by, decided_at=now)
        await records.pairings.save(closed)
        detail = {"pairing_id": pairing.id, "person_id": pairing.person_id}
        await records.audit.add(
            AuditEntry(actor=by, action=f"person.{state}", detail=detail, created_at=now)
        )
        return closed

    async def _open(self, records: Records, code: str, *, by: str, now: datetime) -> Pairing:
        """Locked, and good."""
        if await records.pairings.attempts(by, now - WRONG_WINDOW) >= MOST_WRONG:
            # The right one too, or the bound would only slow guessing down.
            raise PersonError("pairing.too_many")
        given = self.mark(code)
        recent = await records.pairings.recent(now - _REMEMBERED, limit=_MOST_REMEMBERED)
        fitting = [one for one in recent if hmac.compare_digest(one.mark, given)]
        if not fitting:
            await records.pairings.note_attempt(by, now)
            raise PersonError("pairing.unknown")
        pairing = await records.pairings.lock(fitting[0].id)
        if pairing.state is not PairingState.WAITING:
            raise PersonError(f"pairing.late.{pairing.state}")
        if not pairing.is_open(now):
            raise PersonError("pairing.late.expired")
        return pairing


@asynccontextmanager
async def keeping_count(store: Store) -> AsyncIterator[Records]:
    """A transaction that is kept when the answer is no, because a wrong code counts."""
    said_no: PersonError | None = None
    async with store.transaction() as records:
        try:
            yield records
        except PersonError as error:
            said_no = error
    if said_no is not None:
        raise said_no


def knock_card(person: Person, code: str, language: Language) -> Card:
    """For an owner. Whoever lets somebody in should have heard the code from them."""
    say = texts_in(language)
    buttons = (
        Button(label=say("button.let_in_operator"), command=f"/pair {shown(code)} as operator"),
        Button(label=say("button.let_in_viewer"), command=f"/pair {shown(code)} as viewer"),
        Button(label=say("button.refuse"), command=f"/pair {shown(code)} refuse"),
    )
    return Card(
        title=say("pairing.title"),
        summary=say("pairing.summary", code=shown(code)),
        text=say.count("pairing.text", _minutes(LIFE)),
        facts=(
            Fact(label=say("fact.code"), value=shown(code)),
            Fact(label=say("fact.person"), value=person.id),
        ),
        buttons=buttons,
    )


def folded(code: str) -> str:
    """One form for every width, case and grouping in which a code may be typed."""
    kept = unicodedata.normalize("NFKC", code).upper()
    return "".join(character for character in kept if character in ALPHABET)


def shown(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


async def _has_room(records: Records, mine: list[Pairing], now: datetime) -> bool:
    refused = any(one.state is PairingState.REFUSED for one in mine)
    if refused or len(mine) >= MOST_PER_PERSON:
        return False
    waiting = await records.pairings.waiting(now, limit=MOST_WAITING)
    return len(waiting) < MOST_WAITING


def _minutes(time: timedelta) -> int:
    return round(time.total_seconds() / 60)
