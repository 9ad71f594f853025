"""Bar charts as pictures, behind addresses that are signed and good for a while, as long as the
person they were made for may see costs.

The address holds what the picture shows, so nothing is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.api.limits import Allowances
from bot.canvas import Sheet
from bot.line.postbacks import derive_key
from bot.signed_links import decoded, encoded, is_marked, mark, within_limits
from orchestrator_core.messages import Bar
from orchestrator_core.rights import Action, may

#: As long as a person may scroll back to it.
GOOD_FOR = timedelta(days=7)
MOST_BARS = 31
#: LINE takes addresses up to 2,000 characters.
_LONGEST = 1800
_NAME = re.compile(
    r"(?P<until>\d{10})\.(?P<person>[A-Za-z0-9_-]{1,200})\.(?P<bars>[A-Za-z0-9_-]{1,1700})"
    r"\.(?P<mark>[A-Za-z0-9_-]{43})\.png",
    re.ASCII,
)
_WIDTH, _HEIGHT = 1200, 600
_MARGIN, _FOOT, _HEAD = 40, 60, 60
_PAPER, _INK, _BAR = "#FFFFFF", "#16202B", "#0B6B3A"
_TYPE = 28


class Shown(NamedTuple):
    #: Whoever asked for it.
    person_id: str
    bars: list[Bar]


@dataclass(frozen=True, slots=True)
class ChartLinks:
    #: Denrei's own, as the world sees it.
    base_url: str
    key: bytes

    def picture_of(self, person_id: str, bars: Sequence[Bar], now: datetime) -> str | None:
        """None where the address would be too long."""
        if not 1 <= len(bars) <= MOST_BARS:
            return None
        told = [[bar.label, bar.value, round(bar.share, 3)] for bar in bars]
        until, person = int((now + GOOD_FOR).timestamp()), encoded(person_id.encode())
        body = f"{until}.{person}.{encoded(json.dumps(told).encode())}"
        url = f"{self.base_url}/charts/{body}.{mark(self.key, body)}.png"
        return url if len(url) <= _LONGEST else None


def shown_in(name: str, key: bytes, now: datetime) -> Shown | None:
    """What a picture's name says; None when it is not ours, was altered, or is too old."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    body = f"{match['until']}.{match['person']}.{match['bars']}"
    ours = is_marked(key, body, match["mark"])
    if not ours or int(match["until"]) < now.timestamp():
        return None
    bars = [
        Bar(label=label, value=value, share=share)
        for label, value, share in json.loads(decoded(match["bars"]))
    ]
    return Shown(decoded(match["person"]).decode(), bars)


def draw(bars: Sequence[Bar]) -> bytes:
    """A PNG of 2 to 1."""
    sheet = Sheet(_WIDTH, _HEIGHT, _PAPER)
    step = (_WIDTH - 2 * _MARGIN) / len(bars)
    room, floor = _HEIGHT - _FOOT - _HEAD - _MARGIN, _HEIGHT - _FOOT
    for place, bar in enumerate(bars):
        left, middle = _MARGIN + place * step, _MARGIN + (place + 0.5) * step
        top = floor - max(2.0, room * min(max(bar.share, 0.0), 1.0))
        sheet.box((left + step * 0.15, top), (left + step * 0.85, floor), _BAR)
        sheet.words((middle, top - 12), bar.value, _INK, size=_TYPE, anchor="ms")
        sheet.words((middle, floor + 12), bar.label, _INK, size=_TYPE, anchor="ma")
    return sheet.png()


def chart_key(channel_secret: bytes) -> bytes:
    return derive_key(channel_secret, "chart")


def chart_routes(allowances: Allowances) -> list[Route]:
    """`GET /charts/…png`, for LINE's apps, which bring no token: the mark in the address tells
    for whom it was made, and they must still have the right."""

    async def show(request: Request) -> Response | None:
        key, now = chart_key(request.state.channel_secret), request.state.clock.now()
        shown = shown_in(request.path_params["name"], key, now)
        if shown is None or not await _may_see_costs(request, shown.person_id):
            return None
        picture = await run_in_threadpool(draw, shown.bars)
        # What was kept on the way would be shown to whoever lost their role, too.
        return Response(
            picture, media_type="image/png", headers={"Cache-Control": "private, no-store"}
        )

    return [Route("/charts/{name}", within_limits(show, allowances))]


async def _may_see_costs(request: Request, person_id: str) -> bool:
    async with request.state.store.read() as records:
        known = await records.people.get(person_id)
    return may(request.state.people.gate.role_of(person_id, known), Action.COST)
