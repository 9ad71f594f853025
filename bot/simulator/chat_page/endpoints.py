"""What the chat page calls: acting as a person, the live stream, faults, LINE's record.

Only for people at this machine: other sites are kept out by the checks in `_local`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.simulator.line_events import milliseconds
from bot.simulator.line_faults import MESSAGE_CALLS, Fault
from bot.simulator.line_journal import Entry, Kind
from bot.simulator.line_phones import Phones
from bot.simulator.line_state import JsonObject
from bot.simulator.line_validation import RefusalError, read_json
from bot.simulator.line_world import World

_FILES = Path(__file__).parent
_MEDIA_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
#: Scripts and styles come from these files only; pictures also from where a bot may link to.
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}
_LOCAL_NAMES = {"127.0.0.1", "localhost", "[::1]"}
_KEEP_ALIVE_SECONDS = 15.0

_Answer = Callable[[Request], Awaitable[Response]]


class ChatPage:
    def __init__(self, world: World, phones: Phones) -> None:
        self._world = world
        self._phones = phones

    def routes(self) -> list[BaseRoute]:
        table: list[tuple[str, str, _Answer]] = [
            ("GET", "/", self.page),
            ("GET", "/page/{name}", self.file),
            ("GET", "/simulator/state", self.state),
            ("GET", "/simulator/stream", self.stream),
            ("GET", "/simulator/records", self.records),
            ("GET", "/simulator/menu/{person}", self.menu),
            ("GET", "/simulator/menu/{person}/image", self.menu_image),
            ("POST", "/simulator/say", self.say),
            ("POST", "/simulator/tap", self.tap),
            ("POST", "/simulator/follow", self.follow),
            ("POST", "/simulator/unfollow", self.unfollow),
            ("POST", "/simulator/profile", self.profile),
            ("POST", "/simulator/faults", self.order_fault),
            ("DELETE", "/simulator/faults", self.clear_faults),
        ]
        return [Route(path, _local(answer), methods=[verb]) for verb, path, answer in table]

    async def page(self, _request: Request) -> Response:
        return _file("index.html")

    async def file(self, request: Request) -> Response:
        return _file(str(request.path_params["name"]))

    async def state(self, _request: Request) -> Response:
        quota = self._world.quota
        return JSONResponse(
            {
                "bot": {"name": self._world.bot.display_name},
                "people": [
                    {
                        "id": person.user_id,
                        "name": person.display_name,
                        "language": person.language,
                        "blocked": person.blocked,
                    }
                    for person in self._world.people.all()
                ],
                "quota": {"limit": quota.limit, "used": quota.used},
                "faults": self._world.faults.waiting(),
                "faultKinds": [fault.value for fault in Fault],
            }
        )

    async def records(self, _request: Request) -> Response:
        entries = [entry.to_json() for entry in self._world.journal.after(0)]
        return JSONResponse({"entries": entries})

    async def stream(self, request: Request) -> Response:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        last = request.headers.get("last-event-id", "")
        return StreamingResponse(
            self._follow(last), media_type="text/event-stream", headers=headers
        )

    async def say(self, request: Request) -> Response:
        body = await _body(request)
        event_id = await self._phones.say(
            _text(body, "user"),
            _text(body, "text"),
            group_id=_optional_text(body, "group"),
            mention_bot=body.get("mention") is True,
        )
        return JSONResponse({"eventId": event_id})

    async def tap(self, request: Request) -> Response:
        body = await _body(request)
        event_id = await self._phones.tap(
            _text(body, "user"),
            _text(body, "data"),
            _optional_text(body, "displayText"),
            group_id=_optional_text(body, "group"),
        )
        return JSONResponse({"eventId": event_id})

    async def follow(self, request: Request) -> Response:
        body = await _body(request)
        return JSONResponse({"eventId": await self._phones.follow(_text(body, "user"))})

    async def unfollow(self, request: Request) -> Response:
        body = await _body(request)
        return JSONResponse({"eventId": await self._phones.unfollow(_text(body, "user"))})

    async def profile(self, request: Request) -> Response:
        body = await _body(request)
        language = _optional_text(body, "language")
        person = self._world.people.change(_text(body, "user"), language=language)
        self._world.journal.add(Kind.PROFILE, person.user_id, language=language)
        return JSONResponse({})

    async def order_fault(self, request: Request) -> Response:
        body = await _body(request)
        count, calls = body.get("count", 1), body.get("calls", list(MESSAGE_CALLS))
        try:
            fault = Fault(_text(body, "fault"))
        except ValueError:
            raise RefusalError(400, "There is no such fault") from None
        if type(count) is not int or count < 1 or not isinstance(calls, list):
            raise RefusalError(400, "count must be a number from 1 on, calls a list")
        self._world.faults.order(fault, count, [str(call) for call in calls])
        return self._tell_faults()

    async def clear_faults(self, _request: Request) -> Response:
        self._world.faults.clear()
        return self._tell_faults()

    async def menu(self, request: Request) -> Response:
        shown = self._world.menus.seen_by(str(request.path_params["person"]))
        return JSONResponse({"menu": None if shown is None else self._world.menus.made[shown]})

    async def menu_image(self, request: Request) -> Response:
        shown = self._world.menus.seen_by(str(request.path_params["person"]))
        image = self._world.menus.images.get(shown or "")
        if image is None:
            raise RefusalError(404, "Not found")
        return Response(image.data, media_type=image.media_type)

    def _tell_faults(self) -> Response:
        waiting = self._world.faults.waiting()
        self._world.journal.add(Kind.FAULTS, waiting=waiting)
        return JSONResponse({"faults": waiting})

    async def _follow(self, last_event_id: str) -> AsyncIterator[str]:
        """The record from where the reader left off, then live. A reader who comes from
        another run of the stand-in is told to forget what it has."""
        journal = self._world.journal
        epoch, _, number = last_event_id.partition("-")
        seq = int(number) if epoch == journal.epoch and number.isdecimal() else 0
        if seq == 0:
            yield "event: reset\ndata: {}\n\n"
        while True:
            try:
                async with asyncio.timeout(_KEEP_ALIVE_SECONDS):
                    entries = await journal.wait_after(seq)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            seq = entries[-1].seq
            yield "".join(self._frame(entry) for entry in entries)

    def _frame(self, entry: Entry) -> str:
        data = entry.to_json() | {"now": milliseconds(self._world.clock.now())}
        return f"id: {self._world.journal.epoch}-{entry.seq}\ndata: {json.dumps(data)}\n\n"


def _local(answer: _Answer) -> _Answer:
    """Let nobody but pages of this machine in: a foreign site can neither read an answer nor,
    as JSON is asked for, send anything without the browser asking first."""

    async def checked(request: Request) -> Response:
        host = request.headers.get("host", "").rsplit(":", 1)[0]
        sends = request.method == "POST"
        if host not in _LOCAL_NAMES:
            return JSONResponse({"message": "Only for this machine"}, status_code=403)
        media_type = request.headers.get("content-type", "").partition(";")[0]
        if sends and media_type != "application/json":
            return JSONResponse({"message": "Send application/json"}, status_code=415)
        try:
            return await answer(request)
        except RefusalError as refusal:
            return JSONResponse(refusal.to_json(), status_code=refusal.status)

    return checked


def _file(name: str) -> Response:
    path = _FILES / name
    media_type = _MEDIA_TYPES.get(path.suffix)
    if media_type is None or not path.is_file():
        raise RefusalError(404, "Not found")
    return FileResponse(path, media_type=media_type, headers=_HEADERS)


async def _body(request: Request) -> JsonObject:
    return read_json(await request.body())


def _text(body: JsonObject, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise RefusalError(400, f"{name} must be a text that is not empty")
    return value


def _optional_text(body: JsonObject, name: str) -> str | None:
    return None if body.get(name) is None else _text(body, name)
