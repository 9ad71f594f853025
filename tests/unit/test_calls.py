"""Which deliveries of a chat go in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from orchestrator_core.calls import Packed, pack_push, pack_reply
from orchestrator_core.model import Delivery, DeliveryKind, DeliveryState, ReplyToken
from tests.fakes.clock import NOON

FRESH = ReplyToken(value="fresh", expires_at=NOON + timedelta(seconds=50))
OTHER = ReplyToken(value="other", expires_at=NOON + timedelta(seconds=50))
OLD = ReplyToken(value="old", expires_at=NOON)


def one(
    number: int,
    *,
    size: int = 1,
    state: DeliveryState = DeliveryState.PENDING,
    token: ReplyToken | None = None,
    kind: DeliveryKind = DeliveryKind.ANSWER,
    turn: int | None = None,
) -> Delivery:
    return Delivery(
        id=number,
        chat_id="U1",
        messages=tuple({"text": f"{number}.{part}"} for part in range(size)),
        retry_key=f"key {number}",
        created_at=NOON,
        reply_token=token,
        turn_id=turn,
        state=state,
        due_at=NOON,
        kind=kind,
    )


def kept(number: int, *, size: int = 1) -> Delivery:
    return one(number, size=size, state=DeliveryState.INBOX)


def replied(head: Delivery, *beside: Delivery) -> list[int] | None:
    packed = pack_reply(head, beside, NOON)
    return ids(packed) if packed else None


def pushed(head: Delivery, *beside: Delivery) -> list[int]:
    return ids(pack_push(head, beside, NOON))


def ids(packed: Packed) -> list[int]:
    return [part.id for part in packed.call.parts]


def numbers(those: Sequence[Delivery]) -> list[int]:
    return [one.id for one in those]


def test_what_waits_and_what_follows_go_along_with_a_reply_in_order() -> None:
    head = one(5, token=FRESH)

    assert replied(head, one(6), one(7), kept(1), kept(2)) == [1, 2, 5, 6, 7]
    assert replied(head) == [5]
    assert replied(one(5, token=OLD), one(6)) is None


def test_every_part_of_a_reply_has_its_token() -> None:
    packed = pack_reply(one(5, token=FRESH), [kept(1), one(6)], NOON)

    assert packed is not None
    assert packed.call.token == FRESH
    assert {part.reply_token for part in packed.call.parts} == {FRESH}
    assert [message["text"] for message in packed.call.messages] == ["1.0", "5.0", "6.0"]


def test_no_more_than_five_objects_go_in_one_call_and_none_is_overtaken() -> None:
    head = one(5, size=2, token=FRESH)

    assert replied(head, kept(1, size=2), kept(2, size=2), kept(3), one(6)) == [1, 5, 6]
    assert replied(head, kept(1), one(6, size=3), one(7)) == [1, 5]
    assert replied(one(5, size=5, token=FRESH), kept(1), one(6)) == [5]


def test_what_has_a_token_of_its_own_is_left_to_it_with_all_that_follows() -> None:
    assert replied(one(5, token=FRESH), one(6, token=OTHER), one(7)) == [5]
    assert pushed(one(5), one(6, token=OTHER), one(7)) == [5]
    assert pushed(one(5), one(6, token=OLD), one(7)) == [5, 6, 7]


def test_one_without_a_token_goes_free_with_the_token_of_one_that_follows() -> None:
    assert replied(one(5), one(6), one(7, token=FRESH)) == [5, 6, 7]
    # Not when the token's own does not fit: it would be spent without it.
    assert replied(one(5, size=4), one(6), one(7, token=FRESH)) is None


def test_parts_of_a_reply_that_failed_come_before_what_waits() -> None:
    again = one(6, size=3, token=FRESH)

    assert replied(one(5, token=FRESH), again, kept(1), kept(2)) == [1, 5, 6]


def test_the_parts_of_a_push_are_one_from_then_on() -> None:
    parts = pack_push(one(5), [one(6), kept(2)], NOON).call.parts

    assert [(part.id, part.packed_with) for part in parts] == [(2, 2), (5, 2), (6, 2)]
    assert [part.packed_with for part in pack_push(one(5), [], NOON).call.parts] == [None]


def test_news_that_is_overtaken_is_not_sent() -> None:
    news = one(5, token=FRESH, kind=DeliveryKind.PROGRESS, turn=7)
    answer = one(6, turn=7)
    packed = pack_reply(news, [answer], NOON)

    assert packed is not None
    assert ids(packed) == [6]
    assert numbers(packed.overtaken) == [5]
    assert packed.call.token == FRESH


def test_of_several_news_of_a_turn_the_last_is_sent_and_those_of_other_turns() -> None:
    first = one(5, token=FRESH, kind=DeliveryKind.PROGRESS, turn=7)
    others = [
        one(6, kind=DeliveryKind.PROGRESS, turn=8),
        one(7, kind=DeliveryKind.PROGRESS, turn=7),
        replace(one(8, kind=DeliveryKind.PROGRESS), turn_id=None),
    ]

    assert replied(first, *others) == [6, 7, 8]
