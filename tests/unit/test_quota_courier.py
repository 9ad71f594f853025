"""The courier and the monthly quota: what is pushed, what waits, and that all of it is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator_core.courier import Courier
from orchestrator_core.courier_settlement import GIVE_UP_AFTER, QUOTA_PAUSE
from orchestrator_core.errors import (
    MessageRefusedError,
    MessengerBusyError,
    MessengerError,
    MessengerUnclearError,
)
from orchestrator_core.model import DeliveryKind, DeliveryState, QuotaMode
from orchestrator_core.quota_alarm import WARNED_PERCENTS
from tests.core import Core, token
from tests.fakes.messenger import FakeMessenger
from tests.mail import choose, know_quota, put, quota_of, send, sent_texts, state_of

APPROVAL = DeliveryKind.APPROVAL


async def round_of(courier: Courier) -> None:
    await courier.send_due()
    await courier.settle()


async def was_warned(core: Core) -> None:
    """The owners have had all of this month's warnings."""
    month = (await quota_of(core)).month
    async with core.store.transaction() as records:
        for mark in WARNED_PERCENTS:
            await records.costs.first_alert(f"quota:{month}", mark)


async def test_a_frugal_chat_s_answer_waits_and_costs_nothing() -> None:
    core = Core()
    await know_quota(core, limit=200)
    await choose(core, QuotaMode.FRUGAL)
    answer = await put(core)
    await send(core)

    assert core.messenger.sent == []
    assert await state_of(core, answer) is DeliveryState.INBOX
    assert (await quota_of(core)).used == 0
    assert core.metrics.times("deliveries", outcome="inbox", method="push") == 1


async def test_a_frugal_chat_is_pushed_approvals_and_alerts_and_what_waits_goes_along() -> None:
    core = Core()
    await know_quota(core, limit=200)
    await choose(core, QuotaMode.FRUGAL)
    await put(core, "answer")
    await send(core)
    await put(core, "approval", kind=APPROVAL)
    await put(core, "alert", kind=DeliveryKind.ALERT)
    await send(core)

    [call] = core.messenger.sent
    assert [message["text"] for message in call.messages] == ["answer", "approval", "alert"]
    assert call.chat_id == "U1"
    assert (await quota_of(core)).used == 1


async def test_what_waits_goes_along_with_the_next_free_reply() -> None:
    core = Core()
    await choose(core, QuotaMode.FRUGAL)
    waiting = await put(core, "answer")
    await send(core)
    await put(core, "next", reply_token=token(core))
    await send(core)

    assert [call.reply_token for call in core.messenger.sent] == ["token"]
    assert sent_texts(core) == ["answer", "next"]
    assert await state_of(core, waiting) is DeliveryState.SENT


async def test_the_reserve_is_for_approvals_and_alerts_to_the_last_push() -> None:
    core = Core(messenger=FakeMessenger(quota_left=2))
    await know_quota(core, limit=20, used=18)
    await was_warned(core)
    await choose(core, QuotaMode.PUSH)
    answer = await put(core, "answer")
    await send(core)
    for number in range(3):
        await put(core, f"approval {number}", chat=f"U{number + 2}", kind=APPROVAL)
        await send(core)

    assert sent_texts(core) == ["approval 0", "approval 1"]
    held = await core.deliveries(DeliveryState.HELD)
    assert [one.messages[0]["text"] for one in held] == ["answer", "approval 2"]
    assert await state_of(core, answer) is DeliveryState.HELD
    assert (await quota_of(core)).left == 0


async def test_an_approval_that_waits_comes_with_any_reply_or_when_there_is_quota_again() -> None:
    core = Core()
    await know_quota(core, limit=20, used=20)
    await put(core, "approval", kind=APPROVAL)
    await put(core, "another", kind=APPROVAL, chat="U2")
    await send(core)
    await put(core, "hi", reply_token=token(core))
    await send(core)
    replied = sent_texts(core)
    await know_quota(core, limit=50, used=20)
    core.clock.advance(QUOTA_PAUSE)
    await core.courier().sweep()
    await send(core)

    assert replied == ["approval", "hi"]
    assert sent_texts(core) == ["approval", "hi", "another"]


async def test_what_waited_for_quota_for_days_is_no_longer_pushed() -> None:
    core = Core()
    await know_quota(core, limit=20, used=20)
    waiting = await put(core, kind=APPROVAL)
    await send(core)
    await know_quota(core, limit=50, used=20)
    core.clock.advance(GIVE_UP_AFTER)
    await core.courier().sweep()
    await send(core)

    assert core.messenger.sent == []
    assert await state_of(core, waiting) is DeliveryState.INBOX


async def test_an_automatic_chat_is_pushed_to_while_there_is_plenty() -> None:
    core = Core()
    await know_quota(core, limit=100, used=69)
    for chat in ("U1", "U2", "U3"):
        await put(core, f"to {chat}", chat=chat)
        await send(core)

    assert sent_texts(core) == ["to U1", "to U2"]
    assert [one.chat_id for one in await core.deliveries(DeliveryState.INBOX)] == ["U3"]


