"""Links to the files that Claude made: signed, and good for a day.

What is served is the copy that was made at the turn's end; no address ever names a path.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.api.access import address
from bot.api.limits import Allowance, Allowances
from bot.api.problems import ProblemError
from bot.line.postbacks import derive_key
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
        return f"{self.base_url}/files/{body}.{_mark(self.key, body)}/{name}"


def id_in(name: str, key: bytes, now: datetime) -> str | None:
    """Which file an address is of; None when it is not ours, was altered, or is too old."""
    match = _NAME.fullmatch(name)
    if match is None or int(match[2]) <= now.timestamp():
        return None
    good = hmac.compare_digest(match[3], _mark(key, f"{match[1]}.{match[2]}"))
    return match[1] if good else None


def file_key(channel_secret: bytes) -> bytes:
    return derive_key(channel_secret, "file")


def file_routes(allowances: Allowances) -> list[Route]:
    """`GET /files/…/name`, for LINE's apps, which bring no token: the mark in the address is all
    that is asked for, and that whoever the file was made for still has a role."""

    async def show(request: Request) -> Response:
        try:
            await allowances.spend(Allowance.READS, caller=address(request))
        except ProblemError as error:
            return error.response()
        key, now = file_key(request.state.channel_secret), request.state.clock.now()
        file_id = id_in(request.path_params["signed"], key, now)
        made = await _made(request, file_id) if file_id else None
        if made is None or made.expires_at <= now:
            return Response(status_code=404)
        # What was kept on the way would be shown to whoever lost their role, too.
        return Response(made.content, media_type=made.media_type, headers=_headers(made))

    return [Route("/files/{signed}/{name}", show)]


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


def _mark(key: bytes, body: str) -> str:
    raw = hmac.digest(key, body.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
