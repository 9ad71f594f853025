"""People with and without a role, and what they are told: for tests of who may do what."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestrator_core.model import Chat, ChatKind, Language, Person, Role
from tests.core import Core
from tests.people import OTHER_OWNER, OWNER, STRANGER, says

OPERATOR, VIEWER = "U-operator", "U-viewer"
IDS = {
    Role.OWNER: OWNER,
    Role.OPERATOR: OPERATOR,
    Role.VIEWER: VIEWER,
    Role.STRANGER: STRANGER,
}


def home_of(person_id: str) -> Chat:
    return Chat(id=person_id, kind=ChatKind.USER)


def with_role(role: Role, person_id: str | None = None) -> Person:
    """As stored once an owner gave the role."""
    granted = None if role is Role.STRANGER else role
    return Person(id=person_id or IDS[role], role=role, granted=granted, language=Language.ENGLISH)


@dataclass(slots=True)
class Town:
    """Everybody, each known with their role, in front of one whole core."""

    core: Core = field(default_factory=lambda: Core(owners=frozenset({OWNER, OTHER_OWNER})))

    async def settle(self, *people: Person) -> Town:
        """One of each role, and these."""
        async with self.core.store.transaction() as records:
            for person in [*map(with_role, IDS), *people]:
                await records.people.save(person)
        return self

    async def say(self, person_id: str, text: str, *, chat: Chat | None = None) -> list[str]:
        """What is said in the chat because of it."""
        where = chat or home_of(person_id)
        return (await self.hear(person_id, text, where)).get(where.id, [])

    async def hear(self, person_id: str, text: str, chat: Chat) -> dict[str, list[str]]:
        """What is said because of it, by chat."""
        before = len(await self.core.deliveries())
        await self.core.receive(says(text, person_id=person_id, chat=chat))
        await self.core.intake().handle_new()
        heard: dict[str, list[str]] = {}
        for delivery in (await self.core.deliveries())[before:]:
            opened = self.core.pairing.seals.opened(delivery.messages)
            texts = [message["text"] or message["title"] for message in opened]
            heard.setdefault(delivery.chat_id, []).extend(texts)
        return heard

    async def person(self, person_id: str) -> Person:
        async with self.core.store.read() as records:
            found = await records.people.get(person_id)
        assert found is not None
        return found


async def town(*people: Person) -> Town:
    return await Town().settle(*people)
