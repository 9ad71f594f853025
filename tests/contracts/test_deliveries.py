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


async def _save(store: Store, *deliveries: Delivery) -> None:
    async with store.transaction() as records:
        for delivery in deliveries:
            await records.deliveries.save(delivery)


async def _read(store: Store, delivery: Delivery) -> Delivery:
    async with store.transaction() as records:
        return await records.deliveries.lock(delivery.id)


async def test_a_new_delivery_is_pending_and_due_at_once(store: Store) -> None:
    new = replace(
        a_delivery(text="水 \ud83d"),
        reply_token=ReplyToken(value="t", expires_at=NOON + SECOND),
        turn_id=7,
    )
    (delivery,) = await _add(store, new)

    assert await _read(store, delivery) == delivery
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


async def test_everything_that_changes_is_saved(store: Store) -> None:
    (delivery,) = await _add(store, a_delivery())
    changed = replace(
        delivery,
        reply_token=ReplyToken(value="t", expires_at=NOON + SECOND),
        state=DeliveryState.DEAD,
        attempts=4,
        pushed_at=NOON - SECOND,
        due_at=NOON + SECOND,
        sent_at=NOON - SECOND,
        last_error="400 \u65e5",
        sender="host:1:a",
        sending_until=NOON + 2 * SECOND,
        offered_at=NOON + 3 * SECOND,
    )
    await _save(store, changed)

    assert await _read(store, delivery) == changed


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

    assert await _read(store, delivery) == delivery


async def test_an_unknown_delivery_cannot_be_locked(store: Store) -> None:
    async with store.transaction() as records:
        with pytest.raises(NotFoundError):
            await records.deliveries.lock(99)


async def test_one_is_found_by_its_key(store: Store) -> None:
    delivery, _ = await _add(store, a_delivery(), a_delivery())

    async with store.read() as records:
        assert await records.deliveries.by_key(delivery.retry_key) == delivery
        assert await records.deliveries.by_key("another") is None


async def test_pages_lead_from_the_newest_of_the_states_to_the_oldest(store: Store) -> None:
    added = await _add(store, *(a_delivery() for _ in range(6)))
    await _save(store, replace(added[1], state=DeliveryState.HELD))
    await _save(store, replace(added[3], state=DeliveryState.DEAD))
    states = [DeliveryState.PENDING, DeliveryState.HELD]

    pages, before = [], None
    async with store.read() as records:
        while page := await records.deliveries.page(states, limit=2, before_id=before):
            pages.append([delivery.id for delivery in page])
            before = pages[-1][-1]
        none = await records.deliveries.page([DeliveryState.SENT], limit=3)
    assert pages == [[added[n].id for n in numbers] for numbers in ((5, 4), (2, 1), (0,))]
    assert none == []


async def test_the_held_ones_that_are_due_become_pending(store: Store) -> None:
    added = await _add(store, *(a_delivery() for _ in range(4)))
    held = [replace(one, state=DeliveryState.HELD) for one in added[:3]]
    await _save(store, *held[:2], replace(held[2], due_at=NOON + SECOND))
    async with store.transaction() as records:
        released = await records.deliveries.release_held(NOON)

    states = [(await _read(store, one)).state for one in added]
    assert released == 2
    assert states == [
        *(DeliveryState.PENDING, DeliveryState.PENDING),
        *(DeliveryState.HELD, DeliveryState.PENDING),
    ]


async def test_those_that_wait_come_page_by_page_with_their_times(store: Store) -> None:
    added = await _add(store, *(a_delivery() for _ in range(5)))
    later = [replace(one, due_at=NOON + one.id * SECOND) for one in added[1:]]
    await _save(store, *later, replace(later[1], state=DeliveryState.HELD))

    async with store.read() as records:
        first = await records.deliveries.waiting(NOON, after_id=0, limit=2)
        rest = await records.deliveries.waiting(NOON, after_id=first[-1][0], limit=2)
    expected = [(one.id, one.due_at) for one in (later[0], *later[2:])]
    assert first + rest == expected


async def test_unconfirmed_ones_are_offered_once_and_found_again_by_the_moment(
    store: Store,
) -> None:
    added = await _add(store, *(a_delivery() for _ in range(3)), a_delivery("U2"))
    lost = [replace(one, state=DeliveryState.UNCONFIRMED) for one in added]
    await _save(store, lost[0], lost[2], lost[3])
    moment = NOON + timedelta(microseconds=1)
    async with store.transaction() as records:
        first = await records.deliveries.offer("U1", moment)
        again = await records.deliveries.offer("U1", moment + SECOND)
        found = await records.deliveries.offered("U1", moment)
        others = await records.deliveries.offered("U1", moment + SECOND)

    offered = [replace(one, offered_at=moment) for one in (lost[0], lost[2])]
    assert first == found == offered
    assert (again, others) == ([], [])
    assert (await _read(store, added[3])).offered_at is None


async def test_one_that_was_settled_meanwhile_is_no_longer_offered(store: Store) -> None:
    added = await _add(store, a_delivery(), a_delivery())
    await _save(store, *(replace(one, state=DeliveryState.UNCONFIRMED) for one in added))
    async with store.transaction() as records:
        offered = await records.deliveries.offer("U1", NOON)
        await records.deliveries.save(replace(offered[0], state=DeliveryState.RESENT))
        left = await records.deliveries.offered("U1", NOON)

    assert left == offered[1:]


async def test_what_is_posted_is_as_if_added(store: Store) -> None:
    new = a_delivery()
    async with store.transaction() as records:
        await records.deliveries.post(new)
        posted = await records.deliveries.by_key(new.retry_key)
    assert posted is not None
    [added] = await _add(store, replace(new, retry_key="another"))

    assert posted == replace(added, id=posted.id, retry_key=new.retry_key)
    assert posted.id < added.id


async def test_those_in_a_state_are_counted(store: Store) -> None:
    added = await _add(store, *(a_delivery() for _ in range(3)))
    await _save(store, *(replace(one, state=DeliveryState.DEAD) for one in added[1:]))

    async with store.read() as records:
        counts = [await records.deliveries.count(state) for state in DeliveryState]
    by_state = dict(zip(DeliveryState, counts, strict=True))
    assert by_state.pop(DeliveryState.DEAD) == 2
    assert by_state.pop(DeliveryState.PENDING) == 1
    assert set(by_state.values()) == {0}
