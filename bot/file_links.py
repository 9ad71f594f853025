"""Links to the files that Claude made: signed, and good for a day.

What is served is the copy that was made at the turn's end; no address ever names a path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.api.limits import Allowances
from bot.line.postbacks import derive_key
from bot.signed_links import is_marked, mark, within_limits
from orchestrator_core.model import MadeFile
from orchestrator_core.rights import Action, may

GOOD_FOR = timedelta(days=1)
#: LINE's apps show pictures up to this size.
MOST_BYTES = 10 * 1024 * 1024
_NAME = re.compile(r"([0-9a-f]{32})\.(\d{10})\.([A-Za-z0-9_-]{43})", re.ASCII)
#: All else is saved, not opened: a page from here must not act as one of ours.
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class FileLinks:
    """Implements the port FileAddresses."""

    #: Denrei's own, as the world sees it.
    base_url: str
    key: bytes

    def address_of(self, made: MadeFile) -> str:
        body = f"{made.id}.{int(made.expires_at.timestamp())}"
        name = quote(made.name[:_LONGEST_NAME], safe="")
        return f"{self.base_url}/files/{body}.{mark(self.key, body)}/{name}"


def id_in(name: str, key: bytes, now: datetime) -> str | None:
    """Which file an address is of; None when it is not ours, was altered, or is too old."""
    match = _NAME.fullmatch(name)
    if match is None or int(match[2]) <= now.timestamp():
        return None
    good = is_marked(key, f"{match[1]}.{match[2]}", match[3])
    return match[1] if good else None


def file_key(channel_secret: bytes) -> bytes:
    return derive_key(channel_secret, "file")


def file_routes(allowances: Allowances) -> list[Route]:
    """`GET /files/…/name`, for LINE's apps, which bring no token: the mark in the address is all
    that is asked for, and that whoever the file was made for still has a role."""

    async def show(request: Request) -> Response | None:
        key, now = file_key(request.state.channel_secret), request.state.clock.now()
        file_id = id_in(request.path_params["signed"], key, now)
        made = await _made(request, file_id) if file_id else None
        if made is None or made.expires_at <= now:
            return None
        # What was kept on the way would be shown to whoever lost their role, too.
        return Response(made.content, media_type=made.media_type, headers=_headers(made))

    return [Route("/files/{signed}/{name}", within_limits(show, allowances))]


async def _made(request: Request, file_id: str) -> MadeFile | None:
    async with request.state.store.read() as records:
        made: MadeFile | None = await records.made_files.get(file_id)
        known = await records.people.get(made.person_id) if made else None
    if made is None:
        return None
    role = request.state.people.gate.role_of(made.person_id, known)
    return made if may(role, Action.STATUS) else None


def _headers(made: MadeFile) -> dict[str, str]:
    how = "inline" if made.media_type in _SHOWN else "attachment"
    return {
        "Cache-Control": "private, no-store",
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(made.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
