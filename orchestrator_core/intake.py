"""Handles stored webhook events, each in one transaction with everything it causes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple, Protocol

from orchestrator_core.chat_events import is_unsent, note_presence, take_note
from orchestrator_core.ending import goes_on
from orchestrator_core.errors import PersonError
from orchestrator_core.gate import Gate, Shown
from orchestrator_core.groups import Greeter, with_quoted
from orchestrator_core.incoming import (
    AboutChat,
    Followed,
    FromPerson,
    Ignored,
    Incoming,
    Joined,
    MediaSent,
    TextSaid,
    Unnamed,
)
from orchestrator_core.messages import Message, Say
from orchestrator_core.model import InboxEvent, InboxState, Person, Role
from orchestrator_core.outbox import Outbox
from orchestrator_core.pairing import PairingDesk
from orchestrator_core.ports import (
    Clock,
    EventReader,
    InboxWriter,
    Metrics,
    Records,
    Store,
    TooMuch,
    Topic,
    Wakeups,
)
from orchestrator_core.rate_limits import Throttle, too_much
from orchestrator_core.texts import texts_in

logger = logging.getLogger(__name__)

#: A lost wake-up delays an event by this much at most.
SWEEP_SECONDS = 1.0
BATCH = 50
#: An event that cannot be handled after so many tries is put aside, so the rest can go on.
MOST_FAILURES = 3
#: In a flood, storing comes first: the platform waits for the acknowledgement, and what is
#: stored can be handled later. Each event gives way for so long at most.
GIVE_WAY_SECONDS = 0.1


class Conversation(Protocol):
    async def answer(
        self, records: Records, person: Person, said: FromPerson, *, now: datetime
    ) -> list[Message]:
        """Carry out what a person with a role wants; what to say at once. Raises PersonError."""
        ...


@dataclass(slots=True)
class _Left:
    """What waited when this process began: one of these may be what ended the last one."""

    #: The last event's id; None until it was looked up.
    up_to: int | None = None


class _Asked(NamedTuple):
    """What others told of an event before its transaction."""

    #: Of the person's profile.
    shown: Shown
    #: Not None: it is not carried out.
    too_much: TooMuch | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    store: Store
    writer: InboxWriter
    wakeups: Wakeups
    reader: EventReader
    conversation: Conversation
    gate: Gate
    pairing: PairingDesk
    outbox: Outbox
    greeter: Greeter
    clock: Clock
    metrics: Metrics
    #: None: people may ask for any number of things.
    throttle: Throttle | None = None
    _left: _Left = field(init=False, default_factory=_Left)

    async def run(self) -> None:
        """Until cancelled. A cancelled event rolls back and is handled at the next start."""
        await self._settle_people()
        async with self.wakeups.bell(Topic.INBOX) as bell:
            while goes_on():
                try:
                    found = await self.handle_new()
                except Exception:
                    logger.exception("inbox unreadable for now")
                    found = False
                if not found:
                    await bell.wait(SWEEP_SECONDS)

    async def _settle_people(self) -> None:
        """The settings may name fewer owners than when this ran before."""
        try:
            async with self.store.transaction() as records:
                fallen = await self.pairing.people.settle(records, now=self.clock.now())
        except Exception:
            # Who may do what is looked up anew with each event anyway.
            logger.exception("roles not settled")
        else:
            if fallen:
                logger.info("owners fewer than before", extra={"people": fallen})

    async def handle_new(self) -> bool:
        """One batch by the channel's time. False when there was nothing, or nothing worked.

        What follows a failed event in its chat waits for it, here and in any other process.
        """
        async with self.store.read() as records:
            events = await records.inbox.new(BATCH)
            if self._left.up_to is None:
                self._left.up_to = await records.inbox.last_id()
        worked, stuck = False, set[str]()
        for event in events:
            if event.chat_id in stuck:
                continue
            await self.writer.quiet(GIVE_WAY_SECONDS)
            if await self._handle(event, was_left=event.id <= self._left.up_to):
                worked = True
            elif event.chat_id is not None:
                stuck.add(event.chat_id)
        return worked

    async def _handle(self, event: InboxEvent, *, was_left: bool) -> bool:
        """False when it could not be handled, or is not ours to handle now."""
        try:
            # Counted first, lest it ends every process that begins with it. The others need
            # no transaction more than their own.
            state = await self._count(event, allowed=MOST_FAILURES) if was_left else event.state
            if state is InboxState.NEW:
                return await self._take(event, may_wait=not was_left)
        except Exception:
            logger.exception("event failed", extra={"event_id": event.webhook_event_id})
            if not was_left:
                await self._count_failure(event)
            return False
        return state is InboxState.FAILED

    async def _take(self, event: InboxEvent, *, may_wait: bool) -> bool:
        incoming = await self._look_up(self._read(event))
        if may_wait and await self._is_met(incoming):
            return False
        asked = await self._ask_others(event, incoming)
        async with self.store.transaction() as records:
            current = await records.inbox.take(event.id)
            if current is None:
                return False
            state = await self._act(records, current, incoming, asked)
            # The failures of before: what was counted beforehand did not fail.
            await records.inbox.save(replace(current, state=state, failures=event.failures))
        self.metrics.count("inbox_events", state=state)
        return True

    def _read(self, event: InboxEvent) -> Incoming | None:
        try:
            return self.reader.read(event.payload)
        except ValueError:
            logger.warning("event unreadable", extra={"event_id": event.webhook_event_id})
            return None

    async def _look_up(self, incoming: Incoming | None) -> Incoming | None:
        if not isinstance(incoming, TextSaid) or incoming.quoted_message_id is None:
            return incoming
        async with self.store.read() as records:
            return await with_quoted(records, self.reader, incoming)

    async def _is_met(self, incoming: Incoming | None) -> bool:
        """Whether a stranger's name is being asked for: others need not wait for that."""
        if not isinstance(incoming, FromPerson):
            return False
        now = self.clock.now()
        return await self.pairing.awaits_name(incoming.person_id, incoming.chat, now=now)

    async def _ask_others(self, event: InboxEvent, incoming: Incoming | None) -> _Asked:
        if not isinstance(incoming, FromPerson):
            return _Asked(Shown(), None)
        shown = await self.gate.profile(incoming.person_id, now=self.clock.now())
        if self.throttle is None:
            return _Asked(shown, None)
        refused = await self.throttle.judge(incoming, event_id=event.webhook_event_id)
        return _Asked(shown, refused)

    async def _act(
        self,
        records: Records,
        event: InboxEvent,
        incoming: Incoming | None,
        asked: _Asked,
    ) -> InboxState:
        if await is_unsent(records, self.reader, event):
            return InboxState.IGNORED
        if incoming is None:
            return InboxState.UNREADABLE
        if isinstance(incoming, Ignored):
            return InboxState.IGNORED
        now = self.clock.now()
        if isinstance(incoming, AboutChat):
            await take_note(records, self.reader, event, incoming, now=now)
            if isinstance(incoming, Joined | Unnamed):
                await self.greeter.speak(records, incoming, now=now)
            return InboxState.DONE
        if isinstance(incoming, Followed):
            await note_presence(records, event, incoming.chat, left_at=None)
        await self._hear(records, incoming, asked, now)
        return InboxState.DONE

    async def _hear(
        self, records: Records, incoming: FromPerson, asked: _Asked, now: datetime
    ) -> None:
        said = incoming.text if isinstance(incoming, TextSaid) else ""
        person = await self.gate.recognise(
            records, incoming.person_id, shown=asked.shown, said=said
        )
        if asked.too_much is not None and person.role is not Role.STRANGER:
            messages = too_much(asked.too_much, person)
        else:
            messages = await self._answer(records, person, incoming, now)
        if messages:
            await self.outbox.put(records, messages, to=incoming.origin, now=now)
        elif person.role is not Role.STRANGER and not isinstance(incoming, MediaSent):
            # A file's token is for saying that it has come.
            await self.outbox.empty_inbox(records, incoming.origin, now=now)

    async def _answer(
        self, records: Records, person: Person, incoming: FromPerson, now: datetime
    ) -> list[Message]:
        say = texts_in(person.language)
        if person.role is Role.STRANGER:
            told = await self.pairing.knock(records, person, incoming.chat, now=now)
            if told:
                self.metrics.count("refused_people")
            return told
        try:
            return await self.conversation.answer(records, person, incoming, now=now)
        except PersonError as error:
            return [Say(text=say(error.key, **error.facts), buttons=error.buttons)]

    async def _count_failure(self, event: InboxEvent) -> None:
        try:
            await self._count(event, allowed=MOST_FAILURES - 1)
        except Exception:
            # The database itself is in trouble: the event stays new and is tried again.
            logger.exception("failure not noted", extra={"event_id": event.webhook_event_id})

    async def _count(self, event: InboxEvent, *, allowed: int) -> InboxState | None:
        """Count one more failure. The state it is in then: with more than those allowed, FAILED.

        None when it is not ours.
        """
        async with self.store.transaction() as records:
            current = await records.inbox.take(event.id)
            if current is None:
                return None
            failures = current.failures + 1
            state = InboxState.FAILED if failures > allowed else InboxState.NEW
            await records.inbox.save(replace(current, state=state, failures=failures))
        if state is InboxState.FAILED:
            self.metrics.count("inbox_events", state=state)
            await self._apologise(event)
        return state

    async def _apologise(self, event: InboxEvent) -> None:
        """Apart from putting it aside, which must work though this may be what fails."""
        incoming = self._read(event)
        if not isinstance(incoming, FromPerson):
            return
        said = incoming.text if isinstance(incoming, TextSaid) else ""
        async with self.store.transaction() as records:
            person = await self.gate.recognise(
                records, incoming.person_id, shown=Shown(), said=said
            )
            if person.role is Role.STRANGER:
                return
            text = texts_in(person.language)("error.event_failed")
            await self.outbox.put(
                records, [Say(text=text)], to=incoming.origin, now=self.clock.now()
            )
