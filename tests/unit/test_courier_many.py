"""Several couriers on one outbox: none sends what another sends, and the dead are inherited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from orchestrator_core.courier import Courier
from orchestrator_core.courier_settlement import SENDING_FOR
from orchestrator_core.errors import (
    MessageRefusedError,
    MessengerBusyError,
    MessengerError,
    MessengerUnclearError,
)
from orchestrator_core.model import Delivery, DeliveryState, JsonObject
from orchestrator_core.ports import Records
from tests.core import Core, token
from tests.fakes.messenger import FakeMessenger
from tests.fakes.store import FakeStore
from tests.mail import mark, put, sent_texts, state_of
from tests.waiting import until

SECOND = timedelta(seconds=1)


@dataclass(slots=True, kw_only=True)
class PausedMessenger(FakeMessenger):
    """The first call stands still until `go_on`, as its process does."""

    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    #: Where the second call stands still, too.
    second_too: asyncio.Event | None = None
    begun: int = 0
    #: Raised by the first call once it goes on, sent or not.
    then: MessengerError | None = None

    async def reply(self, token: str, messages: Sequence[JsonObject]) -> tuple[str, ...]:
        mine = await self._my_turn()
        ids = await FakeMessenger.reply(self, token, messages)
        self._fail(mine)
        return ids

    async def push(
        self, chat_id: str, messages: Sequence[JsonObject], *, retry_key: str
    ) -> tuple[str, ...]:
        mine = await self._my_turn()
        ids = await FakeMessenger.push(self, chat_id, messages, retry_key=retry_key)
        self._fail(mine)
        return ids

    async def _my_turn(self) -> int:
        self.begun += 1
        mine = self.begun
        gate = {1: self.go_on, 2: self.second_too}.get(mine)
        if gate is not None:
            await gate.wait()
        return mine

    def _fail(self, number: int) -> None:
        if number == 1 and self.then is not None:
            raise self.then


async def round_of(courier: Courier) -> None:
    await courier.send_due()
    await courier.settle()


async def paused(core: Core) -> tuple[PausedMessenger, Courier]:
    """A courier that stands still in the middle of its first call."""
    core.messenger = messenger = PausedMessenger()
    first = core.courier("first")
    await first.send_due()
    await until(lambda: messenger.begun == 1)
    return messenger, first


async def only(core: Core) -> Delivery:
    [delivery] = await core.deliveries()
    return delivery


async def test_what_one_courier_sends_and_what_follows_it_the_others_leave_alone() -> None:
    core = Core()
    await put(core, "one")
    await put(core, "two")
    messenger, first = await paused(core)
    core.clock.advance(SENDING_FOR - timedelta(microseconds=1))
    begun = await core.courier("second").send_due()
    messenger.go_on.set()
    await first.settle()
    await round_of(core.courier("second"))

    assert begun == set()
    assert sent_texts(core) == ["one", "two"]


async def test_a_push_whose_time_has_passed_is_made_again_by_whoever_finds_it() -> None:
    core = Core()
    await put(core, "one")
    await put(core, "two")
    messenger, first = await paused(core)
    core.clock.advance(SENDING_FOR)
    second = core.courier("second")
    await round_of(second)
    await round_of(second)
    messenger.go_on.set()
    await first.settle()

    assert [one.state for one in await core.deliveries()] == [DeliveryState.SENT] * 2
    assert sent_texts(core) == ["one", "two"]


async def test_a_reply_whose_time_has_passed_is_unconfirmed_and_what_follows_is_sent() -> None:
    core = Core()
    reply = await put(core, "one", reply_token=token(core))
    await paused(core)
    await put(core, "two")
    core.clock.advance(SENDING_FOR)
    await round_of(core.courier("second"))

    assert await state_of(core, reply) is DeliveryState.UNCONFIRMED
    assert sent_texts(core) == ["two"]
    assert core.metrics.times("deliveries", outcome="unconfirmed", method="reply") == 1


async def test_that_a_push_was_accepted_counts_however_late_it_is_known() -> None:
    """The one who inherited it could not get through, and would have tried again."""
    core = Core()
    await put(core, "hi")
    messenger, first = await paused(core)
    messenger.fail_next(MessengerBusyError("429"))
    core.clock.advance(SENDING_FOR)
    await round_of(core.courier("second"))
    waiting = await only(core)
    messenger.go_on.set()
    await first.settle()

    assert (waiting.state, waiting.attempts) == (DeliveryState.PENDING, 2)
    sent = await only(core)
    assert (sent.state, sent.attempts, sent.last_error) == (DeliveryState.SENT, 2, None)
    assert sent_texts(core) == ["hi"]


async def test_that_a_reply_was_accepted_counts_however_late_it_is_known() -> None:
    core = Core()
    reply = await put(core, "hi", reply_token=token(core))
    messenger, first = await paused(core)
    core.clock.advance(SENDING_FOR)
    await round_of(core.courier("second"))
    async with core.store.transaction() as records:
        await records.deliveries.offer("U1", core.clock.now())
    messenger.go_on.set()
    await first.settle()

    assert await state_of(core, reply) is DeliveryState.SENT
    assert (await only(core)).offered_at == core.clock.now()


async def test_what_was_sent_again_meanwhile_stays_so() -> None:
    core = Core()
    reply = await put(core, "hi", reply_token=token(core))
    messenger, first = await paused(core)
    await mark(core, replace(reply, reply_token=None), DeliveryState.RESENT)
    messenger.go_on.set()
    await first.settle()

    assert await state_of(core, reply) is DeliveryState.RESENT


@pytest.mark.parametrize(
    "late", [MessengerUnclearError("cut"), MessageRefusedError("400"), MessengerBusyError("429")]
)
async def test_a_failure_that_is_known_too_late_changes_nothing(late: MessengerError) -> None:
    core = Core()
    await put(core, "hi")
    messenger, first = await paused(core)
    messenger.then = late
    core.clock.advance(SENDING_FOR)
    await round_of(core.courier("second"))
    settled = await only(core)
    messenger.go_on.set()
    await first.settle()

    assert settled.state is DeliveryState.SENT
    assert await only(core) == settled


async def test_a_reply_refused_too_late_is_not_pushed() -> None:
    """By then nobody knows any more whether the one before was the refused one."""
    core = Core()
    reply = await put(core, "hi", reply_token=token(core))
    messenger, first = await paused(core)
    messenger.dead_tokens.add("token")
    core.clock.advance(SENDING_FOR)
    await round_of(core.courier("second"))
    messenger.go_on.set()
    await first.settle()

    assert await state_of(core, reply) is DeliveryState.UNCONFIRMED
    assert messenger.sent == []


@dataclass(slots=True)
class SleepyStore:
    """The machine sleeps for a while when the next transaction has been committed."""

    core: Core
    store: FakeStore
    sleep: timedelta

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Records]:
        async with self.store.transaction() as records:
            yield records
        self.core.clock.advance(self.sleep)

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


@pytest.mark.parametrize(
    ("sleep", "sent"), [(SENDING_FOR - SECOND, ["hi"]), (SENDING_FOR, [])], ids=str
)
async def test_a_courier_that_slept_past_its_time_begins_no_call(
    sleep: timedelta, sent: list[str]
) -> None:
    core = Core()
    await put(core, "hi")
    sleepy = core.courier("first")
    await round_of(replace(sleepy, store=SleepyStore(core, core.store, sleep)))  # type: ignore[arg-type]

    assert sent_texts(core) == sent


async def test_a_push_after_a_refused_reply_has_its_own_time() -> None:
    core = Core()
    await put(core, "hi", reply_token=token(core))
    messenger, first = await paused(core)
    messenger.dead_tokens.add("token")
    messenger.second_too = asyncio.Event()
    core.clock.advance(0.7 * SENDING_FOR)
    messenger.go_on.set()
    await until(lambda: messenger.begun == 2)
    core.clock.advance(0.7 * SENDING_FOR)
    begun = await core.courier("second").send_due()
    messenger.second_too.set()
    await first.settle()

    assert begun == set()
    assert (await only(core)).state is DeliveryState.SENT
    assert [call.retry_key for call in messenger.sent] == ["key of hi"]


async def test_at_a_start_beside_others_what_they_send_is_left_alone() -> None:
    core = Core()
    live, dead = await put(core, "live", chat="A"), await put(core, "dead", chat="B")
    now = core.clock.now()
    await mark(core, replace(live, sending_until=now + SECOND), DeliveryState.SENDING)
    await mark(core, replace(dead, sending_until=now), DeliveryState.SENDING)
    await core.courier().recover(alone=False)

    assert await state_of(core, live) is DeliveryState.SENDING
    assert await state_of(core, dead) is DeliveryState.PENDING


async def test_at_a_start_alone_nothing_is_left_for_later() -> None:
    core = Core()
    delivery = await put(core, "hi")
    far = core.clock.now() + SENDING_FOR
    await mark(core, replace(delivery, sending_until=far), DeliveryState.SENDING)
    await core.courier().recover(alone=True)

    assert await state_of(core, delivery) is DeliveryState.PENDING


async def test_many_couriers_say_everything_once_and_each_chat_in_its_order() -> None:
    core = Core()
    chats = [f"chat-{number}" for number in range(7)]
    for number in range(6):
        for chat in chats:
            await put(core, f"{chat} {number}", chat=chat)
    core.messenger.fail_next(MessengerUnclearError("cut"), count=9, accepts=True)
    couriers = [core.courier(f"courier-{number}") for number in range(4)]
    while await core.deliveries(DeliveryState.PENDING, DeliveryState.SENDING):
        await asyncio.gather(*(round_of(courier) for courier in couriers))
        core.clock.advance(SECOND)

    said = sent_texts(core)
    for chat in chats:
        expected = [f"{chat} {number}" for number in range(6)]
        assert [one for one in said if one.startswith(f"{chat} ")] == expected
    assert len(said) == 42
