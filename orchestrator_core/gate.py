"""Who may command Denrei, and in which language they are spoken to."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass, replace
from datetime import datetime

from orchestrator_core.errors import MessengerError
from orchestrator_core.model import Chat, ChatKind, Language, Origin, Person, Role
from orchestrator_core.ports import Messenger, Records, Store

logger = logging.getLogger(__name__)

#: A profile is a nicety: nobody's message waits longer for it.
PROFILE_TIMEOUT_SECONDS = 3.0
_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    owners: frozenset[str]
    store: Store
    messenger: Messenger

    async def profile_language(self, person_id: str) -> Language | None:
        """The language an owner has set, asked of the platform at first sight only.

        Never asked for strangers: they must not be able to make Denrei wait.
        """
        if person_id not in self.owners:
            return None
        async with self.store.read() as records:
            if await records.people.get(person_id) is not None:
                return None
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
        """The person as stored, made known at first sight. The role follows the settings."""
        role = Role.OWNER if person_id in self.owners else Role.STRANGER
        known = await records.people.get(person_id)
        if known is not None and known.role is role:
            return known
        person = (
            replace(known, role=role)
            if known
            else Person(id=person_id, role=role, language=language or guess_language(said))
        )
        await records.people.save(person)
        return person

    async def refuse(self, records: Records, person: Person, chat: Chat, now: datetime) -> bool:
        """Whether to tell a stranger no: once, and never in a group."""
        if person.refused_at is not None or not chat.is_one_to_one:
            return False
        await records.people.save(replace(person, refused_at=now))
        return True

    async def owners_at_home(self, records: Records) -> list[tuple[Person, Origin]]:
        """Every owner in the 1:1 chat with them (whose id is the person's own)."""
        found = []
        for owner_id in sorted(self.owners):
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
