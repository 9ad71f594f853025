"""Profiles, the loading animation, read marks, content, and the bot's own settings.

https://developers.line.biz/en/reference/messaging-api/
"""

from __future__ import annotations

from urllib.parse import urlsplit

import httpx
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from bot.simulator.line_delivery import WebhookSender
from bot.simulator.line_events import milliseconds
from bot.simulator.line_gate import Call, Gate
from bot.simulator.line_journal import Kind
from bot.simulator.line_state import JsonObject, Profile
from bot.simulator.line_validation import RefusalError, read_json
from bot.simulator.line_world import World

_LOADING_SECONDS = range(5, 61, 5)


class OtherApi:
    def __init__(self, world: World, webhook: WebhookSender) -> None:
        self._world = world
        self._webhook = webhook

    def routes(self, gate: Gate) -> list[BaseRoute]:
        base = "/v2/bot"
        endpoint = f"{base}/channel/webhook/endpoint"
        return [
            gate.route("GET", f"{base}/info", "info", self.info),
            gate.route("GET", f"{base}/profile/{{person}}", "profile", self.profile),
            gate.route("GET", f"{base}/group/{{group}}/member/{{person}}", "profile", self.member),
            gate.route("GET", f"{base}/group/{{group}}/members/count", "group", self.member_count),
            gate.route("GET", f"{base}/group/{{group}}/summary", "group", self.group),
            gate.route("POST", f"{base}/chat/loading/start", "loading", self.loading),
            gate.route("POST", f"{base}/chat/markAsRead", "read", self.read),
            gate.route("GET", f"{base}/message/{{message}}/content", "content", self.content),
            gate.route(
                "GET",
                f"{base}/message/{{message}}/content/transcoding",
                "transcoding",
                self.transcoding,
            ),
            gate.route("GET", endpoint, "webhook", self.webhook),
            gate.route("PUT", endpoint, "webhook", self.set_webhook),
            gate.route("POST", f"{base}/channel/webhook/test", "webhook", self.test_webhook),
        ]

    async def info(self, _call: Call) -> Response:
        bot = self._world.bot
        return JSONResponse(
            {
                "userId": bot.user_id,
                "basicId": bot.basic_id,
                "displayName": bot.display_name,
                "chatMode": "bot",
                "markAsReadMode": "auto",
            }
        )

    async def profile(self, call: Call) -> Response:
        profile = self._world.people.get(call.path("person"))
        if profile is None or profile.blocked:
            raise RefusalError(404, "Not found")
        body = _public(profile)
        if profile.language is not None:
            body["language"] = profile.language
        return JSONResponse(body)

    async def member(self, call: Call) -> Response:
        """Without the language: LINE leaves it out in groups."""
        person = call.path("person")
        profile = self._world.people.get(person)
        if profile is None or person not in self._world.people.members(call.path("group")):
            raise RefusalError(404, "Not found")
        return JSONResponse(_public(profile))

    async def member_count(self, call: Call) -> Response:
        return JSONResponse({"count": len(self._members(call))})

    async def group(self, call: Call) -> Response:
        self._members(call)
        group = call.path("group")
        return JSONResponse({"groupId": group, "groupName": f"Group {group[1:5]}"})

    async def loading(self, call: Call) -> Response:
        body = call.json()
        chat, seconds = body.get("chatId"), body.get("loadingSeconds", 20)
        if not isinstance(chat, str) or self._world.people.get(chat) is None:
            raise _wrong("The value is invalid", "chatId")
        if type(seconds) is not int or seconds not in _LOADING_SECONDS:
            raise _wrong("Must be a multiple of 5 between 5 and 60", "loadingSeconds")
        ends_at = milliseconds(self._world.clock.now()) + seconds * 1000
        self._world.journal.add(Kind.LOADING, chat, seconds=seconds, endsAt=ends_at)
        return JSONResponse({}, status_code=202)

    async def read(self, call: Call) -> Response:
        found = self._world.read_tokens.get(str(call.json().get("markAsReadToken")))
        if found is None:
            raise _wrong("The value is invalid", "markAsReadToken")
        chat, message_id = found
        self._world.journal.add(Kind.READ, chat, messageId=message_id)
        return JSONResponse({})

    async def content(self, call: Call) -> Response:
        content = self._world.contents.get(call.path("message"))
        if content is None:
            raise RefusalError(404, "Not found")
        if content.is_in_work:
            return Response(status_code=202)
        return Response(content.data, media_type=content.media_type)

    async def transcoding(self, call: Call) -> Response:
        """Of films and sounds, which LINE makes a playable form of first."""
        content = self._world.contents.get(call.path("message"))
        if content is None:
            raise RefusalError(404, "Not found")
        return JSONResponse({"status": "processing" if content.is_in_work else "succeeded"})

    async def webhook(self, _call: Call) -> Response:
        url = self._webhook.webhook_url
        if url is None:
            raise RefusalError(404, "Webhook endpoint not found")
        return JSONResponse({"endpoint": url, "active": True})

    async def set_webhook(self, call: Call) -> Response:
        self._webhook.webhook_url = _endpoint(call.json().get("endpoint"))
        return JSONResponse({})

    async def test_webhook(self, call: Call) -> Response:
        asked = read_json(call.body or b"{}").get("endpoint")
        if asked is not None:
            asked = _endpoint(asked)
        elif self._webhook.webhook_url is None:
            raise RefusalError(404, "Webhook endpoint not found")
        now = self._world.clock.now().isoformat()
        try:
            status = (await self._webhook.check(asked)).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            found = {"success": False, "statusCode": 0, "reason": "COULD_NOT_CONNECT"}
            return JSONResponse({**found, "timestamp": now, "detail": type(error).__name__})
        good = httpx.codes.is_success(status)
        reason = "OK" if good else "ERROR_STATUS_CODE"
        found = {"success": good, "statusCode": status, "reason": reason}
        return JSONResponse({**found, "timestamp": now, "detail": str(status)})

    def _members(self, call: Call) -> list[str]:
        members = self._world.people.members(call.path("group"))
        if not members:
            raise RefusalError(404, "Not found")
        return members


def _public(profile: Profile) -> JsonObject:
    return {"userId": profile.user_id, "displayName": profile.display_name}


def _endpoint(given: object) -> str:
    try:
        parts = urlsplit(given if isinstance(given, str) else "")
    except ValueError:
        raise _wrong("Invalid webhook endpoint URL", "endpoint") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _wrong("Invalid webhook endpoint URL", "endpoint")
    return str(given)


def _wrong(message: str, where: str) -> RefusalError:
    return RefusalError(400, "The request body has 1 error", [(message, where)])
