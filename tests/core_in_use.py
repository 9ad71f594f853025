"""What tests do to a core, and what they read in its store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from commands.router import Router
from orchestrator_core.desk import SessionDesk
from orchestrator_core.incoming import FromPerson, TextSaid
from orchestrator_core.messages import Message
from orchestrator_core.model import (
    Approval,
    Chat,
    Delivery,
    DeliveryState,
    Language,
    Origin,
    Person,
    Role,
    Session,
    SessionEvent,
    Turn,
)
from tests.fakes.clock import FakeClock
from tests.fakes.reader import FakeReader
from tests.fakes.store import FakeStore
from tests.people import HOME, OWNER, at_home
from tests.samples import a_cost, an_event


class InUse:
    """Of a core; which makes these parts."""

    __slots__ = ()

    owners: frozenset[str]
    clock: FakeClock
    store: FakeStore
    desk: SessionDesk
    router: Router
    reader: FakeReader
    _keys: Iterator[int]

    async def know(self, person_id: str = OWNER, language: Language = Language.ENGLISH) -> Person:
        role = Role.OWNER if person_id in self.owners else Role.STRANGER
        person = Person(id=person_id, role=role, language=language)
        async with self.store.transaction() as records:
            await records.people.save(person)
        return person

    async def session(self, *, chat: Chat | None = HOME, agent: str | None = None) -> Session:
        """A new one, current in its chat."""
        async with self.store.transaction() as records:
            return await self.desk.start(
                records,
                chat=chat,
                person_id=OWNER if chat else None,
                agent=agent,
                now=self.clock.now(),
            )

    async def ask(
        self, session: Session, prompt: str = "hello", *, origin: Origin | None = None
    ) -> Turn:
        async with self.store.transaction() as records:
            now = await self.read_session(session.id)
            asked = await self.desk.ask(
                records, now, prompt, origin=origin or at_home(), now=self.clock.now()
            )
            return asked.turn

    async def answers(
        self, said: str | FromPerson, *, person_id: str = OWNER, chat: Chat = HOME
    ) -> list[Message]:
        """What the router says to a person who is an owner. Raises PersonError."""
        what = (
            TextSaid(chat=chat, person_id=person_id, text=said, reply_token=None)
            if isinstance(said, str)
            else said
        )
        async with self.store.transaction() as records:
            person = await records.people.get(what.person_id)
            known = person or Person(id=what.person_id, role=Role.OWNER, language=Language.ENGLISH)
            return await self.router.answer(records, known, what, now=self.clock.now())

    async def only_answer(self, said: str) -> str:
        [message] = await self.answers(said)
        return message.text

    async def receive(self, *said: TextSaid) -> None:
        """Store what people did, as the webhook does."""
        for one in said:
            event = replace(an_event(payload=self.reader.means(one)), chat_id=one.chat.id)
            await self.store.take_in([event])

    async def spend(self, usd: str) -> None:
        async with self.store.transaction() as records:
            entry = a_cost(usd, run=next(self._keys), now=self.clock.now())
            await records.costs.add(entry)

    async def read_session(self, session_id: str) -> Session:
        async with self.store.read() as records:
            return await records.sessions.lock(session_id)

    async def read_turn(self, turn_id: int) -> Turn:
        async with self.store.read() as records:
            return await records.turns.lock(turn_id)

    async def open_turns(self, session_id: str) -> list[Turn]:
        async with self.store.read() as records:
            return await records.turns.open_of(session_id)

    async def save_turn(self, turn: Turn, **changes: Any) -> Turn:
        changed = replace(turn, **changes)
        async with self.store.transaction() as records:
            await records.turns.save(changed)
        return changed

    async def pending_approvals(self, turn_id: int) -> list[Approval]:
        async with self.store.read() as records:
            return await records.approvals.pending_of(turn_id)

    async def deliveries(self, *states: DeliveryState) -> list[Delivery]:
        async with self.store.read() as records:
            page = await records.deliveries.page(states or tuple(DeliveryState), limit=1000)
            return page[::-1]

    async def texts(self) -> list[str]:
        """The text (of a card: its title) of everything that was to be sent, in order."""
        return [
            message["title"] or message["text"]
            for delivery in await self.deliveries()
            for message in delivery.messages
        ]

    async def events(self, session_id: str) -> list[SessionEvent]:
        async with self.store.read() as records:
            return await records.log.after(session_id, 0, 1000)
