"""How a person whom nobody knows is let in: a code for them, which an owner accepts.

The code is short, so it is worth little: it expires, is good once, cannot be tried out, and is
kept only as a mark under a key that the database does not hold; in messages that wait to be sent
it stands sealed.
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
    AuditAction,
    AuditEntry,
    Chat,
    DeliveryKind,
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
from orchestrator_core.sealing import LONGEST, Seals
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
    #: For codes in messages; opened by whoever sends them.
    seals: Seals
    new_code: Callable[[], str] = new_code

    def sealed(self, code: str) -> str:
        """As it is said in messages."""
        return self.seals.seal(shown(folded(code))[:LONGEST])

    async def awaits_name(self, person_id: str, chat: Chat, *, now: datetime) -> bool:
        """Whether the owners' card about this stranger waits until it is known what they call
        themselves: for seconds, and only for few at once."""
        if not chat.is_one_to_one or self.gate.has_asked(person_id):
            return False
        async with self.gate.store.read() as records:
            known = await records.people.get(person_id)
            if self.gate.role_of(person_id, known) is not Role.STRANGER:
                return False
            mine = await records.pairings.of_person(person_id, now - DAY)
            revoked = known is not None and known.revoked_at is not None
            if revoked or mine or not await _has_room(records, mine, now):
                return False
        return self.gate.is_meeting(person_id, now=now)

    async def knock(
        self, records: Records, person: Person, chat: Chat, *, now: datetime
    ) -> list[Message]:
        """What is said to somebody without a role: a code, then that they must wait, or no; each
        once. Nothing in a group."""
        if not chat.is_one_to_one:
            return []
        mine = await records.pairings.of_person(person.id, now - DAY)
        if any(one.is_open(now) for one in mine):
            return await self._again(records, person, chat, now)
        if person.revoked_at is None and await _has_room(records, mine, now):
            return [await self._issue(records, person, now)]
        if not await self.gate.refuse(records, person, chat, now):
            return []
        return [Say(text=texts_in(person.language)("refusal"))]

    async def check(self, records: Records, code: str, *, by: str, now: datetime) -> None:
        """Whether it would count. Raises as `accept` does."""
        await self._open(records, code, by=by, now=now)

    async def accept(
        self, records: Records, code: str, role: Role, *, by: str, now: datetime
    ) -> Changed:
        """Let in whoever was given the code. Raises PersonError, saying why it does not count;
        what was noted then must be kept."""
        pairing = await self._close(records, code, PairingState.ACCEPTED, by=by, now=now)
        return await self.people.set_role(records, pairing.person_id, role, by=by, now=now)

    async def refuse(self, records: Records, code: str, *, by: str, now: datetime) -> Pairing:
        """They get no other code for a day. Raises as `accept` does."""
        refused = await self._close(records, code, PairingState.REFUSED, by=by, now=now)
        person = await records.people.lock(refused.person_id)
        if person is not None:
            await _may_be_told(records, person)
        return refused

    def mark(self, code: str) -> str:
        return hmac.digest(self.key, folded(code).encode(), hashlib.sha256).hex()

    async def _again(
        self, records: Records, person: Person, chat: Chat, now: datetime
    ) -> list[Message]:
        """Whoever asks for something after the code is told once that it is not their turn."""
        if not await self.gate.refuse(records, person, chat, now):
            return []
        return [Say(text=texts_in(person.language)("pairing.wait"))]

    async def _issue(self, records: Records, person: Person, now: datetime) -> Message:
        code = self.new_code()
        await _may_be_told(records, person)
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
            card = knock_card(person, self.sealed(code), owner.language)
            await self.outbox.put(records, [card], to=origin, now=now, kind=DeliveryKind.APPROVAL)
        say = texts_in(person.language)
        return Say(
            text=say.count(
                "pairing.code", _minutes(LIFE), code=self.sealed(code), person_id=person.id
            )
        )

    async def _close(
        self, records: Records, code: str, state: PairingState, *, by: str, now: datetime
    ) -> Pairing:
        pairing = await self._open(records, code, by=by, now=now)
        closed = replace(pairing, state=state, decided_by=by, decided_at=now)
        await records.pairings.save(closed)
        detail = {"pairing_id": pairing.id, "person_id": pairing.person_id}
        action = AuditAction(f"person.{state}")
        await records.audit.add(AuditEntry(actor=by, action=action, detail=detail, created_at=now))
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
        # The person first, as whoever gives or takes a role does.
        await records.people.lock(fitting[0].person_id)
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
    """For an owner, with the sealed code. Whoever lets somebody in should have heard it from
    them."""
    say = texts_in(language)
    buttons = (
        Button(label=say("button.let_in_operator"), command=f"/pair {code} as operator"),
        Button(label=say("button.let_in_viewer"), command=f"/pair {code} as viewer"),
        Button(label=say("button.refuse"), command=f"/pair {code} refuse"),
    )
    return Card(
        title=say("pairing.title"),
        summary=say("pairing.summary", code=code),
        text=say.count("pairing.text", _minutes(LIFE)),
        facts=(
            Fact(label=say("fact.code"), value=code),
            Fact(label=say("fact.person"), value=person.label),
        ),
        buttons=buttons,
    )


def folded(code: str) -> str:
    """One form for every width, case and grouping in which a code may be typed."""
    kept = unicodedata.normalize("NFKC", code).upper()
    return "".join(character for character in kept if character in ALPHABET)


def shown(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


async def _may_be_told(records: Records, person: Person) -> None:
    """Once more."""
    if person.refused_at is not None:
        await records.people.save(replace(person, refused_at=None))


async def _has_room(records: Records, mine: list[Pairing], now: datetime) -> bool:
    refused = any(one.state is PairingState.REFUSED for one in mine)
    if refused or len(mine) >= MOST_PER_PERSON:
        return False
    waiting = await records.pairings.waiting(now, limit=MOST_WAITING)
    return len(waiting) < MOST_WAITING


def _minutes(time: timedelta) -> int:
    return round(time.total_seconds() / 60)
