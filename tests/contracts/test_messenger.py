"""What the port Messenger promises, asked of the fake and of LINE's stand-in over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.simulator.line_faults import Fault
from bot.simulator.line_state import user_id
from orchestrator_core.errors import (
    MessageRefusedError,
    MessengerError,
    MessengerUnclearError,
    QuotaUsedUpError,
    ReplyTokenRefusedError,
)
from orchestrator_core.model import Chat, ChatKind, JsonObject
from orchestrator_core.ports import Profile, Quota
from tests.contracts.messenger_platforms import (
    ANNA,
    HELLO,
    NEVER_SENT,
    SENT_ALL_THE_SAME,
    Platform,
    a_key,
    in_memory,
    over_http,
)

FLEX: JsonObject = {
    "type": "flex",
    "altText": "a card",
    "contents": {
        "type": "bubble",
        "body": {
            "type": "box",
            "layout": "vertical",
            "contents": [{"type": "text", "text": "hi", "wrap": True, "unheardOf": "kept"}],
        },
    },
}


@pytest.fixture(params=[in_memory, over_http], ids=["fake", "line"])
async def platform(request: pytest.FixtureRequest) -> AsyncIterator[Platform]:
    async with request.param() as made:
        yield made


@pytest.fixture(params=[in_memory, lambda: over_http(timeout=0.5)], ids=["fake", "line"])
async def failing(request: pytest.FixtureRequest) -> AsyncIterator[Platform]:
    """A platform whose silence is not waited for long."""
    async with request.param() as made:
        yield made


async def test_a_reply_is_said(platform: Platform) -> None:
    await platform.messenger.reply(await platform.token(), [HELLO, FLEX])

    assert platform.said() == [HELLO, FLEX]


async def test_a_push_is_said_with_every_field_it_was_given(platform: Platform) -> None:
    await platform.messenger.push(ANNA, [FLEX], retry_key=a_key())

    assert platform.said() == [FLEX]


async def test_a_reply_token_works_once(platform: Platform) -> None:
    token = await platform.token()
    await platform.messenger.reply(token, [HELLO])

    with pytest.raises(ReplyTokenRefusedError):
        await platform.messenger.reply(token, [HELLO])
    assert platform.said() == [HELLO]


async def test_a_push_with_a_used_retry_key_succeeds_and_says_nothing(platform: Platform) -> None:
    key = a_key()
    first = await platform.messenger.push(ANNA, [HELLO], retry_key=key)
    again = await platform.messenger.push(ANNA, [HELLO], retry_key=key)

    assert platform.said() == [HELLO]
    assert first == again != ()


async def test_each_message_s_id_is_told_and_no_two_have_one(platform: Platform) -> None:
    replied = await platform.messenger.reply(await platform.token(), [HELLO, FLEX])
    pushed = await platform.messenger.push(ANNA, [FLEX], retry_key=a_key())

    assert (len(replied), len(pushed)) == (2, 1)
    assert len({*replied, *pushed}) == 3


@pytest.mark.parametrize("count", [0, 6])
async def test_too_few_or_too_many_messages_are_refused_for_good(
    platform: Platform, count: int
) -> None:
    with pytest.raises(MessageRefusedError):
        await platform.messenger.push(ANNA, [HELLO] * count, retry_key=a_key())

    assert platform.said() == []


async def test_pushes_end_with_the_quota_while_replies_go_on(platform: Platform) -> None:
    platform.leave_quota(1)
    await platform.messenger.push(ANNA, [HELLO], retry_key=a_key())
    with pytest.raises(QuotaUsedUpError):
        await platform.messenger.push(ANNA, [HELLO], retry_key=a_key())
    await platform.messenger.reply(await platform.token(), [HELLO])

    assert len(platform.said()) == 2


async def test_the_quota_counts_pushes_and_no_replies(platform: Platform) -> None:
    platform.leave_quota(5)
    await platform.messenger.reply(await platform.token(), [HELLO])
    for _ in range(2):
        await platform.messenger.push(ANNA, [HELLO], retry_key=a_key())

    assert await platform.messenger.quota() == Quota(limit=5, used=2)


async def test_a_push_to_a_group_counts_for_each_of_its_members(platform: Platform) -> None:
    platform.leave_quota(7)
    group = platform.a_group(5)
    await platform.messenger.push(group, [HELLO], retry_key=a_key())
    with pytest.raises(QuotaUsedUpError):
        await platform.messenger.push(group, [HELLO], retry_key=a_key())

    assert await platform.messenger.members(group) == 5
    assert await platform.messenger.members(ANNA) == 1
    assert (await platform.messenger.quota()).used == 5


async def test_a_quota_may_have_no_limit(platform: Platform) -> None:
    platform.leave_quota(None)
    await platform.messenger.push(ANNA, [HELLO], retry_key=a_key())

    assert await platform.messenger.quota() == Quota(limit=None, used=1)


async def test_a_known_person_has_a_profile(platform: Platform) -> None:
    profile = await platform.messenger.profile(ANNA)

    assert profile == Profile(display_name="Anna", language="ja")


async def test_a_member_of_a_group_has_a_name(platform: Platform) -> None:
    group = Chat(id=platform.a_group(2), kind=ChatKind.GROUP)
    alone = Chat(id=ANNA, kind=ChatKind.USER)

    assert await platform.messenger.member_name(group, ANNA) == "Anna"
    assert await platform.messenger.member_name(alone, ANNA) == "Anna"
    with pytest.raises(MessageRefusedError):
        await platform.messenger.member_name(group, user_id("nobody"))


async def test_an_unknown_person_is_refused(platform: Platform) -> None:
    with pytest.raises(MessageRefusedError):
        await platform.messenger.profile(user_id("nobody"))


@pytest.mark.parametrize("fault", NEVER_SENT)
async def test_a_failed_reply_says_nothing_and_tells_what_failed(
    failing: Platform, fault: Fault
) -> None:
    token = await failing.token()
    failing.fail_next(fault)

    with pytest.raises(NEVER_SENT[fault]):
        await failing.messenger.reply(token, [HELLO])
    assert failing.said() == []


@pytest.mark.parametrize("fault", SENT_ALL_THE_SAME)
async def test_a_reply_whose_answer_is_lost_is_unclear(failing: Platform, fault: Fault) -> None:
    token = await failing.token()
    failing.fail_next(fault)

    with pytest.raises(MessengerUnclearError):
        await failing.messenger.reply(token, [HELLO])
    assert failing.said() == [HELLO]


@pytest.mark.parametrize("fault", [*NEVER_SENT, *SENT_ALL_THE_SAME])
async def test_a_push_tried_again_with_its_key_is_said_once(
    failing: Platform, fault: Fault
) -> None:
    key = a_key()
    failing.fail_next(fault)
    with pytest.raises(MessengerError):
        await failing.messenger.push(ANNA, [HELLO], retry_key=key)
    await failing.messenger.push(ANNA, [HELLO], retry_key=key)

    assert failing.said() == [HELLO]
