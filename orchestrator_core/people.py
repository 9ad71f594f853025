"""What owners do with people: give a role, take it away, name them.

Each function works inside the caller's transaction. What a person may no longer do ends at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from orchestrator_core.errors import PersonError
from orchestrator_core.gate import MOST_KNOWN, Gate
from orchestrator_core.languages import guess_language
from orchestrator_core.messages import Say
from orchestrator_core.model import (
    SHORT_PERSON_ID,
    AuditAction,
    AuditEntry,
    Chat,
    ChatKind,
    Origin,
    PairingState,
    Person,
    Role,
    TurnState,
)
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Records, Topic
from orchestrator_core.rights import Action, may
from orchestrator_core.texts import texts_in
from orchestrator_core.unrun import end_unrun

NAME_LENGTH = 40
#: Who acts where no person does.
API, CLI, DENREI = "api", "cli", "denrei"
#: No code of a person lives as long.
_CODES_OF = timedelta(days=1)
#: The `last_error` of what was to go to somebody whose role was taken away.
REVOKED = "revoked"


class Changed(NamedTuple):
    person: Person
    #: How many prompts of theirs, running ones included, will not be answered.
    dropped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleDesk:
    gate: Gate
    outbox: Outbox

    async def known(self, records: Records) -> list[Person]:
        """Everybody who has a role or had one taken away, as it is now; owners first."""
        stored = {one.id: one for one in await records.people.known(limit=MOST_KNOWN)}
        people = [
            replace(person, role=self.gate.role_of(person.id, person))
            for person in stored.values()
        ]
        people += await self._unseen_owners(records, stored)
        order = [*Role]
        return sorted(people, key=lambda one: (order.index(one.role), one.id))

    def is_fixed(self, person: Person) -> bool:
        """An owner by the settings, whom no owner can change."""
        return person.id in self.gate.owners

    async def find(self, records: Records, reference: str) -> Person:
        """By id, name or the id's beginning, else by what they call themselves. Raises PersonError
        when nobody or more than one fits."""
        wanted = reference.casefold()
        known = await self.known(records)
        found = [one for one in known if wanted in (one.id.casefold(), _folded(one.name))]
        if not found and len(reference) >= SHORT_PERSON_ID:
            found = [one for one in known if one.id.casefold().startswith(wanted)]
        if not found:
            # Last, so that nobody can call themselves as somebody else is known.
            found = [one for one in known if wanted in (_folded(one.shown), _folded(one.label))]
        if len(found) != 1:
            key = "people.ambiguous" if found else "people.unknown"
            raise PersonError(key, reference=reference)
        return found[0]

    async def set_role(
        self, records: Records, person_id: str, role: Role, *, by: str, now: datetime
    ) -> Changed:
        """STRANGER takes the role away. Raises PersonError when nobody has this id, and for an
        owner whom the settings name."""
        before = await records.people.lock(person_id)
        if person_id in self.gate.owners:
            raise PersonError("people.fixed", name=before.label if before else person_id)
        if before is None:
            raise PersonError("people.unknown", reference=person_id)
        revoked = role is Role.STRANGER
        await _close_codes(records, person_id, role, by, now)
        if before.granted is role or (revoked and before.revoked_at is not None):
            return Changed(replace(before, role=role), 0)
        after = _with_role(before, role, by, now)
        await records.people.save(after)
        dropped = await _take_away(records, after, now)
        await _note(records, after, by, now, was=before.granted, dropped=dropped)
        await self._tell(records, after, by, dropped, now)
        return Changed(after, dropped)

    async def settle(self, records: Records, *, now: datetime) -> int:
        """Take the role from owners whom the settings no longer name. How many there were."""
        fallen = [
            person
            for person in await records.people.known(limit=MOST_KNOWN)
            if person.role is Role.OWNER and self.gate.role_of(person.id, person) is not Role.OWNER
        ]
        for person in fallen:
            role = self.gate.role_of(person.id, person)
            after = replace(person, role=role)
            await records.people.save(after)
            await _close_codes(records, person.id, role, DENREI, now)
            dropped = await _take_away(records, after, now)
            await _note(records, after, DENREI, now, was=Role.OWNER, dropped=dropped)
        return len(fallen)

    async def rename(
        self, records: Records, person_id: str, name: str | None, *, by: str, now: datetime
    ) -> Person:
        """None: they are called by their id again. Raises PersonError when nobody who ever
        wrote, and no owner, has this id."""
        person = await records.people.lock(person_id)
        if person is None and person_id in self.gate.owners:
            # Until they write, it is the best guess there is.
            language = guess_language(name or "")
            person = Person(id=person_id, role=Role.OWNER, language=language)
        if person is None:
            raise PersonError("people.unknown", reference=person_id)
        named = replace(person, name=_shortened(name))
        await records.people.save(named)
        detail = {"person_id": person_id}
        await records.audit.add(
            AuditEntry(actor=by, action=AuditAction.PERSON_NAME, detail=detail, created_at=now)
        )
        return replace(named, role=self.gate.role_of(person_id, named))

    async def _unseen_owners(self, records: Records, stored: dict[str, Person]) -> list[Person]:
        """Owners of the settings who have not written yet, or are known as something else."""
        at_home = await self.gate.owners_at_home(records)
        return [replace(one, role=Role.OWNER) for one, _ in at_home if one.id not in stored]

    async def _tell(
        self, records: Records, person: Person, by: str, dropped: int, now: datetime
    ) -> None:
        """The other owners, and whoever was let in or given another role. Whom it was taken
        from learns it when they write again."""
        for owner, origin in await self.gate.owners_at_home(records):
            if owner.id in {by, person.id}:
                continue
            say = texts_in(owner.language)
            role = say(f"role.{person.role}")
            text = say("people.told", name=person.called, id=person.id, role=role)
            if dropped:
                text += "\n" + say.count("people.dropped", dropped)
            await self.outbox.put(records, [Say(text=text)], to=origin, now=now)
        if person.role is Role.STRANGER or person.id == by:
            return
        say = texts_in(person.language)
        home = Chat(id=person.id, kind=ChatKind.USER)
        origin = Origin(chat=home, person_id=person.id)
        text = say("people.welcome", role=say(f"role.{person.role}"))
        await self.outbox.put(records, [Say(text=text)], to=origin, now=now)


def _with_role(person: Person, role: Role, by: str, now: datetime) -> Person:
    if role is Role.STRANGER:
        # They are told no once more.
        return replace(person, role=role, granted=None, revoked_at=now, refused_at=None)
    invited_by = by if person.granted is None else person.invited_by
    return replace(
        person, role=role, granted=role, invited_by=invited_by, revoked_at=None, refused_at=None
    )


async def _close_codes(
    records: Records, person_id: str, role: Role, by: str, now: datetime
) -> None:
    """A code that stayed open would let them in again after their role is taken away."""
    state = PairingState.REFUSED if role is Role.STRANGER else PairingState.ACCEPTED
    for one in await records.pairings.of_person(person_id, now - _CODES_OF):
        pairing = await records.pairings.lock(one.id)
        if pairing.state is PairingState.WAITING:
            closed = replace(pairing, state=state, decided_by=by, decided_at=now)
            await records.pairings.save(closed)


async def _take_away(records: Records, person: Person, now: datetime) -> int:
    """What the person may no longer have, as they are now. Gives how many prompts that ended."""
    dropped = 0 if may(person.role, Action.PROMPT) else await _drop_work(records, person, now)
    if person.role is Role.STRANGER:
        # Their own chat has their own id. What is sent to a group is the others' too.
        await records.deliveries.drop(person.id, why=REVOKED)
    return dropped


async def _drop_work(records: Records, person: Person, now: datetime) -> int:
    """End what runs for the person, its open questions too, and drop what waits; nothing is
    asked by the clock for them any more."""
    await records.schedules.revoke(person.id)
    open_turns = await records.people.open_turns(person.id)
    # All sessions before any turn, each in the order in which everybody locks them.
    for session_id in sorted({session_id for session_id, _ in open_turns}):
        await records.sessions.lock(session_id)
    dropped = 0
    for session_id, turn_id in sorted(open_turns, key=lambda one: one[1]):
        turn = await records.turns.lock(turn_id)
        if turn.state is TurnState.RUNNING:
            await records.turns.save(replace(turn, stop_requested=True))
            await records.approvals.cancel_pending(turn_id, now)
            records.wake(Topic.STOPS, session_id)
            records.wake(Topic.APPROVALS, session_id)
        elif turn.state in {TurnState.QUEUED, TurnState.HELD}:
            await end_unrun(records, turn, TurnState.STOPPED, now=now)
        else:
            continue
        dropped += 1
    return dropped


async def _note(
    records: Records,
    person: Person,
    by: str,
    now: datetime,
    *,
    was: Role | None,
    dropped: int,
) -> None:
    detail = {
        "person_id": person.id,
        "role": person.role.value,
        "was": (was or Role.STRANGER).value,
        "dropped": dropped,
    }
    await records.audit.add(
        AuditEntry(actor=by, action=AuditAction.PERSON_ROLE, detail=detail, created_at=now)
    )


def _folded(name: str | None) -> str | None:
    return name.casefold() if name else None


def _shortened(name: str | None) -> str | None:
    return " ".join((name or "").split())[:NAME_LENGTH] or None
