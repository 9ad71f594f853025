"""Messages of which nobody knows whether they arrived, and dead letters: offered, and sent again.

What is sent again is a delivery of its own. Its retry key follows from the first one's, so that
even two at once cannot send it twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from orchestrator_core.errors import ConflictError, NotFoundError, PersonError
from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.messages import Button, Card, DeliveryTap
from orchestrator_core.model import (
    AuditAction,
    AuditEntry,
    Delivery,
    DeliveryState,
    Language,
    NewDelivery,
    Person,
    ReplyToken,
)
from orchestrator_core.ports import Records, Topic
from orchestrator_core.texts import texts_in

#: What may be sent again: nothing else will be done about these.
RESENDABLE = (DeliveryState.DEAD, DeliveryState.UNCONFIRMED)
#: Fixed for ever: the second key must come out the same on every machine.
_AGAIN = uuid.UUID("5d0f4f0e-52a5-4d5b-9a5e-6f1f6a0b8c11")


class Resent(NamedTuple):
    #: What was put into the outbox for it.
    delivery: Delivery
    #: False when that was done before.
    is_new: bool


async def resend(records: Records, delivery_id: int, *, actor: str, now: datetime) -> Resent:
    """Send a dead or unconfirmed one again. A second call changes nothing.

    Raises NotFoundError; ConflictError when it is neither.
    """
    delivery = await records.deliveries.lock(delivery_id)
    if delivery.state is DeliveryState.RESENT:
        again = await records.deliveries.by_key(_key_after(delivery.retry_key))
        return Resent(again or delivery, is_new=False)
    if delivery.state not in RESENDABLE:
        raise ConflictError(
            f"only a dead or unconfirmed delivery is sent again; this one is {delivery.state}"
        )
    return Resent(await _send_again(records, delivery, None, actor, now), is_new=True)


async def resend_tapped(
    records: Records, tapped: ButtonTapped, tap: DeliveryTap, person: Person, *, now: datetime
) -> None:
    """Send again all that was offered with this button; the tap's reply token makes the first
    one free. Raises PersonError when there is nothing to do, saying why."""
    try:
        named = await records.deliveries.lock(tap.delivery_id)
    except NotFoundError:
        raise PersonError("earlier.gone") from None
    if named.retry_key != tap.nonce or named.chat_id != tapped.chat.id:
        # A number alone may come again in another database.
        raise PersonError("earlier.gone")
    if named.state is DeliveryState.SENT:
        raise PersonError("earlier.arrived")
    if named.state is not DeliveryState.UNCONFIRMED or named.offered_at is None:
        raise PersonError("earlier.sent_again")
    token = tapped.reply_token
    for delivery in await records.deliveries.offered(named.chat_id, named.offered_at):
        await _send_again(records, delivery, token, person.id, now)
        token = None


def notice(offered: Sequence[Delivery], language: Language) -> Card:
    """Says that these may not have arrived. Its button is its own: one below the text would
    vanish under the next message."""
    say = texts_in(language)
    first = offered[0]
    return Card(
        title=say("earlier.title"),
        summary=say.count("earlier.summary", len(offered)),
        text=say.count("earlier.text", len(offered)),
        buttons=(
            Button(
                label=say("button.send_again"),
                tap=DeliveryTap(delivery_id=first.id, nonce=first.retry_key),
            ),
        ),
    )


async def _send_again(
    records: Records, delivery: Delivery, token: ReplyToken | None, actor: str, now: datetime
) -> Delivery:
    again = await records.deliveries.add(
        NewDelivery(
            chat_id=delivery.chat_id,
            messages=delivery.messages,
            retry_key=_key_after(delivery.retry_key),
            created_at=now,
            reply_token=token,
            turn_id=delivery.turn_id,
            kind=delivery.kind,
        )
    )
    await records.deliveries.save(replace(delivery, state=DeliveryState.RESENT))
    detail = {"delivery_id": delivery.id, "again": again.id}
    await records.audit.add(
        AuditEntry(actor=actor, action=AuditAction.DELIVERY_RESEND, detail=detail, created_at=now)
    )
    records.wake(Topic.DELIVERIES)
    return again


def _key_after(retry_key: str) -> str:
    return str(uuid.uuid5(_AGAIN, retry_key))
