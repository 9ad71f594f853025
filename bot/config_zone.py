"""A time zone by its name, as `denrei.toml` gives it."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator


def _zone(name: object) -> ZoneInfo:
    if isinstance(name, ZoneInfo):
        return name
    try:
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone; write one like 'Asia/Tokyo'") from None


Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
