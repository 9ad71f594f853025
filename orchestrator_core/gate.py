"""Who has which role, and in which language they are spoken to.

The settings' owners are owners whatever is stored; everybody else is what an owner made them.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orchestrator_core.errors import MessengerError
from orchestrator_core.model import Chat, ChatKind, Language, Origin, Person, Role
from orchestrator_core.ports import Messenger, Records, Store

logger = logging.getLogger(__name__)

#: A profile is a nicety: nobody's message waits longer for it.
PROFILE_TIMEOUT_SECONDS = 3.0
#: People change their language rarely, and expect it to be noticed soon.
ASK_AGAIN_AFTER = timedelta(seconds=20)
#: People with a role are few; a list of more is no list to be read.
MOST_KNOWN = 500
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    #: Those the settings name.
    owners: frozenset[str]
    store: Store
    messenger: Messenger
    #: Of people with a role only, so never many.
    _asked_at: dict[str, datetime] = field(init=False, default_factory=dict)
    _told: dict[str, Language] = field(init=False, default_factory=dict)
    _asking: set[asyncio.Task[None]] = field(init=False, default_factory=set)

    async def profile_language(self, person_id: str, *, now: datetime) -> Language | None:
        """The language a person with a role has set; None when it need not be asked or is not
        told.

        Waited for at first sight only. Later it is asked again now and then while work goes on,
        and what was told counts from the next message on. Never asked for strangers: they must
        not be able to make Denrei wait.
        """
        asked_at = self._asked_at.get(person_id)
        if asked_at is not None and now - asked_at < ASK_AGAIN_AFTER:
            return self._told.pop(person_id, None)
        async with self.store.read() as records:
            known = await records.people.get(person_id)
        if self.role_of(person_id, known) is Role.STRANGER:
            return None
        self._asked_at[person_id] = now
        if known is None:
            return await self._ask(person_id)
        task = asyncio.create_task(self._ask_for_later(person_id), name="profile")
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        return self._told.pop(person_id, None)

    @property
    def asking(self) -> int:
        """How many profiles are being asked for."""
        return len(self._asking)

    async def _ask_for_later(self, person_id: str) -> None:
        language = await self._ask(person_id)
        if language is not None:
            self._told[person_id] = language

    async def _ask(self, person_id: str) -> Language | None:
        try:
            async with asyncio.timeout(PROFILE_TIMEOUT_SECONDS):
                profile = await self.messenger.profile(person_id)
        except (MessengerError, TimeoutError):
            logger.info("profile unavailable", extra={"person_id": person_id})
            return None
        return _language_of_tag(profile.language) if profile.language else None

    async def recognise(
        self, records: Records, person_id: str, *, language: Language | None, said: str
    ) -> Person:
        """The person as stored, made known at first sight, with the role they have now and the
        language the platform told.

        Locked until the transaction ends: a role is taken away before what they do now or after
        it, never meanwhile.
        """
        known = await records.people.lock(person_id)
        role = self.role_of(person_id, known)
        person = (
            replace(known, role=role, language=language or known.language)
            if known
            else Person(id=person_id, role=role, language=language or guess_language(said))
        )
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


def guess_language(text: str) -> Language:
    """Japanese when the text has kana, or Han characters and hardly anything else."""
    if _KANA.search(text):
        return Language.JAPANESE
    letters = [character for character in text if character.isalpha()]
    han = sum(bool(_HAN.match(character)) for character in letters)
    return Language.JAPANESE if han * 2 > len(letters) else Language.ENGLISH


def _language_of_tag(tag: str) -> Language:
    return Language.JAPANESE if tag.lower().startswith("ja") else Language.ENGLISH
