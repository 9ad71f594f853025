"""What every Deliveries promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import Delivery, DeliveryState, NewDelivery, ReplyToken
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON
from tests.samples import a_delivery

SECOND = timedelta(seconds=1)


async def _add(store: Store, *deliveries: NewDelivery) -> list[Delivery]:
    async with store.transaction() as records:
        return [await records.deliveries.add(delivery) for delivery in deliveries]


async def _save(store: Store, delivery: Delivery) -> None:
    async with store.transaction() as records:
        await records.deliveries.save(delivery)


async def _heads(store: Store, *, limit: int = 100) -> list[int]:
    async with store.read() as records:
        return [delivery.id for delivery in await records.deliveries.heads(NOON, limit)]


async def test_a_new_delivery_is_pending_and_due_at_once(store: Store) -> None:
    new = replace(
        a_delivery(text="水 \ud83d"),
        reply_token=ReplyToken(value="t", expires_at=NOON + SECOND),
        turn_id=7,
    )
    (delivery,) = await _add(store, new)

    async with store.transaction() as records:
        assert await records.deliveries.lock(delivery.id) == delivery
        assert await records.deliveries.heads(NOON, 10) == [delivery]
    assert delivery == Delivery(
        id=delivery.id,
        chat_id="U1",
        messages=new.messages,
        retry_key=new.retry_key,
        created_at=NOON,
        reply_token=new.reply_token,
        turn_id=7,
        state=DeliveryState.PENDING,
        due_at=NOON,
    )


async def test_the_head_of_each_chat_is_its_oldest(store: Store) -> None:
    added = await _add(store, *(a_delivery(chat) for chat in ("A", "B", "A", "C", "B")))

    assert await _heads(store) == [added[0].id, added[1].id, added[3].id]


async def test_one_being_sent_is_still_the_head(store: Store) -> None:
    first, _ = await _add(store, a_delivery(), a_delivery())
    await _save(store, replace(first, state=DeliveryState.SENDING))

    assert await _heads(store) == [first.id]


@pytest.mark.parametrize(
    "state",
    [
        DeliveryState.SENT,
        DeliveryState.HELD,
        DeliveryState.UNCONFIRMED,
        DeliveryState.DEAD,
    ],
)
async def test_one_that_is_over_or_waits_for_quota_holds_nobody_up(
    store: Store, state: DeliveryState
) -> None:
    first, second = await _add(store, a_delivery(), a_delivery())
    await _save(store, replace(first, state=state))

    assert await _heads(store) == [second.id]


async def test_later_ones_do_not_overtake_a_head_that_is_not_due(store: Store) -> None:
    first, _, other = await _add(store, a_delivery("A"), a_delivery("A"), a_delivery("B"))
    await _save(store, replace(first, due_at=NOON + SECOND))

    assert await _heads(store) == [other.id]


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

    assert await _heads(store) == ([delivery.id] if given else [])


async def test_no_more_heads_are_given_than_asked_for(store: Store) -> None:
    added = await _add(store, *(a_delivery(f"chat-{n}") for n in range(5)))

    assert await _heads(store, limit=2) == [added[0].id, added[1].id]


async def test_everything_that_changes_is_saved(store: Store) -> None:
    (delivery,) = await _add(store, a_delivery())
    changed = replace(
        delivery,
        reply_token=ReplyToken(value="t", expires_at=NOON + SECOND),
        state=DeliveryState.DEAD,
        attempts=4,
        due_at=NOON + SECOND,
        sent_at=NOON - SECOND,
        last_error="400 \u65e5",
    )
    await _save(store, changed)

    async with store.transaction() as records:
        assert await records.deliveries.lock(delivery.id) == changed


async def test_what_it_was_added_with_stays(store: Store) -> None:
    (delivery,) = await _add(store, a_delivery())
    other = replace(
        delivery,
        chat_id="U2",
        messages=({"type": "text", "text": "another"},),
        retry_key="another",
        created_at=NOON + SECOND,
        turn_id=9,
    )
    await _save(store, other)

    async with store.transaction() as records:
        assert await records.deliveries.lock(delivery.id) == delivery


async def test_those_in_given_states_come_oldest_first(store: Store) -> None:
    added = await _add(store, *(a_delivery() for _ in range(5)))
    await _save(store, replace(added[1], state=DeliveryState.HELD))
    await _save(store, replace(added[3], state=DeliveryState.DEAD))
    states = [DeliveryState.PENDING, DeliveryState.HELD]

    async with store.read() as records:
        found = await records.deliveries.in_states(states, 3)
        none = await records.deliveries.in_states([DeliveryState.SENT], 3)
    assert [delivery.id for delivery in found] == [added[0].id, added[1].id, added[2].id]
    assert none == []


async def test_an_unknown_delivery_cannot_be_locked(store: Store) -> None:
    async with store.transaction() as records:
        with pytest.raises(NotFoundError):
            await records.deliveries.lock(99)
