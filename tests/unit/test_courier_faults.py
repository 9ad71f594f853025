"""Deliveries across crashes, hangs and faults of our own; the courier's loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from orchestrator_core.courier_outcomes import BATCH
from orchestrator_core.errors import MessengerBusyError
from orchestrator_core.model import DeliveryState, JsonObject
from orchestrator_core.ports import Records, Topic
from tests.core import Core, token
from tests.fakes.messenger import FakeMessenger
from tests.fakes.retry_buffer import FakeRetryBuffer
from tests.fakes.store import FakeStore
from tests.mail import mark, put, send, sent_texts, state_of
from tests.samples import a_delivery
from tests.waiting import going, until


@dataclass(slots=True, kw_only=True)
class HangingMessenger(FakeMessenger):
    """Pushes to `hangs` wait for `go_on`."""

    hangs: str = ""
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[str] = field(default_factory=list)

    async def push(
        self, chat_id: str, messages: Sequence[JsonObject], *, retry_key: str
    ) -> tuple[str, ...]:
        self.begun.append(chat_id)
        if chat_id == self.hangs:
            await self.go_on.wait()
        return await FakeMessenger.push(self, chat_id, messages, retry_key=retry_key)


class CountingBuffer(FakeRetryBuffer):
    """Remembers which were put in."""

    def __init__(self) -> None:
        super().__init__()
        self.put_in: set[int] = set()

    async def put(self, delivery_id: int, due_at: datetime) -> None:
        self.put_in.add(delivery_id)
        await super().put(delivery_id, due_at)


@dataclass(slots=True, kw_only=True)
class BrokenMessenger(FakeMessenger):
    """Raises what no messenger should, once, after the call was accepted."""

    broken: bool = True

    async def push(
        self, chat_id: str, messages: Sequence[JsonObject], *, retry_key: str
    ) -> tuple[str, ...]:
        ids = await FakeMessenger.push(self, chat_id, messages, retry_key=retry_key)
        self._stumble()
        return ids

    async def reply(self, token: str, messages: Sequence[JsonObject]) -> tuple[str, ...]:
        ids = await FakeMessenger.reply(self, token, messages)
        self._stumble()
        return ids

    def _stumble(self) -> None:
        if self.broken:
            self.broken = False
            raise RuntimeError("a bug")


async def test_after_a_crash_in_a_push_it_is_made_again_under_its_key() -> None:
    core = Core()
    delivery = await put(core, "hi")
    await core.messenger.push("U1", delivery.messages, retry_key=delivery.retry_key)
    await mark(core, delivery, DeliveryState.SENDING)
    await core.courier().recover(alone=True)
    await send(core)

    assert await state_of(core, delivery) is DeliveryState.SENT
    assert sent_texts(core) == ["hi"]


async def test_after_a_crash_in_a_reply_it_is_not_said_again() -> None:
    core = Core()
    delivery = await put(core, "hi", reply_token=token(core))
    await mark(core, delivery, DeliveryState.SENDING)
    await put(core, "next")
    await core.courier().recover(alone=True)
    await send(core)

    assert await state_of(core, delivery) is DeliveryState.UNCONFIRMED
    assert sent_texts(core) == ["next"]


async def test_a_crash_in_the_middle_of_many_chats_leaves_none_behind() -> None:
    core = Core()
    for number in range(BATCH + 5):
        delivery = await put(core, f"{number}", chat=f"U{number}")
        await mark(core, delivery, DeliveryState.SENDING)
    await core.courier().recover(alone=True)

    assert await core.deliveries(DeliveryState.SENDING) == []


async def test_a_crash_after_the_refused_reply_is_known_to_have_been_a_push() -> None:
    """The fact that the token was refused is stored before the push begins."""
    core = Core(messenger=HangingMessenger(hangs="U1", dead_tokens={"token"}))
    assert isinstance(core.messenger, HangingMessenger)
    delivery = await put(core, reply_token=token(core))
    courier = core.courier()
    await courier.send_due()
    await until(lambda: core.messenger.begun == ["U1"])  # type: ignore[attr-defined]
    [sending] = await core.deliveries(DeliveryState.SENDING)
    core.messenger.go_on.set()
    await courier.settle()

    assert sending.reply_token is None
    assert await state_of(core, delivery) is DeliveryState.SENT


@pytest.mark.parametrize("with_token", [True, False])
async def test_a_fault_of_our_own_does_not_block_the_chat(with_token: bool) -> None:
    """The call went out, then something broke: a push is settled by its key, a reply is not
    said again, and the next message comes."""
    core = Core(messenger=BrokenMessenger())
    first = await put(core, "first", reply_token=token(core) if with_token else None)
    await put(core, "second")
    courier = core.courier()
    for _ in range(4):
        await courier.send_due()
        await courier.settle()
        core.clock.advance(timedelta(seconds=2))

    expected = DeliveryState.UNCONFIRMED if with_token else DeliveryState.SENT
    assert await state_of(core, first) is expected
    assert sent_texts(core) == ["first", "second"]


async def test_what_could_not_be_noted_is_settled_as_soon_as_it_can() -> None:
    """The push went out, but the database was away when its outcome was to be stored."""
    core = Core(messenger=HangingMessenger(hangs="U1"))
    assert isinstance(core.messenger, HangingMessenger)
    delivery = await put(core, "hi")
    courier = core.courier()
    await courier.send_due()
    await until(lambda: core.messenger.begun == ["U1"])  # type: ignore[attr-defined]
    core.store.error = OSError("no space left")
    core.messenger.go_on.set()
    await courier.settle()
    core.store.error = None
    for _ in range(2):
        await courier.send_due()
        await courier.settle()
        core.clock.advance(timedelta(seconds=1))

    assert await state_of(core, delivery) is DeliveryState.SENT
    assert sent_texts(core) == ["hi"]


@dataclass(slots=True)
class SlowStore:
    """Its first transaction has been committed a while before that is known."""

    store: FakeStore
    committed: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Records]:
        async with self.store.transaction() as records:
            yield records
        self.committed.set()
        await self.go_on.wait()

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)


async def test_one_that_ends_while_it_takes_a_reply_still_sends_it() -> None:
    core = Core()
    delivery = await put(core, "hi", reply_token=token(core))
    slow = SlowStore(core.store)
    loop = asyncio.ensure_future(replace(core.courier(), store=slow).run())  # type: ignore[arg-type]
    await slow.committed.wait()
    loop.cancel()
    await asyncio.sleep(0)
    slow.go_on.set()
    await asyncio.wait([loop], timeout=5)

    assert await state_of(core, delivery) is DeliveryState.SENT
    assert sent_texts(core) == ["hi"]


async def test_one_that_ends_while_the_database_is_away_just_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    core = Core()
    await put(core, "hi")
    core.store.error = OSError("no space left")
    loop = asyncio.ensure_future(core.courier().run())
    await until(lambda: bool(caplog.records))
    loop.cancel()
    await asyncio.wait([loop], timeout=5)

    assert loop.cancelled()
    assert caplog.messages[-1] == "outbox unreadable at the end"


async def test_the_sweep_refills_more_than_a_page() -> None:
    core = Core()
    later = core.clock.now() + timedelta(seconds=1)
    count = 2 * BATCH + 1
    async with core.store.transaction() as records:
        for number in range(count):
            added = await records.deliveries.add(a_delivery(f"chat-{number}"))
            await records.deliveries.save(replace(added, due_at=later))
    kept = CountingBuffer()
    await replace(core.courier(), retries=kept).sweep()

    assert kept.put_in == set(range(1, count + 1))


async def test_while_nothing_can_be_written_it_does_not_spin() -> None:
    core = Core()
    await put(core)
    core.store.error = OSError("no space left")
    rung = len(core.wakeups.rung)
    with pytest.raises(OSError, match="space"):
        await send(core)

    # A ring would wake its own loop at once, for ever.
    assert core.wakeups.rung[rung:] == []
    assert core.messenger.sent == []


async def test_one_chat_s_hang_holds_up_no_other() -> None:
    core = Core(messenger=HangingMessenger(hangs="U1"))
    assert isinstance(core.messenger, HangingMessenger)
    await put(core, "slow", chat="U1")
    await put(core, "quick", chat="U2")
    async with going(core.courier().run()):
        await core.messenger.wait_until(lambda: sent_texts(core) == ["quick"])
        await put(core, "also quick", chat="U2")
        core.wakeups.ring(Topic.DELIVERIES)
        await core.messenger.wait_until(lambda: "also quick" in sent_texts(core))
        core.messenger.go_on.set()

    assert sent_texts(core) == ["quick", "also quick", "slow"]


async def test_a_message_is_sent_as_soon_as_it_rings() -> None:
    core = Core()
    async with going(core.courier().run()):
        await put(core, "hi")
        core.wakeups.ring(Topic.DELIVERIES)
        await core.messenger.wait_until(lambda: sent_texts(core) == ["hi"])

    assert core.metrics.times("deliveries", outcome="sent", method="push") == 1


async def test_what_is_due_is_sent_before_it_ends() -> None:
    core = Core()
    loop = asyncio.ensure_future(core.courier().run())
    await asyncio.sleep(0)
    for text in ("one", "two", "three"):
        await put(core, text)
    loop.cancel()
    await asyncio.wait([loop], timeout=5)

    assert sent_texts(core) == ["one", "two", "three"]


async def test_the_sweep_refills_a_buffer_that_has_forgotten() -> None:
    core = Core()
    core.messenger.fail_next(MessengerBusyError("429"))
    await put(core)
    await send(core)
    core.retries.forget()
    await core.courier().sweep()

    assert await core.retries.seconds_to_next(core.clock.now()) == 1
