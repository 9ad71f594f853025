"""Deliveries: in order, by reply while that is free, and never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator_core.courier_settlement import (
    GIVE_UP_AFTER,
    KEY_REMEMBERED,
    LEFT,
    LONGEST_PAUSE,
    QUOTA_PAUSE,
)
from orchestrator_core.errors import MessageRefusedError, MessengerBusyError, MessengerUnclearError
from orchestrator_core.model import Binding, DeliveryState
from tests.core import Core, token
from tests.fakes.messenger import FakeMessenger
from tests.mail import put, send, sent_texts, state_of


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


async def test_a_held_push_goes_along_with_the_next_free_reply() -> None:
    core = Core(messenger=FakeMessenger(quota_left=0))
    await put(core, "held")
    await send(core)
    await put(core, "replied", reply_token=token(core))
    await send(core)

    assert sent_texts(core) == ["held", "replied"]
    assert [call.reply_token for call in core.messenger.sent] == ["token"]


async def test_what_line_refuses_is_kept_and_what_follows_is_sent() -> None:
    core = Core()
    core.messenger.fail_next(MessageRefusedError("400"))
    delivery = await put(core, "bad")
    await send(core)
    await put(core, "good")
    await send(core)

    [dead, _] = await core.deliveries()
    assert (dead.state, dead.last_error) == (DeliveryState.DEAD, "MessageRefusedError")
    assert dead.messages == delivery.messages
    assert sent_texts(core) == ["good"]


async def test_what_could_not_be_sent_for_days_is_a_dead_letter() -> None:
    core = Core()
    core.messenger.fail_next(MessengerBusyError("down"), count=2)
    delivery = await put(core)
    await send(core)
    core.clock.advance(GIVE_UP_AFTER)
    await send(core)

    assert await state_of(core, delivery) is DeliveryState.DEAD


@pytest.mark.parametrize("with_token", [True, False])
async def test_nothing_is_said_to_a_chat_that_was_left_and_it_is_kept(with_token: bool) -> None:
    core = Core()
    delivery = await put(core, reply_token=token(core) if with_token else None)
    await put(core, "to others", chat="U2")
    async with core.store.transaction() as records:
        await records.bindings.save(Binding(chat_id="U1", left_at=core.clock.now()))
    await send(core)
    await core.courier().sweep()
    await send(core)

    [dead, _] = await core.deliveries()
    assert (dead.state, dead.last_error) == (DeliveryState.DEAD, LEFT)
    assert dead.messages == delivery.messages
    assert sent_texts(core) == ["to others"]
    method = "reply" if with_token else "push"
    assert core.metrics.times("deliveries", outcome="dead", method=method) == 1


async def test_whoever_comes_back_is_spoken_to_again() -> None:
    core = Core()
    async with core.store.transaction() as records:
        await records.bindings.save(Binding(chat_id="U1", left_at=core.clock.now()))
        await records.bindings.save(Binding(chat_id="U1"))
    await put(core, "hi")
    await send(core)

    assert sent_texts(core) == ["hi"]


async def test_a_push_that_may_have_arrived_is_not_made_again_once_its_key_is_forgotten() -> None:
    core = Core()
    core.messenger.fail_next(MessengerUnclearError("cut"), accepts=True)
    delivery = await put(core)
    await send(core)
    core.clock.advance(KEY_REMEMBERED)
    await send(core)

    assert await state_of(core, delivery) is DeliveryState.UNCONFIRMED
    assert len(core.messenger.sent) == 1
    assert core.metrics.times("deliveries", outcome="unconfirmed", method="push") == 1
