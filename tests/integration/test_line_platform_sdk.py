"""LINE's own SDK talks to the stand-in as it would to LINE."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from linebot.v3.messaging.api.async_messaging_api import AsyncMessagingApi
from linebot.v3.messaging.api.async_messaging_api_blob import AsyncMessagingApiBlob
from linebot.v3.messaging.async_api_client import AsyncApiClient
from linebot.v3.messaging.configuration import Configuration
from linebot.v3.messaging.exceptions import ApiException
from linebot.v3.messaging.models.push_message_request import PushMessageRequest
from linebot.v3.messaging.models.reply_message_request import ReplyMessageRequest
from linebot.v3.messaging.models.show_loading_animation_request import (
    ShowLoadingAnimationRequest,
)
from linebot.v3.messaging.models.text_message import TextMessage
from linebot.v3.webhook import WebhookParser

from tests.integration.line_world import ANN, SECRET, TOKEN, LineWorld, line_world, text

HELLO = [TextMessage(text="hello", quickReply=None, quoteToken=None)]


@asynccontextmanager
async def sdk(line: LineWorld) -> AsyncIterator[AsyncApiClient]:
    async with AsyncApiClient(Configuration(host=line.url, access_token=TOKEN)) as client:
        yield client


async def test_the_sdk_replies() -> None:
    async with line_world() as line, sdk(line) as client:
        request = ReplyMessageRequest(replyToken=await line.reply_token(), messages=HELLO)
        answer = await AsyncMessagingApi(client).reply_message(request, _request_timeout=5)

        assert answer.sent_messages[0].quote_token
        assert line.platform.messages(ANN) == [text()]


async def test_the_sdk_meets_409_when_it_pushes_with_a_known_retry_key() -> None:
    async with line_world() as line, sdk(line) as client:
        api, key = AsyncMessagingApi(client), str(uuid.uuid4())
        request = PushMessageRequest(to=ANN, messages=HELLO)
        await api.push_message(request, x_line_retry_key=key, _request_timeout=5)
        with pytest.raises(ApiException) as caught:
            await api.push_message(request, x_line_retry_key=key, _request_timeout=5)

        assert caught.value.status == 409
        assert caught.value.headers["x-line-accepted-request-id"]
        assert json.loads(caught.value.body)["sentMessages"]
        assert line.platform.messages(ANN) == [text()]


async def test_the_sdk_reads_quota_profile_and_bot() -> None:
    async with line_world(monthly_quota=1) as line, sdk(line) as client:
        api = AsyncMessagingApi(client)
        await api.push_message(PushMessageRequest(to=ANN, messages=HELLO), _request_timeout=5)
        quota = await api.get_message_quota(_request_timeout=5)
        used = await api.get_message_quota_consumption(_request_timeout=5)
        profile = await api.get_profile(ANN, _request_timeout=5)
        info = await api.get_bot_info(_request_timeout=5)
        with pytest.raises(ApiException) as caught:
            await api.push_message(PushMessageRequest(to=ANN, messages=HELLO), _request_timeout=5)

        assert (quota.value, used.total_usage) == (1, 1)
        assert (profile.user_id, profile.language) == (ANN, "en")
        assert info.display_name == "Denrei"
        assert "monthly limit" in caught.value.body


async def test_the_sdk_starts_the_loading_animation() -> None:
    async with line_world() as line, sdk(line) as client:
        request = ShowLoadingAnimationRequest(chatId=ANN, loadingSeconds=20)
        await AsyncMessagingApi(client).show_loading_animation(request, _request_timeout=5)

        assert len(line.platform.loading_starts(ANN)) == 1


async def test_the_sdk_fetches_content_from_the_same_host() -> None:
    async with line_world() as line, sdk(line) as client:
        event_id = await line.platform.send_media(ANN, b"bytes")
        message_id = line.platform.event(event_id)["message"]["id"]
        content = await AsyncMessagingApiBlob(client).get_message_content(message_id)

        assert bytes(content) == b"bytes"


async def test_the_sdk_s_parser_takes_our_events_and_their_signature() -> None:
    async with line_world() as line:
        await line.platform.say(ANN, "hello")
        headers, body = line.bot.requests[0]
        [event] = WebhookParser(SECRET).parse(body.decode(), headers["x-line-signature"])

        assert event.message.text == "hello"
        assert event.message.mark_as_read_token
        assert event.source.user_id == ANN
