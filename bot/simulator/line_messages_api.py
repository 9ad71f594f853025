"""Reply, push, multicast and their dry runs, and the quota they draw on.

https://developers.line.biz/en/reference/messaging-api/#messages
"""

from __future__ import annotations

import re
import uuid

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from bot.simulator.line_events import quote_token
from bot.simulator.line_gate import MONTHLY_LIMIT, TOO_LATE, Call, Gate
from bot.simulator.line_journal import Kind
from bot.simulator.line_state import JsonObject
from bot.simulator.line_validation import (
    RefusalError,
    check_flag,
    check_messages,
    check_receivers,
)
from bot.simulator.line_world import World

_CHAT_ID = re.compile(r"[UCR][0-9a-f]{32}")
_ALREADY_ACCEPTED = "The retry key is already accepted"


class MessagesApi:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self, gate: Gate) -> list[BaseRoute]:
        base = "/v2/bot/message"
        return [
            gate.route("POST", f"{base}/reply", "reply", self.reply),
            gate.route("POST", f"{base}/push", "push", self.push),
            gate.route("POST", f"{base}/multicast", "multicast", self.multicast),
            gate.route("POST", f"{base}/validate/reply", "validate", self.validate),
            gate.route("POST", f"{base}/validate/push", "validate", self.validate),
            gate.route("POST", f"{base}/validate/multicast", "validate", self.validate),
            gate.route("GET", f"{base}/quota", "quota", self.quota),
            gate.route("GET", f"{base}/quota/consumption", "quota", self.consumption),
        ]

    async def reply(self, call: Call) -> Response:
        if "x-line-retry-key" in call.request.headers:
            raise RefusalError(400, "The retry key cannot be used with this endpoint")
        body = call.json()
        messages = check_messages(body)
        check_flag(body, "notificationDisabled")
        chat = self._world.reply_tokens.spend(str(body.get("replyToken")))
        if chat is None:
            raise RefusalError(400, TOO_LATE)
        return _sent(self._say(chat, messages, call))

    async def push(self, call: Call) -> Response:
        key = self._fresh_retry_key(call)
        body = call.json()
        messages = check_messages(body)
        check_flag(body, "notificationDisabled")
        chat = self._known_chat(body.get("to"))
        self._charge(self._world.people.receivers(chat))
        sent = self._say(chat, messages, call, key)
        self._remember(key, call, sent)
        return _sent(sent)

    async def multicast(self, call: Call) -> Response:
        key = self._fresh_retry_key(call)
        body = call.json()
        messages = check_messages(body)
        people = [self._known_chat(one) for one in check_receivers(body)]
        self._charge(sum(self._world.people.receivers(one) for one in people))
        for one in people:
            self._say(one, messages, call, key)
        self._remember(key, call, ())
        return JSONResponse({})

    async def validate(self, call: Call) -> Response:
        check_messages(call.json())
        return JSONResponse({})

    async def quota(self, _call: Call) -> Response:
        limit = self._world.quota.limit
        if limit is None:
            return JSONResponse({"type": "none"})
        return JSONResponse({"type": "limited", "value": limit})

    async def consumption(self, _call: Call) -> Response:
        return JSONResponse({"totalUsage": self._world.quota.used})

    def _fresh_retry_key(self, call: Call) -> str | None:
        key = call.request.headers.get("x-line-retry-key")
        if key is None:
            return None
        try:
            uuid.UUID(key)
        except ValueError:
            raise RefusalError(400, "The retry key is not a valid UUID") from None
        accepted = self._world.retry_keys.find(key)
        if accepted is not None:
            extra = {"sentMessages": list(accepted.sent_messages)}
            raise RefusalError(
                409,
                _ALREADY_ACCEPTED,
                headers={"x-line-accepted-request-id": accepted.request_id},
                extra=extra if accepted.sent_messages else None,
            )
        return key

    def _remember(self, key: str | None, call: Call, sent: tuple[JsonObject, ...]) -> None:
        if key is not None:
            self._world.retry_keys.remember(key, call.request_id, sent)

    def _known_chat(self, to: object) -> str:
        if isinstance(to, str) and self._world.people.knows_chat(to):
            return to
        if isinstance(to, str) and _CHAT_ID.fullmatch(to):
            raise RefusalError(400, "Failed to send messages")
        raise RefusalError(
            400, "The property, 'to', in the request body is invalid (line: -, column: -)"
        )

    def _charge(self, receivers: int) -> None:
        if not self._world.quota.take(receivers):
            raise RefusalError(429, MONTHLY_LIMIT)
        self._world.tell_quota()

    def _say(
        self, chat: str, messages: tuple[JsonObject, ...], call: Call, key: str | None = None
    ) -> tuple[JsonObject, ...]:
        sent = []
        profile = self._world.people.get(chat)
        for message in messages:
            one = {"id": self._world.names.message_id(), "quoteToken": quote_token()}
            sent.append(one)
            # Who blocked the bot gets nothing, and the bot is not told.
            if profile is None or not profile.blocked:
                self._world.journal.add(
                    Kind.BOT_MESSAGE,
                    chat,
                    messageId=one["id"],
                    message=message,
                    call=call.name,
                    retryKey=key,
                    requestId=call.request_id,
                )
        return tuple(sent)


def _sent(messages: tuple[JsonObject, ...]) -> Response:
    return JSONResponse({"sentMessages": list(messages)})
