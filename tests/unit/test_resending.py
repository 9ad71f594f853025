"""What may not have arrived is offered with the next message and sent again by a tap, once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from orchestrator_core.errors import ConflictError, NotFoundError, PersonError
from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.messages import Button, Card, DeliveryTap, Message, Say
from orchestrator_core.model import (
    Chat,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Language,
    Origin,
)
from orchestrator_core.resending import Resent, resend
from tests.core import Core, token
from tests.mail import mark, put, send, state_of
from tests.people import GROUP, HOME, OTHER_OWNER, OWNER, STRANGER, at_home


async def unconfirmed(core: Core, text: str = "answer", chat: Chat = HOME) -> Delivery:
    delivery = await put(core, text, chat=chat.id)
    await mark(core, delivery, DeliveryState.UNCONFIRMED)
    return delivery


async def say(core: Core, text: str, to: Origin | None = None) -> list[Message]:
    """Put a message into the outbox; what was said with it, in order."""
    before = len(core.renderer.shown)
    async with core.store.transaction() as records:
        await core.outbox.put(records, [Say(text=text)], to=to or at_home(), now=core.clock.now())
    return core.renderer.shown[before:]


def tap_of(said: list[Message]) -> DeliveryTap:
    [button] = said[0].buttons
    assert isinstance(button.tap, DeliveryTap)
    return button.tap


async def tap(core: Core, carried: DeliveryTap, chat: Chat = HOME) -> None:
    tapped = ButtonTapped(
        chat=chat, person_id=OWNER, reply_token=token(core, "of the tap"), tap=carried
    )
    assert await core.answers(tapped) == []


async def offered(core: Core) -> tuple[Delivery, DeliveryTap]:
    await core.know()
    delivery = await unconfirmed(core)
    return delivery, tap_of(await say(core, "next"))


async def test_the_next_message_brings_the_offer_on_a_card_before_it() -> None:
    core = Core()
    await core.know()
    await unconfirmed(core)
    notice, message = await say(core, "next")

    assert isinstance(notice, Card)
    assert notice.summary == "An earlier answer may not have reached you."
    assert [button.label for button in notice.buttons] == ["Send it again"]
    assert message == Say(text="next")
    assert (await core.deliveries())[0].offered_at == core.clock.now()


async def test_it_is_offered_once_and_for_several_together() -> None:
    core = Core()
    await core.know(language=Language.JAPANESE)
    for text in ("one", "two"):
        await unconfirmed(core, text)
    first = await say(core, "next")
    again = await say(core, "later")

    assert [type(message) for message in first] == [Card, Say]
    assert isinstance(first[0], Card)
    assert first[0].summary == "前の返事2件が届いていないかもしれません。"
    assert again == [Say(text="later")]


async def test_it_is_offered_in_its_own_chat_and_to_owners_only() -> None:
    core = Core()
    await core.know()
    await unconfirmed(core, chat=GROUP)
    elsewhere = await say(core, "hello")
    to_a_stranger = await say(core, "hello", Origin(chat=GROUP, person_id=STRANGER))
    to_the_owner = await say(core, "hello", Origin(chat=GROUP, person_id=OWNER))

    assert elsewhere == to_a_stranger == [Say(text="hello")]
    assert [type(message) for message in to_the_owner] == [Card, Say]


@pytest.mark.parametrize("state", [one for one in DeliveryState if one != "unconfirmed"])
async def test_nothing_else_is_offered(state: DeliveryState) -> None:
    core = Core()
    await core.know()
    await mark(core, await put(core, "old", chat=HOME.id), state)

    assert await say(core, "next") == [Say(text="next")]


async def test_a_tap_sends_it_again_for_free() -> None:
    core = Core()
    delivery, carried = await offered(core)
    # The message that brought the offer.
    await send(core)
    await tap(core, carried)
    await send(core)

    call = core.messenger.sent[-1]
    assert (call.reply_token, call.messages) == ("of the tap", delivery.messages)
    assert await state_of(core, delivery) is DeliveryState.RESENT
    [entry] = core.store.audit_entries
    assert (entry.actor, entry.action) == (OWNER, "delivery.resend")


async def test_several_come_in_order_in_one_free_call() -> None:
    core = Core()
    await core.know()
    for text in ("one", "two", "three"):
        await unconfirmed(core, text)
    carried = tap_of(await say(core, "next"))
    await send(core)
    await tap(core, carried)
    await send(core)

    [call] = core.messenger.sent[1:]
    assert [message["text"] for message in call.messages] == ["one", "two", "three"]
    assert call.reply_token == "of the tap"


async def test_one_lost_after_the_offer_is_not_sent_by_its_button() -> None:
    core = Core()
    _, carried = await offered(core)
    later = await unconfirmed(core, "lost later")
    await tap(core, carried)

    assert await state_of(core, later) is DeliveryState.UNCONFIRMED


async def refused(core: Core, carried: DeliveryTap, chat: Chat = HOME) -> str:
    before = await core.deliveries()
    with pytest.raises(PersonError) as error:
        await tap(core, carried, chat)
    assert await core.deliveries() == before
    return error.value.key


async def test_a_second_tap_is_told_that_it_was_done() -> None:
    core = Core()
    _, carried = await offered(core)
    await tap(core, carried)

    assert await refused(core, carried) == "earlier.sent_again"


async def test_a_tap_on_what_did_arrive_is_told_so() -> None:
    core = Core()
    delivery, carried = await offered(core)
    await mark(core, delivery, DeliveryState.SENT)

    assert await refused(core, carried) == "earlier.arrived"


async def test_a_tap_on_what_is_no_longer_there_or_another_s_is_told_so() -> None:
    core = Core()
    _, carried = await offered(core)
    others = [replace(carried, delivery_id=99), replace(carried, nonce="of-another-database")]

    assert [await refused(core, one) for one in others] == ["earlier.gone"] * 2
    assert await refused(core, carried, GROUP) == "earlier.gone"


async def test_the_button_is_its_person_s_own() -> None:
    """Whoever the renderer makes it for; the group's own next message brings it."""
    core = Core(owners=frozenset({OWNER, OTHER_OWNER}))
    await core.know(OTHER_OWNER)
    lost = await unconfirmed(core, chat=GROUP)
    await say(core, "next", Origin(chat=GROUP, person_id=OTHER_OWNER))

    [brought] = await core.deliveries(DeliveryState.PENDING)
    carried = f"again {lost.id} {lost.retry_key} by {OTHER_OWNER} in {GROUP.id}"
    assert brought.messages[0]["buttons"] == {"Send it again": carried}


