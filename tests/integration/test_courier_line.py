"""The courier against LINE's stand-in: what LINE took is said once, whatever it answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.simulator.line_faults import Fault
from orchestrator_core.courier import Courier
from orchestrator_core.courier_settlement import SENDING_FOR
from orchestrator_core.model import Delivery, DeliveryState, ReplyToken
from tests.contracts.messenger_platforms import ANNA, OverHttp, over_http
from tests.core import Core
from tests.samples import a_delivery

#: For what LINE answers never; else a call of the stand-in takes milliseconds.
TIMEOUT = 0.5


def courier_to(platform: OverHttp, core: Core, me: str = "courier") -> Courier:
    return replace(core.courier(me), messenger=platform.messenger)


async def put(core: Core, text: str, token: str | None = None) -> Delivery:
    expires_at = core.clock.now() + timedelta(seconds=50)
    reply_token = ReplyToken(value=token, expires_at=expires_at) if token else None
    new = replace(a_delivery(ANNA, text=text, now=core.clock.now()), reply_token=reply_token)
    # LINE takes nothing but a UUID.
    key = f"{new.retry_key[:8]}-1111-4111-8111-{new.retry_key[:12]}"
    async with core.store.transaction() as records:
        return await records.deliveries.add(replace(new, retry_key=key))


async def rounds(core: Core, courier: Courier, count: int) -> list[DeliveryState]:
    """The first delivery's state after each of them; each is a minute after the one before."""
    states = []
    for _ in range(count):
        await courier.send_due()
        await courier.settle()
        states.append((await core.deliveries())[0].state)
        core.clock.advance(timedelta(minutes=1))
    return states


def said(platform: OverHttp) -> list[str]:
    return [str(message["text"]) for message in platform.said()]


@pytest.mark.parametrize(
    "fault",
    [
        *(Fault.ACCEPT_THEN_ERROR, Fault.ACCEPT_THEN_HANG, Fault.ACCEPT_THEN_CUT),
        *(Fault.ERROR, Fault.HANG, Fault.RATE_LIMIT),
    ],
)
async def test_a_push_is_tried_until_it_is_known_to_have_arrived_and_said_once(
    fault: Fault,
) -> None:
    core = Core()
    async with over_http(timeout=TIMEOUT) as platform:
        platform.line.faults.order(fault, count=2)
        await put(core, "one")
        await put(core, "two")
        states = await rounds(core, courier_to(platform, core), 4)

        assert states[0] is DeliveryState.PENDING
        assert states[-1] is DeliveryState.SENT
        assert said(platform) == ["one", "two"]


@pytest.mark.parametrize(
    "fault", [Fault.ACCEPT_THEN_ERROR, Fault.ACCEPT_THEN_HANG, Fault.ERROR, Fault.HANG]
)
async def test_an_unclear_reply_is_neither_repeated_nor_pushed_and_holds_nobody_up(
    fault: Fault,
) -> None:
    core = Core()
    async with over_http(timeout=TIMEOUT) as platform:
        token = await platform.token()
        platform.line.faults.order(fault)
        await put(core, "replied", token)
        courier = courier_to(platform, core)
        states = await rounds(core, courier, 1)
        await put(core, "pushed")
        states += await rounds(core, courier, 2)

        assert states == [DeliveryState.UNCONFIRMED] * 3
        assert said(platform) == (["replied"] if fault.accepts else []) + ["pushed"]


async def test_a_push_that_another_courier_had_made_already_is_a_success() -> None:
    """LINE answers 409: the first courier died before it could note that LINE took it."""
    core = Core()
    async with over_http(timeout=TIMEOUT) as platform:
        delivery = await put(core, "hi")
        await platform.messenger.push(ANNA, delivery.messages, retry_key=delivery.retry_key)
        lost = replace(
            delivery,
            state=DeliveryState.SENDING,
            sender="dead",
            attempts=1,
            sending_until=core.clock.now() + SENDING_FOR,
        )
        async with core.store.transaction() as records:
            await records.deliveries.save(lost)
        states = await rounds(core, courier_to(platform, core), 2)

        assert states == [DeliveryState.SENDING, DeliveryState.SENT]
        assert said(platform) == ["hi"]


async def test_the_two_kinds_of_429_are_told_apart() -> None:
    core = Core()
    async with over_http(timeout=TIMEOUT) as platform:
        for fault in (Fault.QUOTA, Fault.RATE_LIMIT):
            platform.line.faults.order(fault)
        await put(core, "over the quota")
        courier = courier_to(platform, core)
        await rounds(core, courier, 1)
        [held] = await core.deliveries()
        await put(core, "too fast")
        await rounds(core, courier, 1)
        pending = await core.deliveries()
        await rounds(core, courier, 1)

        assert (held.state, held.last_error) == (DeliveryState.HELD, "QuotaUsedUpError")
        assert {(one.state, one.last_error) for one in pending} == {
            (DeliveryState.PENDING, "MessengerBusyError")
        }
        assert said(platform) == ["over the quota", "too fast"]


async def test_a_token_that_line_refuses_is_followed_by_a_push() -> None:
    core = Core()
    async with over_http(timeout=TIMEOUT) as platform:
        token = await platform.token()
        courier = courier_to(platform, core)
        for text in ("first", "second"):
            await put(core, text, token)
            await courier.send_due()
            await courier.settle()

        assert said(platform) == ["first", "second"]
        assert [one.reply_token is None for one in await core.deliveries()] == [False, True]
