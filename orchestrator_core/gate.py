"""Who has which role, and in which language they are spoken to.

The settings' owners are owners whatever is stored; everybody else is what an owner made them.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from orchestrator_core.errors import MessengerError
from orchestrator_core.languages import guess_language, language_of_tag
from orchestrator_core.model import Chat, ChatKind, Language, Origin, Person, Role
from orchestrator_core.ports import Messenger, Records, Store

logger = logging.getLogger(__name__)

#: A profile is a nicety: nobody's message waits longer for it.
PROFILE_TIMEOUT_SECONDS = 3.0
#: People change their language rarely, and expect it to be noticed soon.
ASK_AGAIN_AFTER = timedelta(seconds=20)
#: People with a role are few; a list of more is no list to be read.
MOST_KNOWN = 500
#: Strangers whose profiles are asked for at once, and for how long the answer is kept.
MOST_MEETING, MEETING_KEPT = 5, timedelta(seconds=30)


class Shown(NamedTuple):
    """Of somebody's profile; None: not told."""

    language: Language | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    #: Those the settings name.
    owners: frozenset[str]
    store: Store
    messenger: Messenger
    #: Of people with a role only, so never many.
    _asked_at: dict[str, datetime] = field(init=False, default_factory=dict)
    _told: dict[str, Shown] = field(init=False, default_factory=dict)
    #: Of strangers: since when it is asked, and by what.
    _meeting: dict[str, tuple[datetime, asyncio.Task[Shown]]] = field(
        init=False, default_factory=dict
    )
    _asking: set[asyncio.Task[None]] = field(init=False, default_factory=set)

    async def profile(self, person_id: str, *, now: datetime) -> Shown:
        """What the profile shows; nothing when it need not be asked or is not told.

        Waited for at first sight of a person with a role only. Later it is asked again now and
        then while work goes on, and what was told counts from the next message on. Never waited
        for with strangers: they must not be able to make Denrei wait.
        """
        asked_at = self._asked_at.get(person_id)
        if asked_at is not None and now - asked_at < ASK_AGAIN_AFTER:
            return self._told.pop(person_id, Shown())
        async with self.store.read() as records:
            known = await records.people.get(person_id)
        if self.role_of(person_id, known) is Role.STRANGER:
            return self._met(person_id)
        self._asked_at[person_id] = now
        if known is None:
            return await self._ask(person_id)
        task = asyncio.create_task(self._ask_for_later(person_id), name="profile")
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        return self._told.pop(person_id, Shown())

    def has_asked(self, person_id: str) -> bool:
        """Known to have had a role since this process began."""
        return person_id in self._asked_at

    def is_meeting(self, person_id: str, *, now: datetime) -> bool:
        """Whether a stranger's profile is being asked for, which begins with this; `profile`
        has it afterwards. False at once where so many are asked for already."""
        for met, (since, _) in [*self._meeting.items()]:
            if now - since > MEETING_KEPT:
                del self._meeting[met]
        if person_id in self._meeting:
            return not self._meeting[person_id][1].done()
        if len(self._meeting) >= MOST_MEETING:
            return False
        self._meeting[person_id] = now, asyncio.create_task(self._ask(person_id), name="profile")
        return True

    def _met(self, person_id: str) -> Shown:
        if person_id not in self._meeting or not self._meeting[person_id][1].done():
            return Shown()
        return self._meeting.pop(person_id)[1].result()

    @property
    def asking(self) -> int:
        """How many profiles are being asked for."""
        return len(self._asking)

    async def _ask_for_later(self, person_id: str) -> None:
        shown = await self._ask(person_id)
        if shown.name is not None:
            self._told[person_id] = shown

    async def _ask(self, person_id: str) -> Shown:
        try:
            async with asyncio.timeout(PROFILE_TIMEOUT_SECONDS):
                profile = await self.messenger.profile(person_id)
        except (MessengerError, TimeoutError):
            logger.info("profile unavailable", extra={"person_id": person_id})
            return Shown()
        language = language_of_tag(profile.language) if profile.language else None
        return Shown(language, profile.display_name)

    async def recognise(
        self, records: Records, person_id: str, *, shown: Shown, said: str
    ) -> Person:
        """The person as stored, made known at first sight, with the role they have now and what
        the platform told.

        Locked until the transaction ends: a role is taken away before what they do now or after
        it, never meanwhile.
        """
        known = await records.people.lock(person_id)
        role, language = self.role_of(person_id, known), shown.language
        person = (
            replace(known, role=role, language=known.chosen_language or language or known.language)
            if known
            else Person(id=person_id, role=role, language=language or guess_language(said))
        )
        if shown.name is not None:
            person = replace(person, shown_name=shown.name)
        if person != known:
            await records.people.save(person)
        return person

    def role_of(self, person_id: str, known: Person | None) -> Role:
        """`known`: the person as stored, if they are."""
        if person_id in self.owners:
            return Role.OWNER
        return known.granted or Role.STRANGER if known else Role.STRANGER

    async def refuse(self, records: Records, person: Person, chat: Chat, now: datetime) -> bool:
        """Whether to tell a stranger no: once, and never in a group."""
        if person.refused_at is not None or not chat.is_one_to_one:
            return False
        await records.people.save(replace(person, refused_at=now))
        return True

    async def owners_at_home(self, records: Records) -> list[tuple[Person, Origin]]:
        """Every owner in the 1:1 chat with them (whose id is the person's own)."""
        granted = {
            person.id
            for person in await records.people.known(limit=MOST_KNOWN)
            if person.granted is Role.OWNER
        }
        found = []
        for owner_id in sorted(self.owners | granted):
            person = await records.people.get(owner_id) or Person(
                id=owner_id, role=Role.OWNER, language=Language.ENGLISH
            )
            chat = Chat(id=owner_id, kind=ChatKind.USER)
            found.append((person, Origin(chat=chat, person_id=owner_id)))
        return found