async def test_a_push_to_a_group_counts_for_each_of_its_members_who_are_counted_once() -> None:
    core = Core(messenger=FakeMessenger(groups={"C1": 5}))
    await know_quota(core, limit=200)
    courier = core.courier()
    for text in ("one", "two"):
        await put(core, text, chat="C1")
        await round_of(courier)
    counted = list(core.messenger.counted)
    core.clock.advance(timedelta(hours=1))
    await put(core, "three", chat="C1")
    await round_of(courier)

    assert sent_texts(core) == ["one", "two", "three"]
    assert (await quota_of(core)).used == core.messenger.pushes_charged == 15
    assert (counted, core.messenger.counted) == (["C1"], ["C1", "C1"])


async def test_a_group_too_large_for_what_is_left_waits() -> None:
    core = Core(messenger=FakeMessenger(groups={"C1": 50}))
    await know_quota(core, limit=100, used=60)
    answer = await put(core, chat="C1")
    approval = await put(core, "may I", chat="C1", kind=APPROVAL)
    await send(core)
    await send(core)
    states = [await state_of(core, one) for one in (answer, approval)]

    assert core.messenger.sent == []
    assert states == [DeliveryState.INBOX, DeliveryState.HELD]
    assert (await quota_of(core)).used == 60


async def test_a_group_whose_members_are_not_told_counts_for_one() -> None:
    core = Core()
    await know_quota(core, limit=100)
    core.messenger.fail_next(MessengerBusyError("429"))
    await put(core, chat="C1")
    await send(core)

    assert sent_texts(core) == ["hi"]
    assert (await quota_of(core)).used == 1


@pytest.mark.parametrize(
    ("error", "used"),
    [
        (MessengerBusyError("429"), 0),
        (MessageRefusedError("400"), 0),
        (MessengerUnclearError("?"), 1),
    ],
)
async def test_a_push_that_was_certainly_not_made_has_cost_nothing(
    error: MessengerError, used: int
) -> None:
    core = Core()
    await know_quota(core, limit=100)
    courier = core.courier()
    await courier.quota.count_receivers("U1")
    core.messenger.fail_next(error)
    await put(core)
    await round_of(courier)

    assert (await quota_of(core)).used == used


async def test_a_push_made_again_is_counted_once() -> None:
    core = Core()
    await know_quota(core, limit=100)
    courier = core.courier()
    await courier.quota.count_receivers("U1")
    core.messenger.fail_next(MessengerUnclearError("cut"), count=2, accepts=True)
    await put(core)
    for _ in range(3):
        await round_of(courier)
        core.clock.advance(timedelta(seconds=10))

    assert sent_texts(core) == ["hi"]
    assert (await quota_of(core)).used == core.messenger.pushes_charged == 1


async def test_what_the_channel_refuses_for_want_of_quota_holds_for_the_others() -> None:
    core = Core(messenger=FakeMessenger(quota_left=0))
    await know_quota(core, limit=100)
    await choose(core, QuotaMode.PUSH)
    refused = await put(core)
    await send(core)
    untried = await put(core, chat="U2")
    await send(core)

    assert await state_of(core, refused) is DeliveryState.HELD
    assert await state_of(core, untried) is DeliveryState.INBOX
    assert (await quota_of(core)).left == 0


async def test_news_of_a_turn_is_only_ever_free() -> None:
    core = Core()
    news = [
        await put(core, "too late", kind=DeliveryKind.PROGRESS),
        await put(core, "refused", kind=DeliveryKind.PROGRESS, reply_token=token(core), chat="U2"),
    ]
    core.messenger.dead_tokens.add("token")
    await send(core)
    await send(core)

    assert core.messenger.sent == []
    assert [await state_of(core, one) for one in news] == [DeliveryState.DROPPED] * 2


async def test_news_that_an_answer_has_overtaken_is_not_sent() -> None:
    core = Core()
    news = await put(
        core, "working", kind=DeliveryKind.PROGRESS, turn_id=7, reply_token=token(core)
    )
    await put(core, "done", turn_id=7)
    await send(core)

    assert sent_texts(core) == ["done"]
    assert [call.reply_token for call in core.messenger.sent] == ["token"]
    assert await state_of(core, news) is DeliveryState.DROPPED


async def test_a_refused_reply_in_a_frugal_chat_waits_with_all_that_went_along() -> None:
    core = Core(messenger=FakeMessenger(dead_tokens={"token"}))
    await choose(core, QuotaMode.FRUGAL)
    await put(core, "waiting")
    await send(core)
    await put(core, "answer", reply_token=token(core))
    await send(core)
    states = {one.state for one in await core.deliveries()}
    await put(core, "next", reply_token=token(core, "another"))
    await send(core)

    assert states == {DeliveryState.INBOX}
    assert sent_texts(core) == ["waiting", "answer", "next"]


async def test_owners_are_warned_once_a_month_at_each_mark_before_it_is_used_up() -> None:
    core = Core()
    await know_quota(core, limit=20, used=15)
    for number in range(5):
        await put(core, f"approval {number}", kind=APPROVAL, chat="U1")
        await send(core)
    alerts = [one for one in await core.deliveries() if one.kind is DeliveryKind.ALERT]

    assert [one.messages[0]["title"] for one in alerts] == [
        "LINE's quota: 80 % used",
        "LINE's quota: 95 % used",
        "LINE's quota is used up",
    ]
    assert {one.chat_id for one in alerts} == core.owners
