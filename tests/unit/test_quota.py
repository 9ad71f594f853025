"""What a push is worth, by kind, mode and what is left."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from orchestrator_core.model import DeliveryKind, DeliveryState, QuotaCount, QuotaMode
from orchestrator_core.quota import QuotaRules, charged, refused, told
from tests.fakes.clock import NOON

RULES = QuotaRules(reserve_percent=10, frugal_below_percent=30)
SENDING, HELD, INBOX = DeliveryState.SENDING, DeliveryState.HELD, DeliveryState.INBOX


def used(number: int, limit: int | None = 200) -> QuotaCount:
    return QuotaCount(month="2030-01", limit=limit, told=number)


@pytest.mark.parametrize(
    ("kind", "mode", "number", "fate"),
    [
        ("answer", "push", 0, SENDING),
        ("answer", "push", 179, SENDING),
        ("answer", "push", 180, HELD),
        ("answer", "auto", 140, SENDING),
        ("answer", "auto", 141, INBOX),
        ("answer", "auto", 200, INBOX),
        ("answer", "frugal", 0, INBOX),
        ("approval", "frugal", 199, SENDING),
        ("approval", "push", 200, HELD),
        ("approval", "auto", 200, HELD),
        ("alert", "auto", 199, SENDING),
        ("alert", "frugal", 200, HELD),
        ("progress", "push", 0, DeliveryState.DROPPED),
    ],
)
def test_what_is_pushed_and_what_becomes_of_the_rest(
    kind: str, mode: str, number: int, fate: DeliveryState
) -> None:
    assert RULES.fate(DeliveryKind(kind), QuotaMode(mode), used(number)) is fate


@pytest.mark.parametrize(
    ("mode", "fate"), [("push", SENDING), ("auto", SENDING), ("frugal", INBOX)]
)
def test_without_a_limit_only_frugal_chats_spare_it(mode: str, fate: DeliveryState) -> None:
    assert RULES.fate(DeliveryKind.ANSWER, QuotaMode(mode), used(10**6, None)) is fate


def test_a_group_is_pushed_to_when_there_is_enough_for_all_of_it() -> None:
    fates = [
        RULES.fate(kind, QuotaMode.PUSH, used(175), receivers=members)
        for kind, members in [
            (DeliveryKind.ANSWER, 5),
            (DeliveryKind.ANSWER, 6),
            (DeliveryKind.APPROVAL, 25),
            (DeliveryKind.APPROVAL, 26),
        ]
    ]

    assert fates == [SENDING, HELD, SENDING, HELD]


def test_a_chat_without_a_mode_has_the_settings_one() -> None:
    frugal = QuotaRules(mode=QuotaMode.FRUGAL)

    assert frugal.is_frugal(None, used(0))
    assert not frugal.is_frugal(QuotaMode.PUSH, used(0))


@pytest.mark.parametrize(("limit", "kept"), [(200, 20), (5, 1), (1, 1), (0, 0), (None, 0)])
def test_of_a_small_quota_too_something_is_kept_back(limit: int | None, kept: int) -> None:
    assert RULES.reserve(used(0, limit)) == kept


def test_months_are_those_of_the_zone() -> None:
    evening = datetime(2030, 1, 31, 15, 0, tzinfo=UTC)

    assert QuotaRules(zone=ZoneInfo("Asia/Tokyo")).month(evening) == "2030-02"
    assert QuotaRules(zone=ZoneInfo("America/New_York")).month(evening) == "2030-01"


def test_our_own_count_goes_on_from_what_the_channel_told() -> None:
    count = charged(used(10), 3)
    # Two more are pushed while the channel is asked, which may or may not know of them.
    asked = charged(count, 2)
    count = told(asked, limit=200, used=14, asked=count.counted, now=NOON)

    assert (count.used, count.left, count.told_at) == (16, 184, NOON)
    assert charged(count, -2).used == 14


def test_what_was_not_made_is_given_back_but_never_more_than_was_counted() -> None:
    assert charged(charged(used(10), 1), -5).used == 10


@pytest.mark.parametrize(("receivers", "left"), [(1, 0), (5, 4)])
def test_after_a_refusal_less_is_left_than_it_would_have_cost(receivers: int, left: int) -> None:
    assert refused(used(100), receivers).left == left
    assert refused(used(200), receivers).left == 0
    assert refused(used(100, None), receivers).left is None


@pytest.mark.parametrize(
    ("number", "limit", "percent"), [(159, 200, 79), (160, 200, 80), (7, None, 0), (0, 0, 100)]
)
def test_percents_are_rounded_down(number: int, limit: int | None, percent: int) -> None:
    assert used(number, limit).percent == percent
