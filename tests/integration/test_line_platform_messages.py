"""The stand-in for LINE takes and refuses messages by LINE's rules, over real HTTP."""

from __future__ import annotations

import uuid
from datetime import timedelta

from bot.simulator.line_state import group_id
from tests.integration.line_world import ANN, BEN, line_world, text

KEY = str(uuid.UUID(int=7))


async def test_a_wrong_access_token_is_refused() -> None:
    async with line_world() as line:
        answer = await line.api.get("/v2/bot/info", headers={"authorization": "Bearer nonsense"})

        assert answer.status_code == 401
        assert "access token" in answer.json()["message"]
        assert answer.headers["x-line-request-id"]


async def test_a_reply_reaches_the_chat_of_its_event_and_costs_nothing() -> None:
    async with line_world(monthly_quota=0) as line:
        answer = await line.reply(await line.reply_token(), text("one"), text("two"))

        assert answer.status_code == 200
        assert len({sent["id"] for sent in answer.json()["sentMessages"]}) == 2
        assert line.platform.messages(ANN) == [text("one"), text("two")]
        assert line.platform.quota.used == 0


async def test_a_reply_token_works_once() -> None:
    async with line_world() as line:
        token = await line.reply_token()
        await line.reply(token, text())
        again = await line.reply(token, text("again"))

        assert (again.status_code, again.json()) == (400, {"message": "Invalid reply token"})
        assert line.platform.messages(ANN) == [text()]


async def test_a_reply_token_dies_after_a_minute() -> None:
    async with line_world() as line:
        fresh, old = await line.reply_token(), await line.reply_token()
        line.clock.advance(timedelta(seconds=60))
        in_time = await line.reply(fresh, text())
        line.clock.advance(timedelta(milliseconds=1))
        late = await line.reply(old, text())

        assert in_time.status_code == 200
        assert (late.status_code, late.json()) == (400, {"message": "Invalid reply token"})


async def test_a_refused_reply_leaves_its_token_usable() -> None:
    async with line_world() as line:
        token = await line.reply_token()
        refused = await line.reply(token, text(""))
        taken = await line.reply(token, text())

        assert (refused.status_code, taken.status_code) == (400, 200)


async def test_a_reply_takes_no_retry_key() -> None:
    async with line_world() as line:
        body = {"replyToken": await line.reply_token(), "messages": [text()]}
        answer = await line.api.post(
            "/v2/bot/message/reply", json=body, headers={"x-line-retry-key": KEY}
        )

        assert answer.status_code == 400
        assert line.platform.messages(ANN) == []


async def test_a_push_with_a_known_retry_key_is_not_sent_again() -> None:
    async with line_world() as line:
        first = await line.push(text(), key=KEY)
        second = await line.push(text(), key=KEY)

        assert second.status_code == 409
        accepted_as = first.headers["x-line-request-id"]
        assert second.headers["x-line-accepted-request-id"] == accepted_as
        assert second.json()["sentMessages"] == first.json()["sentMessages"]
        assert line.platform.messages(ANN) == [text()]
        assert line.platform.quota.used == 1


async def test_a_retry_key_is_forgotten_after_a_day() -> None:
    async with line_world() as line:
        await line.push(text(), key=KEY)
        line.clock.advance(timedelta(hours=24, seconds=1))
        later = await line.push(text(), key=KEY)

        assert later.status_code == 200
        assert len(line.platform.messages(ANN)) == 2


async def test_a_refused_push_does_not_use_up_its_retry_key() -> None:
    async with line_world() as line:
        refused = await line.push(text(""), key=KEY)
        taken = await line.push(text(), key=KEY)

        assert (refused.status_code, taken.status_code) == (400, 200)


async def test_a_retry_key_must_be_a_uuid() -> None:
    async with line_world() as line:
        assert (await line.push(text(), key="seven")).status_code == 400


async def test_pushes_end_with_the_month_s_quota_and_begin_again_with_the_next() -> None:
    async with line_world(monthly_quota=1) as line:
        taken = await line.push(text("one"), text("two"))
        refused = await line.push(text("three"))
        line.clock.advance(timedelta(days=31))
        next_month = await line.push(text("four"))

        assert (taken.status_code, refused.status_code) == (200, 429)
        assert refused.json() == {"message": "You have reached your monthly limit."}
        assert next_month.status_code == 200


async def test_a_push_to_a_group_costs_one_per_member() -> None:
    async with line_world(monthly_quota=10) as line:
        group = group_id("team")
        await line.platform.say(ANN, "hi", group_id=group)
        await line.platform.say(BEN, "hi", group_id=group)
        await line.push(text(), to=group)

        consumption = await line.api.get("/v2/bot/message/quota/consumption")
        quota = await line.api.get("/v2/bot/message/quota")
        assert consumption.json() == {"totalUsage": 2}
        assert quota.json() == {"type": "limited", "value": 10}


async def test_an_account_without_a_limit_says_so() -> None:
    async with line_world(monthly_quota=None) as line:
        assert (await line.api.get("/v2/bot/message/quota")).json() == {"type": "none"}


async def test_who_blocked_the_bot_gets_nothing_and_costs_nothing() -> None:
    async with line_world() as line:
        await line.platform.unfollow(ANN)
        answer = await line.push(text())

        assert answer.status_code == 200
        assert line.platform.messages(ANN) == []
        assert line.platform.quota.used == 0


async def test_a_multicast_reaches_each_person() -> None:
    async with line_world() as line:
        line.platform.people.meet(BEN)
        body = {"to": [ANN, BEN], "messages": [text()]}
        answer = await line.api.post("/v2/bot/message/multicast", json=body)

        assert answer.status_code == 200
        assert line.platform.messages(ANN) == line.platform.messages(BEN) == [text()]
        assert line.platform.quota.used == 2


async def test_a_push_to_nobody_is_refused() -> None:
    async with line_world() as line:
        unknown = await line.push(text(), to=group_id("nobody"))
        nonsense = await line.push(text(), to="everyone")

        assert unknown.json() == {"message": "Failed to send messages"}
        assert "'to'" in nonsense.json()["message"]
        assert [entry.data["status"] for entry in line.platform.refused()] == [400, 400]


async def test_validating_checks_but_sends_nothing() -> None:
    async with line_world() as line:
        for kind in ("reply", "push"):
            path = f"/v2/bot/message/validate/{kind}"
            good = await line.api.post(path, json={"messages": [text()]})
            bad = await line.api.post(path, json={"messages": [text("")]})

            assert (good.status_code, bad.status_code) == (200, 400)
        assert line.platform.accepted() == []