@dataclass(slots=True)
class Desk:
    """The operator's."""

    core: Core

    async def resend(self, delivery_id: int) -> Resent:
        async with self.core.store.transaction() as records:
            return await resend(records, delivery_id, actor="api", now=self.core.clock.now())


@pytest.mark.parametrize("state", [DeliveryState.DEAD, DeliveryState.UNCONFIRMED])
async def test_what_was_given_up_goes_out_under_another_key(state: DeliveryState) -> None:
    core = Core()
    delivery = await put(core, "hi")
    await mark(core, replace(delivery, attempts=7, last_error="left"), state)
    core.clock.advance(timedelta(days=9))
    again = await Desk(core).resend(delivery.id)
    await send(core)

    [call] = core.messenger.sent
    assert call.retry_key == again.delivery.retry_key != delivery.retry_key
    assert (call.messages, again.is_new) == (delivery.messages, True)
    assert await state_of(core, delivery) is DeliveryState.RESENT
    assert await state_of(core, again.delivery) is DeliveryState.SENT


async def test_asked_twice_it_is_sent_once() -> None:
    core = Core()
    delivery = await put(core, "hi")
    await mark(core, delivery, DeliveryState.DEAD)
    results = await asyncio.gather(*(Desk(core).resend(delivery.id) for _ in range(3)))

    assert sorted(one.is_new for one in results) == [False, False, True]
    assert len({one.delivery.id for one in results}) == 1
    assert len(await core.deliveries()) == 2


async def test_what_was_sent_again_and_died_again_is_sent_once_more() -> None:
    core = Core()
    delivery = await put(core, "hi")
    keys = {delivery.retry_key}
    for _ in range(3):
        await mark(core, delivery, DeliveryState.DEAD)
        delivery = (await Desk(core).resend(delivery.id)).delivery
        keys.add(delivery.retry_key)

    assert len(keys) == 4


@pytest.mark.parametrize(
    "state",
    [DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.HELD],
)
async def test_what_is_not_given_up_is_not_sent_again(state: DeliveryState) -> None:
    core = Core()
    delivery = await put(core, "hi")
    await mark(core, delivery, state)

    with pytest.raises(ConflictError, match=state):
        await Desk(core).resend(delivery.id)


async def test_what_is_not_there_is_not_sent_again() -> None:
    with pytest.raises(NotFoundError):
        await Desk(Core()).resend(99)


async def test_a_button_carries_its_tap_and_no_command() -> None:
    core = Core()
    delivery, carried = await offered(core)

    assert carried == DeliveryTap(delivery_id=delivery.id, nonce=delivery.retry_key)
    button = core.renderer.shown[0].buttons[0]
    assert button == Button(label="Send it again", tap=carried)


async def test_what_is_sent_again_is_of_the_kind_it_was() -> None:
    core = Core()
    delivery = await put(core, "an alert", kind=DeliveryKind.ALERT)
    await mark(core, delivery, DeliveryState.DEAD)
    async with core.store.transaction() as records:
        again = await resend(records, delivery.id, actor="owner", now=core.clock.now())

    assert again.delivery.kind is DeliveryKind.ALERT
