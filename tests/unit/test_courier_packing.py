"""Several deliveries in one call, and what becomes of them when nobody sees its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.courier import Courier
from orchestrator_core.courier_settlement import KEY_REMEMBERED, SENDING_FOR
from orchestrator_core.errors import (
    MessageRefusedError,
    MessengerBusyError,
    MessengerError,
    MessengerUnclearError,
)
from orchestrator_core.model import Delivery, DeliveryState, QuotaMode
from tests.core import Core, token
from tests.mail import choose, know_quota, put, send, sent_texts, state_of

TEXTS = ["one", "two", "three"]


async def put_all(core: Core, *texts: str) -> list[Delivery]:
    return [await put(core, text) for text in texts or TEXTS]


async def die_sending(core: Core) -> list[Delivery]:
    """A courier marks what it takes and dies before anything goes out."""
    async with core.store.transaction() as records:
        taker = core.courier("dead")._taker  # noqa: SLF001 - dies between its two steps
        taken = await taker.take(records, core.clock.now(), 9)
    return [part for call in taken.calls for part in call.parts]


async def later(core: Core, pause: timedelta = timedelta(minutes=5)) -> None:
    core.clock.advance(pause)
    await send(core)


async def test_what_waits_in_a_chat_goes_out_in_one_push_under_the_first_s_key() -> None:
    core = Core()
    await put_all(core)
    await put(core, "elsewhere", chat="U2")
    await send(core)

    assert [(call.retry_key, len(call.messages)) for call in core.messenger.sent] == [
        ("key of one", 3),
        ("key of elsewhere", 1),
    ]
    assert sent_texts(core) == [*TEXTS, "elsewhere"]
    assert {one.state for one in await core.deliveries()} == {DeliveryState.SENT}


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("times", [1, 3])
async def test_a_push_of_unknown_fate_is_made_again_of_the_same_parts(
    arrived: bool, times: int
) -> None:
    core = Core()
    core.messenger.fail_next(MessengerUnclearError("?"), count=times, accepts=arrived)
    await put_all(core)
    await send(core)
    await put(core, "new")
    for _ in range(times + 1):
        await later(core)

    calls = [(call.retry_key, len(call.messages)) for call in core.messenger.sent]
    assert calls == [("key of one", 3), ("key of new", 1)]
    assert sent_texts(core) == [*TEXTS, "new"]
    assert {one.state for one in await core.deliveries()} == {DeliveryState.SENT}


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_push_left_by_a_dead_courier_is_made_again_as_it_was(arrived: bool) -> None:
    core = Core()
    await put_all(core)
    left = await die_sending(core)
    if arrived:
        messages = [message for part in left for message in part.messages]
        await core.messenger.push("U1", messages, retry_key=left[0].retry_key)
    await put(core, "new")
    for _ in range(3):
        await later(core, SENDING_FOR)

    assert sent_texts(core) == [*TEXTS, "new"]
    assert [call.retry_key for call in core.messenger.sent] == ["key of one", "key of new"]


async def test_a_reply_left_by_a_dead_courier_is_unconfirmed_in_all_its_parts() -> None:
    core = Core()
    await choose(core, QuotaMode.FRUGAL)
    await put(core, "waiting")
    await send(core)
    await put(core, "answer", reply_token=token(core))
    left = await die_sending(core)
    await core.courier().recover(alone=True)
    await later(core)

    assert len(left) == 2
    assert {one.state for one in await core.deliveries()} == {DeliveryState.UNCONFIRMED}
    assert core.messenger.sent == []


async def test_what_was_marked_before_the_database_lost_it_is_as_it_was() -> None:
    core = Core()
    before = await put_all(core)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the act is the transaction
        async with core.store.transaction() as records:
            await core.courier()._taker.take(records, core.clock.now(), 9)  # noqa: SLF001
            raise ZeroDivisionError

    assert await core.deliveries() == before


async def test_of_a_refused_push_each_part_is_tried_alone_and_one_is_dead() -> None:
    core = Core()
    core.messenger.fail_next(MessageRefusedError("400"), count=2)
    await put_all(core)
    for _ in range(4):
        await send(core)

    states = [one.state for one in await core.deliveries()]
    assert states == [DeliveryState.DEAD, DeliveryState.SENT, DeliveryState.SENT]
    assert [call.retry_key for call in core.messenger.sent] == ["key of two", "key of three"]


async def test_what_was_refused_in_company_is_fetched_alone() -> None:
    """Else one that is always refused would keep the others from ever being fetched."""
    core = Core()
    await choose(core, QuotaMode.FRUGAL)
    await put_all(core, "bad", "good")
    await send(core)
    await send(core)
    core.messenger.fail_next(MessageRefusedError("400"))
    await put(core, "next", reply_token=token(core))
    # Together, and then each by itself.
    for _ in range(4):
        await send(core)
    kept = await core.deliveries(DeliveryState.INBOX)
    await put(core, "more", reply_token=token(core, "more"))
    await send(core)

    assert [one.packed_with for one in kept] == [one.id for one in kept]
    assert len(kept) == 3
    assert sent_texts(core) == ["more"]


async def test_once_its_key_is_forgotten_no_part_of_a_push_is_said_again() -> None:
    core = Core()
    core.messenger.fail_next(MessengerUnclearError("cut"), accepts=True)
    await put_all(core)
    await send(core)
    await later(core, KEY_REMEMBERED)

    assert {one.state for one in await core.deliveries()} == {DeliveryState.UNCONFIRMED}
    assert len(core.messenger.sent) == 1


async def test_the_rest_of_a_push_whose_first_is_gone_is_not_said_again_under_another_key() -> (
    None
):
    core = Core()
    core.messenger.fail_next(MessengerUnclearError("cut"), accepts=True)
    first, *rest = await put_all(core)
    await send(core)
    async with core.store.transaction() as records:
        gone = await records.deliveries.lock(first.id)
        await records.deliveries.save(replace(gone, state=DeliveryState.DEAD))
    for _ in rest:
        await later(core)

    assert [await state_of(core, one) for one in rest] == [DeliveryState.UNCONFIRMED] * 2
    assert len(core.messenger.sent) == 1


@pytest.mark.parametrize(
    ("error", "rounds"), [(MessengerBusyError("429"), 4), (MessengerUnclearError("?"), 1)]
)
async def test_a_failed_reply_s_parts_stay_together(error: MessengerError, rounds: int) -> None:
    core = Core()
    await choose(core, QuotaMode.FRUGAL)
    await put(core, "waiting")
    await send(core)
    core.messenger.fail_next(error)
    await put(core, "answer", reply_token=token(core))
    for _ in range(rounds):
        await later(core, timedelta(seconds=2))
    said = sent_texts(core)

    is_busy = isinstance(error, MessengerBusyError)
    assert said == (["waiting", "answer"] if is_busy else [])
    expected = DeliveryState.SENT if is_busy else DeliveryState.UNCONFIRMED
    assert {one.state for one in await core.deliveries()} == {expected}


async def test_a_late_answer_of_the_channel_counts_for_every_part() -> None:
    core = Core()
    await know_quota(core, limit=None)
    await put_all(core)
    first: Courier = core.courier("first")
    async with core.store.transaction() as records:
        [call] = (await first._taker.take(records, core.clock.now(), 9)).calls  # noqa: SLF001
    core.clock.advance(SENDING_FOR)
    await core.courier("second").recover(alone=False)
    stored = await first._outcomes.succeeded(call, ["a", "b", "c"])  # noqa: SLF001

    assert [one.id for one in stored] == [one.id for one in call.parts]
    assert {one.state for one in await core.deliveries()} == {DeliveryState.SENT}
