"""Deliveries: in order, by reply while that is free, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from orchestrator_core.courier import BATCH, GIVE_UP_AFTER, LONGEST_PAUSE, QUOTA_PAUSE
from orchestrator_core.errors import (
    MessageRefusedError,
    MessengerBusyError,
    MessengerUnclearError,
)
from orchestrator_core.model import (
    Delivery,
    DeliveryState,
    JsonObject,
    NewDelivery,
    ReplyToken,
)
from orchestrator_core.ports import Topic
from tests.core import Core, going, token, until
from tests.fakes.messenger import FakeMessenger


@dataclass(slots=True, kw_only=True)
class HangingMessenger(FakeMessenger):
    """Pushes to `hangs` wait for `go_on`."""

    hangs: str = ""
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    begun: list[str] = field(default_factory=list)

    async def push(self, chat_id: str, messages: Sequence[JsonObject], *, retry_key: str) -> None:
        self.begun.append(chat_id)
        if chat_id == self.hangs:
            await self.go_on.wait()
        await FakeMessenger.push(self, chat_id, messages, retry_key=retry_key)


@dataclass(slots=True, kw_only=True)
class BrokenMessenger(FakeMessenger):
    """Raises what no messenger should, once, after the call was accepted."""

    broken: bool = True

    async def push(self, chat_id: str, messages: Sequence[JsonObject], *, retry_key: str) -> None:
        await FakeMessenger.push(self, chat_id, messages, retry_key=retry_key)
        self._stumble()

    async def reply(self, token: str, messages: Sequence[JsonObject]) -> None:
        await FakeMessenger.reply(self, token, messages)
        self._stumble()

    def _stumble(self) -> None:
        if self.broken:
            self.broken = False
            raise RuntimeError("a bug")


async def put(
    core: Core, text: str = "hi", *, chat: str = "U1", reply_token: ReplyToken | None = None
) -> Delivery:
    async with core.store.transaction() as records:
        return await records.deliveries.add(
            NewDelivery(
                chat_id=chat,
                messages=({"type": "text", "text": text},),
                retry_key=f"key of {text}",
                created_at=core.clock.now(),
                reply_token=reply_token,
            )
        )


async def send(core: Core) -> None:
    """One round of everything that is due."""
    courier = core.courier()
    await courier.send_due()
    await courier.settle()


async def mark(core: Core, delivery: Delivery, state: DeliveryState) -> None:
    async with core.store.transaction() as records:
        await records.deliveries.save(replace(delivery, state=state))


async def state_of(core: Core, delivery: Delivery) -> DeliveryState:
    [found] = [one for one in await core.deliveries() if one.id == delivery.id]
    return found.state


def sent_texts(core: Core) -> list[str]:
    return [message["text"] for message in core.messenger.messages()]


async def test_a_chat_s_messages_come_in_their_order() -> None:
    core = Core()
    for text in ("one", "two", "three"):
        await put(core, text)
    for _ in range(3):
        await send(core)

    assert sent_texts(core) == ["one", "two", "three"]


async def test_a_fresh_token_makes_a_free_reply() -> None:
    core = Core()
    delivery = await put(core, reply_token=token(core))
    await send(core)

    [call] = core.messenger.sent
    assert (call.reply_token, call.chat_id) == ("token", None)
    assert await state_of(core, delivery) is DeliveryState.SENT
    assert core.metrics.times("deliveries", outcome="sent", method="reply") == 1


async def test_without_a_token_it_is_pushed_with_the_stored_key() -> None:
    core = Core()
    await put(core, "hi")
    await send(core)

    [call] = core.messenger.sent
    assert (call.chat_id, call.retry_key, call.reply_token) == ("U1", "key of hi", None)


async def test_a_token_too_old_is_not_tried() -> None:
    core = Core()
    await put(core, reply_token=token(core))
    core.clock.advance(timedelta(seconds=50))
    await send(core)

    assert [call.reply_token for call in core.messenger.sent] == [None]


async def test_a_refused_token_is_followed_by_a_push_with_the_stored_key() -> None:
    core = Core(messenger=FakeMessenger(dead_tokens={"token"}))
    delivery = await put(core, "hi", reply_token=token(core))
    await send(core)

    [call] = core.messenger.sent
    assert call.retry_key == "key of hi"
    assert await state_of(core, delivery) is DeliveryState.SENT


@pytest.mark.parametrize("arrived", [True, False])
async def test_an_unclear_reply_is_never_said_again(arrived: bool) -> None:
    core = Core()
    core.messenger.fail_next(MessengerUnclearError("no answer"), accepts=arrived)
    delivery = await put(core, "hi", reply_token=token(core))
    for _ in range(3):
        await send(core)
        core.clock.advance(timedelta(hours=1))
        await core.courier().sweep()

    assert await state_of(core, delivery) is DeliveryState.UNCONFIRMED
    assert sent_texts(core) == (["hi"] if arrived else [])


@pytest.mark.parametrize("arrived", [True, False])
async def test_an_unclear_push_is_made_again_under_its_key_until_it_is_clear(
    arrived: bool,
) -> None:
    core = Core()
    core.messenger.fail_next(MessengerUnclearError("no answer"), count=3, accepts=arrived)
    delivery = await put(core, "hi")
    pauses = []
    for _ in range(4):
        await send(core)
        [now] = await core.deliveries()
        pauses.append((now.due_at - core.clock.now()).total_seconds())
        core.clock.advance(max(timedelta(0), now.due_at - core.clock.now()))

    assert pauses[:3] == [1, 2, 4]
    assert await state_of(core, delivery) is DeliveryState.SENT
    assert sent_texts(core) == ["hi"]
    assert {call.retry_key for call in core.messenger.sent} == {"key of hi"}


async def test_before_its_time_nothing_is_tried_again() -> None:
    core = Core()
    core.messenger.fail_next(MessengerBusyError("429"))
    await put(core)
    await send(core)
    await send(core)

    assert core.messenger.sent == []
    assert await core.retries.seconds_to_next(core.clock.now()) == 1


async def test_what_comes_later_never_overtakes_what_waits() -> None:
    core = Core()
    core.messenger.fail_next(MessengerBusyError("429"))
    await put(core, "one")
    await put(core, "two", reply_token=token(core))
    await send(core)
    await send(core)
    early = sent_texts(core)
    core.clock.advance(timedelta(seconds=1))
    await send(core)
    await send(core)

    assert early == []
    assert sent_texts(core) == ["one", "two"]


async def test_a_busy_reply_is_tried_again_and_may_become_a_push() -> None:
    core = Core()
    core.messenger.fail_next(MessengerBusyError("429"), count=10)
    await put(core, "hi", reply_token=token(core))
    for _ in range(12):
        await send(core)
        core.clock.advance(LONGEST_PAUSE)

    assert [call.retry_key for call in core.messenger.sent] == ["key of hi"]


async def test_the_pause_grows_to_its_bound() -> None:
    core = Core()
    core.messenger.fail_next(MessengerBusyError("429"), count=30)
    await put(core)
    pauses = []
    for _ in range(12):
        await send(core)
        [now] = await core.deliveries()
        pauses.append(now.due_at - core.clock.now())
        core.clock.advance(pauses[-1])

    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


async def test_with_no_quota_left_it_is_held_and_tried_again_later() -> None:
    core = Core(messenger=FakeMessenger(quota_left=0))
    delivery = await put(core, "hi")
    await send(core)
    held = await state_of(core, delivery)
    core.messenger.quota_left = 1
    core.clock.advance(QUOTA_PAUSE - timedelta(seconds=1))
    await core.courier().sweep()
    still_held = await state_of(core, delivery)
    core.clock.advance(timedelta(seconds=1))
    await core.courier().sweep()
    await send(core)

    assert held is still_held is DeliveryState.HELD
    assert sent_texts(core) == ["hi"]


async def test_a_held_push_does_not_hold_up_a_free_reply() -> None:
    core = Core(messenger=FakeMessenger(quota_left=0))
    await put(core, "pushed")
    await put(core, "replied", reply_token=token(core))
    await send(core)
    await send(core)

    assert sent_texts(core) == ["replied"]


async def test_what_line_refuses_is_kept_and_what_follows_is_sent() -> None:
    core = Core()
    core.messenger.fail_next(MessageRefusedError("400"))
    delivery = await put(core, "bad")
    await put(core, "good")
    await send(core)
    await send(core)

    [dead, _] = await core.deliveries()
    assert (dead.state, dead.last_error) == (DeliveryState.DEAD, "MessageRefusedError")
    assert dead.messages == delivery.messages
    assert sent_texts(core) == ["good"]


async def test_what_could_not_be_sent_for_days_is_a_dead_letter() -> None:
    core = Core()
    core.messenger.fail_next(MessengerUnclearError("down"), count=2)
    delivery = await put(core)
    await send(core)
    core.clock.advance(GIVE_UP_AFTER)
    await send(core)

    assert await state_of(core, delivery) is DeliveryState.DEAD


async def test_after_a_crash_in_a_push_it_is_made_again_under_its_key() -> None:
    core = Core()
    delivery = await put(core, "hi")
    await core.messenger.push("U1", delivery.messages, retry_key=delivery.retry_key)
    await mark(core, delivery, DeliveryState.SENDING)
    await core.courier().recover()
    await send(core)

    assert await state_of(core, delivery) is DeliveryState.SENT
    assert sent_texts(core) == ["hi"]


async def test_after_a_crash_in_a_reply_it_is_not_said_again() -> None:
    core = Core()
    delivery = await put(core, "hi", reply_token=token(core))
    await mark(core, delivery, DeliveryState.SENDING)
    await put(core, "next")
    await core.courier().recover()
    await send(core)

    assert await state_of(core, delivery) is DeliveryState.UNCONFIRMED
    assert sent_texts(core) == ["next"]


async def test_a_crash_in_the_middle_of_many_chats_leaves_none_behind() -> None:
    core = Core()
    for number in range(BATCH + 5):
        delivery = await put(core, f"{number}", chat=f"U{number}")
        await mark(core, delivery, DeliveryState.SENDING)
    await core.courier().recover()

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
    for _ in range(4):
        await send(core)
        core.clock.advance(timedelta(seconds=10))

    expected = DeliveryState.UNCONFIRMED if with_token else DeliveryState.SENT
    assert await state_of(core, first) is expected
    assert sent_texts(core) == ["first", "second"]


async def test_while_nothing_can_be_written_it_does_not_spin() -> None:
    core = Core()
    await put(core)
    core.store.error = OSError("no space left")
    rung = len(core.wakeups.rung)
    await send(core)

    # A ring would wake its own loop at once, for ever.
    assert core.wakeups.rung[rung:] == []


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
