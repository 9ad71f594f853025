"""What every Deliveries promises to couriers: each is taken once, and each chat in its order."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.model import Delivery, DeliveryState, NewDelivery
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON
from tests.samples import a_delivery

SECOND = timedelta(seconds=1)
UNTIL = NOON + 60 * SECOND


async def _add(store: Store, *deliveries: NewDelivery) -> list[Delivery]:
    async with store.transaction() as records:
        return [await records.deliveries.add(delivery) for delivery in deliveries]


async def _save(store: Store, delivery: Delivery) -> None:
    async with store.transaction() as records:
        await records.deliveries.save(delivery)


async def _take(store: Store, *, sender: str = "me", limit: int = 100) -> list[Delivery]:
    async with store.transaction() as records:
        return await records.deliveries.take(NOON, sender=sender, until=UNTIL, limit=limit)


async def _taken(store: Store, *, limit: int = 100) -> list[int]:
    return [delivery.id for delivery in await _take(store, limit=limit)]


async def _lost(store: Store, *, limit: int = 100, every: bool = False) -> list[int]:
    async with store.transaction() as records:
        lost = await records.deliveries.lost(None if every else NOON, limit)
        return [delivery.id for delivery in lost]


async def _has_work(store: Store) -> bool:
    async with store.read() as records:
        return await records.deliveries.has_work(NOON)


async def test_what_is_taken_is_being_sent_by_its_taker(store: Store) -> None:
    (delivery,) = await _add(store, a_delivery())
    taken = await _take(store, sender="host:1:a")

    expected = replace(
        delivery,
        state=DeliveryState.SENDING,
        sender="host:1:a",
        sending_until=UNTIL,
        attempts=1,
    )
    assert taken == [expected]
    async with store.transaction() as records:
        assert await records.deliveries.lock(delivery.id) == expected


async def test_of_each_chat_the_oldest_is_taken(store: Store) -> None:
    added = await _add(store, *(a_delivery(chat) for chat in ("A", "B", "A", "C", "B")))

    assert await _taken(store) == [added[0].id, added[1].id, added[3].id]


async def test_while_one_of_a_chat_is_being_sent_none_other_is_taken(store: Store) -> None:
    _, second, other = await _add(store, a_delivery(), a_delivery(), a_delivery("B"))
    await _save(store, replace(second, state=DeliveryState.SENDING, sending_until=UNTIL))

    assert await _taken(store) == [other.id]
    assert not await _has_work(store)


@pytest.mark.parametrize(
    "state",
    [
        DeliveryState.SENT,
        DeliveryState.HELD,
        DeliveryState.UNCONFIRMED,
        DeliveryState.DEAD,
        DeliveryState.RESENT,
    ],
)
async def test_one_that_is_over_or_waits_for_quota_holds_nobody_up(
    store: Store, state: DeliveryState
) -> None:
    first, second = await _add(store, a_delivery(), a_delivery())
    await _save(store, replace(first, state=state))

    assert await _taken(store) == [second.id]


async def test_later_ones_do_not_overtake_one_that_is_not_due(store: Store) -> None:
    first, _, other = await _add(store, a_delivery("A"), a_delivery("A"), a_delivery("B"))
    await _save(store, replace(first, due_at=NOON + SECOND))

    assert await _taken(store) == [other.id]


@pytest.mark.parametrize(
    ("due_in", "given"),
    [
        (timedelta(microseconds=-1), True),
        (timedelta(0), True),
        (timedelta(microseconds=1), False),
        (timedelta(milliseconds=1), False),
    ],
)
async def test_due_means_to_the_microsecond(store: Store, due_in: timedelta, given: bool) -> None:
    (delivery,) = await _add(store, a_delivery())
    await _save(store, replace(delivery, due_at=NOON + due_in))

    assert await _has_work(store) is given
    assert await _taken(store) == ([delivery.id] if given else [])


async def test_no_more_are_taken_than_asked_for(store: Store) -> None:
    added = await _add(store, *(a_delivery(f"chat-{n}") for n in range(5)))

    assert await _taken(store, limit=2) == [added[0].id, added[1].id]


async def test_what_was_taken_in_a_transaction_that_failed_is_there_for_others(
    store: Store,
) -> None:
    (delivery,) = await _add(store, a_delivery())
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the act is the transaction
        async with store.transaction() as records:
            await records.deliveries.take(NOON, sender="me", until=UNTIL, limit=9)
            raise ZeroDivisionError

    [taken] = await _take(store)
    assert (taken.id, taken.attempts) == (delivery.id, 1)


@pytest.mark.parametrize(
    ("left", "lost"),
    [(SECOND, False), (timedelta(microseconds=1), False), (timedelta(0), True), (-SECOND, True)],
)
async def test_one_whose_time_has_passed_is_lost(
    store: Store, left: timedelta, lost: bool
) -> None:
    (delivery,) = await _add(store, a_delivery())
    sending = replace(delivery, state=DeliveryState.SENDING, sending_until=NOON + left)
    await _save(store, sending)

    assert await _has_work(store) is lost
    assert await _lost(store) == ([delivery.id] if lost else [])
    assert await _lost(store, every=True) == [delivery.id]


async def test_one_being_sent_without_a_time_is_lost(store: Store) -> None:
    first, second, _ = await _add(store, *(a_delivery(chat) for chat in "ABC"))
    for one in (first, second):
        await _save(store, replace(one, state=DeliveryState.SENDING))

    assert await _lost(store) == [first.id, second.id]
    assert await _lost(store, limit=1) == [first.id]


async def test_its_sender_may_settle_it_once(store: Store) -> None:
    await _add(store, a_delivery())
    [taken] = await _take(store)
    sent = replace(taken, state=DeliveryState.SENT, sent_at=NOON, sender=None, sending_until=None)
    async with store.transaction() as records:
        first = await records.deliveries.save_if_held(sent, by="me")
        again = await records.deliveries.save_if_held(
            replace(sent, state=DeliveryState.DEAD), by="me"
        )

    assert (first, again) == (True, False)
    async with store.transaction() as records:
        assert await records.deliveries.lock(taken.id) == sent


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"sender": "other"},
        {"attempts": 2},
        {"state": DeliveryState.PENDING},
        {"state": DeliveryState.UNCONFIRMED},
    ],
)
async def test_a_late_sender_changes_nothing(store: Store, meanwhile: dict[str, object]) -> None:
    await _add(store, a_delivery())
    [taken] = await _take(store)
    now = replace(taken, **meanwhile)  # type: ignore[arg-type]
    await _save(store, now)
    async with store.transaction() as records:
        late = replace(taken, state=DeliveryState.DEAD)
        saved = await records.deliveries.save_if_held(late, by="me")

    assert saved is False
    async with store.transaction() as records:
        assert await records.deliveries.lock(taken.id) == now


async def test_of_many_couriers_at_once_each_delivery_goes_to_one_and_in_order(
    store: Store,
) -> None:
    chats = [f"chat-{n}" for n in range(6)]
    added = await _add(store, *(a_delivery(chat) for _ in range(5) for chat in chats))
    order: dict[str, list[int]] = defaultdict(list)
    under_way: set[str] = set()

    async def send(taken: Delivery, courier: str) -> None:
        assert taken.chat_id not in under_way
        under_way.add(taken.chat_id)
        order[taken.chat_id].append(taken.id)
        await asyncio.sleep(0)
        under_way.remove(taken.chat_id)
        async with store.transaction() as records:
            sent = replace(taken, state=DeliveryState.SENT)
            assert await records.deliveries.save_if_held(sent, by=courier)

    async def work(courier: str) -> None:
        while sum(map(len, order.values())) < len(added):
            for one in await _take(store, sender=courier, limit=2):
                await send(one, courier)

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(f"courier-{n}") for n in range(6)))

    assert order == {chat: [one.id for one in added if one.chat_id == chat] for chat in chats}
    assert not await _has_work(store)


async def test_of_many_who_find_lost_ones_each_settles_others(store: Store) -> None:
    added = await _add(store, *(a_delivery(f"chat-{n}") for n in range(12)))
    for one in added:
        await _save(store, replace(one, state=DeliveryState.SENDING))
    settled: list[int] = []

    async def settle() -> None:
        async with store.transaction() as records:
            lost = await records.deliveries.lost(NOON, 5)
            for one in lost:
                await records.deliveries.save(replace(one, state=DeliveryState.PENDING))
        settled.extend(one.id for one in lost)

    while await _lost(store):
        await asyncio.gather(*(settle() for _ in range(4)))
    assert sorted(settled) == [one.id for one in added]
