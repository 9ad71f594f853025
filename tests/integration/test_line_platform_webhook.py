"""The stand-in for LINE hands over what people do as LINE does."""

from __future__ import annotations

import base64
import hashlib
import hmac

import httpx
import pytest

from bot.simulator.line_journal import Kind
from bot.simulator.line_platform import BOT
from bot.simulator.line_state import group_id
from tests.integration.line_world import ANN, SECRET, line_world


async def test_the_raw_body_is_signed_with_the_channel_secret() -> None:
    async with line_world() as line:
        await line.platform.say(ANN, "川 🌊")
        headers, body = line.bot.requests[0]

        expected = hmac.digest(SECRET.encode(), body, hashlib.sha256)
        assert base64.b64decode(headers["x-line-signature"]) == expected
        assert "川 🌊".encode() in body


async def test_a_text_event_has_all_that_line_sends() -> None:
    async with line_world() as line:
        event_id = await line.platform.say(ANN, "hello", quoted_message_id="123")

        [event] = line.bot.events
        assert event["type"] == "message"
        assert event["mode"] == "active"
        assert event["webhookEventId"] == event_id
        assert len(event_id) == 26
        assert event["timestamp"] == int(line.clock.now().timestamp() * 1000)
        assert event["source"] == {"type": "user", "userId": ANN}
        assert event["deliveryContext"] == {"isRedelivery": False}
        assert event["replyToken"]
        assert event["message"]["text"] == "hello"
        assert event["message"]["quotedMessageId"] == "123"
        assert event["message"].keys() >= {"id", "quoteToken", "markAsReadToken"}


async def test_a_mention_in_a_group_points_at_the_bot() -> None:
    async with line_world() as line:
        group = group_id("team")
        await line.platform.say(ANN, "status?", group_id=group, mention_bot=True)

        [event] = line.bot.events
        [whom] = event["message"]["mention"]["mentionees"]
        mentioned = event["message"]["text"][whom["index"] : whom["index"] + whom["length"]]
        assert event["source"] == {"type": "group", "groupId": group, "userId": ANN}
        assert (whom["isSelf"], mentioned) == (True, f"@{BOT.display_name}")


async def test_taps_follows_blocks_and_unsent_messages_are_told() -> None:
    async with line_world() as line:
        await line.platform.tap(ANN, "data=1", "Yes")
        await line.platform.unfollow(ANN)
        await line.platform.follow(ANN)
        await line.platform.unsend(ANN, "99")

        tap, unfollow, follow, unsend = line.bot.events
        assert tap["postback"] == {"data": "data=1"}
        assert tap["replyToken"]
        assert (unfollow["type"], "replyToken" in unfollow) == ("unfollow", False)
        assert follow["follow"] == {"isUnblocked": True}
        assert unsend["unsend"] == {"messageId": "99"}


async def test_an_event_the_bot_did_not_take_comes_again_as_a_redelivery() -> None:
    async with line_world() as line:
        line.bot.statuses = [500, 503]
        await line.platform.say(ANN, "hello")
        first, second, third = await line.bot.wait(3)

        assert not first["deliveryContext"]["isRedelivery"]
        assert second["deliveryContext"]["isRedelivery"]
        assert third == second == {**first, "deliveryContext": {"isRedelivery": True}}


async def test_redelivery_ends_after_a_few_tries() -> None:
    async with line_world() as line:
        line.bot.statuses = [500] * 10
        await line.platform.say(ANN, "hello")
        tries = await line.platform.wait_for(Kind.WEBHOOK, 3)

        assert [one.data["attempt"] for one in tries] == [1, 2, 3]
        assert line.platform.journal.count(Kind.READ) == 0


async def test_an_unreachable_bot_is_in_the_record() -> None:
    async with line_world(redelivery_delays=()) as line:
        line.platform.webhook_url = "http://127.0.0.1:9/hook"
        await line.platform.say(ANN, "hello")

        [attempt] = line.platform.journal.of(Kind.WEBHOOK)
        assert attempt.data["status"] is None


async def test_an_event_can_be_sent_again_on_demand() -> None:
    async with line_world() as line:
        event_id = await line.platform.say(ANN, "hello")
        status = await line.platform.redeliver(event_id)

        first, second = line.bot.events
        assert status == 200
        assert second["webhookEventId"] == first["webhookEventId"]
        assert second["replyToken"] == first["replyToken"]
        assert second["deliveryContext"] == {"isRedelivery": True}


async def test_any_bytes_can_be_sent_with_any_signature_or_none() -> None:
    async with line_world() as line:
        await line.platform.send_raw(b'{"events": []}')
        await line.platform.send_raw(b'{"events": []}', signature="forged")
        await line.platform.send_raw(b'{"events": []}', signature="")

        signatures = [headers.get("x-line-signature") for headers, _ in line.bot.requests]
        assert signatures[0] not in {None, "forged"}
        assert signatures[1:] == ["forged", None]


async def test_a_taken_message_is_marked_as_read() -> None:
    async with line_world() as line:
        await line.platform.say(ANN, "hello")

        [said] = line.platform.journal.of(Kind.USER_MESSAGE, ANN)
        [read] = line.platform.journal.of(Kind.READ, ANN)
        assert read.data["messageId"] == said.data["messageId"]


async def test_the_webhook_can_be_looked_up_moved_and_tested() -> None:
    async with line_world() as line:
        path = "/v2/bot/channel/webhook/endpoint"
        url = line.platform.webhook_url
        known = (await line.api.get(path)).json()
        test = await line.api.post("/v2/bot/channel/webhook/test", json={})
        await line.api.put(path, json={"endpoint": "http://127.0.0.1:9/other"})
        dead = await line.api.post("/v2/bot/channel/webhook/test", json={"endpoint": None})

        assert known == {"endpoint": url, "active": True}
        assert (test.json()["success"], test.json()["statusCode"]) == (True, 200)
        assert line.bot.events == []
        assert line.platform.webhook_url == "http://127.0.0.1:9/other"
        assert dead.json()["reason"] == "COULD_NOT_CONNECT"


async def test_nothing_can_be_sent_while_the_stand_in_is_not_served() -> None:
    async with line_world() as line:
        platform = line.platform

    with pytest.raises(RuntimeError, match="not being served"):
        await platform.send_raw(b"{}")


async def test_media_of_people_are_fetched_by_message_id() -> None:
    async with line_world() as line:
        await line.platform.send_media(ANN, b"\x89PNG", media_type="image/png")
        await line.platform.send_media(ANN, b"a,b", kind="file", file_name="a.csv")
        picture, file = (event["message"] for event in line.bot.events)
        content = await line.api.get(f"/v2/bot/message/{picture['id']}/content")
        missing = await line.api.get("/v2/bot/message/1/content")

        assert picture["contentProvider"] == {"type": "line"}
        assert (file["fileName"], file["fileSize"]) == ("a.csv", 3)
        assert (content.content, content.headers["content-type"]) == (b"\x89PNG", "image/png")
        assert missing.status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize("endpoint", ["ftp://bot.test", "http://[", 5, None])
async def test_a_webhook_url_must_be_one(endpoint: object) -> None:
    async with line_world() as line:
        path = "/v2/bot/channel/webhook/endpoint"
        answer = await line.api.put(path, json={"endpoint": endpoint})

        assert answer.status_code == 400
        assert answer.json()["details"][0]["property"] == "endpoint"
