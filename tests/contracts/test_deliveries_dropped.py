"""What every Deliveries promises about mail that is not to go out any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.model import DeliveryState, ReplyToken
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON
from tests.samples import a_delivery

LATER = NOON + timedelta(seconds=20)
TOKEN = ReplyToken(value="t", expires_at=LATER)


@pytest.mark.parametrize("state", [DeliveryState.PENDING, DeliveryState.HELD, DeliveryState.INBOX])
async def test_what_waits_is_dead_and_no_courier_takes_it(
    store: Store, state: DeliveryState
) -> None:
    async with store.transaction() as records:
        waiting = await records.deliveries.add(replace(a_delivery(), reply_token=TOKEN))
        await records.deliveries.save(replace(waiting, state=state))
        dropped = await records.deliveries.drop(waiting.chat_id, why="revoked")
        released = await records.deliveries.release_held(LATER)
        taken = await records.deliveries.take(LATER, sender="me", until=LATER, limit=9)
        dead = await records.deliveries.lock(waiting.id)

    assert (dropped, released, taken) == (1, 0, [])
    assert (dead.state, dead.last_error, dead.reply_token) == (
        DeliveryState.DEAD,
        "revoked",
        None,
    )


async def test_of_what_is_being_sent_a_failure_is_not_tried_again(store: Store) -> None:
    async with store.transaction() as records:
        await records.deliveries.add(a_delivery())
        [taken] = await records.deliveries.take(NOON, sender="me", until=LATER, limit=9)
        await records.deliveries.drop(taken.chat_id, why="revoked")
        again = replace(taken, state=DeliveryState.PENDING, sender=None, sending_until=None)
        saved = await records.deliveries.save_if_held(again, by="me")
        lost = await records.deliveries.lost(None, 9)

    assert (saved, lost) == (False, [])


async def test_other_chats_and_what_is_over_stay_as_they_are(store: Store) -> None:
    async with store.transaction() as records:
        other = await records.deliveries.add(replace(a_delivery(), chat_id="U2", retry_key="2"))
        mine = await records.deliveries.add(a_delivery())
        sent = replace(mine, state=DeliveryState.SENT, sent_at=NOON)
        await records.deliveries.save(sent)
        dropped = await records.deliveries.drop(mine.chat_id, why="revoked")

        assert dropped == 0
        assert await records.deliveries.lock(other.id) == other
        assert await records.deliveries.lock(mine.id) == sent
