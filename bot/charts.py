"""Bar charts as pictures, behind addresses that are signed and good for a while.

The address holds what the picture shows, so nothing is kept. The only importer of Pillow.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.line.postbacks import derive_key
from orchestrator_core.messages import Bar

#: As long as a person may scroll back to it.
GOOD_FOR = timedelta(days=7)
MOST_BARS = 31
#: LINE takes addresses up to 2,000 characters.
_LONGEST = 1800
_NAME = re.compile(r"(\d{10})\.([A-Za-z0-9_-]{1,1700})\.([A-Za-z0-9_-]{43})\.png", re.ASCII)
_WIDTH, _HEIGHT = 1200, 600
_MARGIN, _FOOT, _HEAD = 40, 60, 60
_PAPER, _INK, _BAR = "#FFFFFF", "#16202B", "#0B6B3A"
_TYPE = 28


@dataclass(frozen=True, slots=True)
class ChartLinks:
    #: Denrei's own, as the world sees it.
    base_url: str
    key: bytes

    def picture_of(self, bars: Sequence[Bar], now: datetime) -> str | None:
        """None where the address would be too long."""
        if not 1 <= len(bars) <= MOST_BARS:
            return None
        told = [[bar.label, bar.value, round(bar.share, 3)] for bar in bars]
        body = f"{int((now + GOOD_FOR).timestamp())}.{_encoded(json.dumps(told).encode())}"
        url = f"{self.base_url}/charts/{body}.{_mark(self.key, body)}.png"
        return url if len(url) <= _LONGEST else None


def bars_in(name: str, key: bytes, now: datetime) -> list[Bar] | None:
    """What a picture's name says; None when it is not ours, was altered, or is too old."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    body = f"{match[1]}.{match[2]}"
    if not hmac.compare_digest(match[3], _mark(key, body)) or int(match[1]) < now.timestamp():
        return None
    told = json.loads(base64.urlsafe_b64decode(match[2] + "=" * (-len(match[2]) % 4)))
    return [Bar(label=label, value=value, share=share) for label, value, share in told]


def draw(bars: Sequence[Bar]) -> bytes:
    """A PNG of 2 to 1."""
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415 - few pictures are ever asked for

    image = Image.new("RGB", (_WIDTH, _HEIGHT), _PAPER)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(_TYPE)
    step = (_WIDTH - 2 * _MARGIN) / len(bars)
    room, floor = _HEIGHT - _FOOT - _HEAD - _MARGIN, _HEIGHT - _FOOT
    for place, bar in enumerate(bars):
        left, middle = _MARGIN + place * step, _MARGIN + (place + 0.5) * step
        top = floor - max(2.0, room * min(max(bar.share, 0.0), 1.0))
        pen.rectangle((left + step * 0.15, top, left + step * 0.85, floor), fill=_BAR)
        pen.text((middle, top - 12), bar.value, fill=_INK, font=font, anchor="ms")
        pen.text((middle, floor + 12), bar.label, fill=_INK, font=font, anchor="ma")
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def chart_key(channel_secret: bytes) -> bytes:
    return derive_key(channel_secret, "chart")


def chart_routes() -> list[Route]:
    """`GET /charts/…png`, for LINE's apps: the mark in the address is all that is asked for."""

    async def show(request: Request) -> Response:
        key, now = chart_key(request.state.channel_secret), request.state.clock.now()
        bars = bars_in(request.path_params["name"], key, now)
        if bars is None:
            return Response(status_code=404)
        picture = await run_in_threadpool(draw, bars)
        age = f"private, max-age={int(GOOD_FOR.total_seconds())}, immutable"
        return Response(picture, media_type="image/png", headers={"Cache-Control": age})

    return [Route("/charts/{name}", show)]


def _mark(key: bytes, body: str) -> str:
    return _encoded(hmac.digest(key, body.encode(), hashlib.sha256))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
