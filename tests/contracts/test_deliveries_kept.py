"""What every Deliveries promises about mail that waits to be fetched, and mail sent together."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.model import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    ReplyToken,
    TurnState,
)
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON
from tests.samples import a_delivery, a_turn, add_session

LATER = NOON + timedelta(hours=1)
TOKEN = ReplyToken(value="token", expires_at=LATER)
PENDING, INBOX, HELD = DeliveryState.PENDING, DeliveryState.INBOX, DeliveryState.HELD


async def add(store: Store, state: DeliveryState = PENDING, **changes: object) -> Delivery:
    async with store.transaction() as records:
        added = await records.deliveries.add(a_delivery("U1"))
        changed: Delivery = replace(added, state=state, **changes)  # type: ignore[arg-type]
        await records.deliveries.save(changed)
    return changed


async def kept(store: Store, chat_id: str = "U1", *, limit: int = 9) -> list[int]:
    async with store.transaction() as records:
        return [one.id for one in await records.deliveries.kept(chat_id, limit=limit)]


async def beside(store: Store, *chats: str) -> dict[str, list[int]]:
    async with store.transaction() as records:
        found = await records.deliveries.beside(chats, NOON)
    return {chat: [one.id for one in those] for chat, those in found.items()}


@pytest.mark.parametrize("kind", DeliveryKind)
async def test_a_delivery_keeps_its_kind_and_what_its_push_was_counted_for(
    store: Store, kind: DeliveryKind
) -> None:
    async with store.transaction() as records:
        added = await records.deliveries.add(replace(a_delivery(), kind=kind))
        await records.deliveries.save(replace(added, packed_with=7, charged=5))
        read = await records.deliveries.lock(added.id)

    assert (added.kind, added.packed_with, added.charged) == (kind, None, 0)
    assert (read.kind, read.packed_with, read.charged) == (kind, 7, 5)


@pytest.mark.parametrize("state", DeliveryState)
async def test_the_inbox_of_a_chat_is_what_was_not_pushed(
    store: Store, state: DeliveryState
) -> None:
    one = await add(store, state)

    assert await kept(store) == ([one.id] if state in {INBOX, HELD} else [])
    assert await kept(store, "U2") == []


async def test_the_inbox_is_read_oldest_first_and_no_further_than_asked(store: Store) -> None:
    those = [await add(store, state) for state in (HELD, INBOX, HELD)]

    assert await kept(store, limit=2) == [those[0].id, those[1].id]


async def test_what_may_have_been_pushed_is_not_in_the_inbox(store: Store) -> None:
    await add(store, HELD, pushed_at=NOON)

    assert await kept(store) == []
    assert await beside(store, "U1") == {}


async def test_beside_a_call_are_those_that_are_due_and_then_those_kept(store: Store) -> None:
    held, inbox = await add(store, HELD), await add(store, INBOX)
    first, second = await add(store), await add(store)
    await add(store, due_at=LATER)
    await add(store, packed_with=first.id)
    await add(store, pushed_at=NOON)
    for state in (DeliveryState.SENT, DeliveryState.SENDING, DeliveryState.DEAD):
        await add(store, state)

    assert await beside(store, "U1", "U2") == {"U1": [first.id, second.id, inbox.id, held.id]}


async def test_each_chat_has_its_own_beside(store: Store) -> None:
    here = await add(store, INBOX)
    async with store.transaction() as records:
        there = await records.deliveries.add(a_delivery("U2"))

    assert await beside(store, "U1", "U2") == {"U1": [here.id], "U2": [there.id]}
    assert await beside(store, "U2") == {"U2": [there.id]}


async def test_the_rest_of_a_push_is_found_by_its_first(store: Store) -> None:
    first = await add(store)
    await add(store, packed_with=first.id)
    first = await add(store, packed_with=first.id)
    rest = [await add(store, packed_with=first.id, due_at=LATER) for _ in range(2)]
    await add(store, DeliveryState.SENT, packed_with=first.id)
    await add(store, packed_with=first.id + 99)
    async with store.transaction() as records:
        found = await records.deliveries.packed_with(first)

    assert found == rest


async def test_what_is_let_go_is_due_again(store: Store) -> None:
    inbox, held = await add(store, INBOX, due_at=LATER), await add(store, HELD, due_at=LATER)
    async with store.transaction() as records:
        counts = [await records.deliveries.let_go(chat, NOON) for chat in ("U2", "U1", "U1")]
        taken = await records.deliveries.take(NOON, sender="me", until=LATER, limit=9)

    assert counts == [0, 1, 0]
    assert [one.id for one in taken] == [inbox.id]
    assert await kept(store) == [held.id]


@pytest.mark.parametrize(
    ("state", "promised"), [(PENDING, True), (DeliveryState.SENT, False), (INBOX, False)]
)
async def test_a_token_is_promised_to_mail_that_waits(
    store: Store, state: DeliveryState, promised: bool
) -> None:
    await add(store, state, reply_token=TOKEN)
    async with store.read() as records:
        here = await records.deliveries.is_promised("U1", TOKEN)
        others = [
            await records.deliveries.is_promised("U2", TOKEN),
            await records.deliveries.is_promised("U1", replace(TOKEN, value="another")),
        ]

    assert (here, others) == (promised, [False, False])


@pytest.mark.parametrize(
    ("state", "promised"),
    [(TurnState.QUEUED, True), (TurnState.RUNNING, True), (TurnState.DONE, False)],
)
async def test_a_token_is_promised_to_a_turn_at_work(
    store: Store, state: TurnState, promised: bool
) -> None:
    async with store.transaction() as records:
        session = await add_session(records)
        turn, _ = await records.turns.enqueue(a_turn(session))
        await records.turns.save(replace(turn, state=state, reply_token=TOKEN))
        found = await records.deliveries.is_promised("U1", TOKEN)

    assert found is promised


async def test_an_answer_is_owed_to_a_chat_whose_inbox_is_not_empty(store: Store) -> None:
    await add(store, INBOX)
    async with store.read() as records:
        found = await records.people.addressees([("U1", "U1"), ("U1", "U2")])

    assert {chat: one.is_owed for (_, chat), one in found.items()} == {"U1": True, "U2": False}


async def test_couriers_and_readers_of_the_inbox_at_once_never_give_one_to_two(
    store: Store,
) -> None:
    """Whoever has locked one settles it; the others see it gone."""
    for _ in range(12):
        await add(store, INBOX)
    taken: list[int] = []

    async def fetch() -> None:
        while True:
            async with store.transaction() as records:
                found = await records.deliveries.kept("U1", limit=2)
                for one in found:
                    await records.deliveries.save(replace(one, state=DeliveryState.SENT))
            taken.extend(one.id for one in found)
            if not found and not await kept(store):
                return

    async with asyncio.timeout(60):
        await asyncio.gather(*(fetch() for _ in range(4)))

    assert len(taken) == len(set(taken)) == 12
