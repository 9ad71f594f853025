"""What a person writes to have something done later: when, and what. Reads the words of
`phrase_words.py` into times; knows no database.

    every weekday 9:00 run the tests      平日9時にテストを実行して
    tomorrow 18:30 …, in 2 hours …        明日18時半に…、2時間後に…
    0 9 * * 1-5 …                         five fields, as cron has them
"""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from commands.phrase_times import by_the_hour, moment_of
from commands.phrase_words import (
    COMMA,
    CRON,
    DAYS,
    PARTICLE,
    SAID_CRON,
    TIMES,
    ZONE,
    After,
    ByTheHour,
    Days,
    OnDate,
    OnDay,
    OnWeekday,
    Repeated,
)
from orchestrator_core.errors import PersonError
from orchestrator_core.model import Timing
from orchestrator_core.schedules import first_time

_NOON = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    timing: Timing
    #: The first time.
    next_at: datetime
    #: The words for when, as written.
    said: str
    #: What follows them.
    prompt: str


def read_phrase(text: str, *, now: datetime, zone: ZoneInfo) -> Phrase:
    """`zone`: of times where none is named. Raises PersonError, which says what can be written.

    `prompt` may be empty.
    """
    words = _Words(text)
    cron = words.cron()
    if cron is None:
        words.read()
    where = words.zone or zone
    timing = _timing(words, cron, now=now, zone=where)
    next_at = first_time(timing, now)
    if next_at is None:
        raise PersonError("schedule.never")
    return Phrase(timing=timing, next_at=next_at, said=words.said, prompt=words.rest)


def zone_named(name: str) -> ZoneInfo | None:
    """None: there is none of this name."""
    found = _zones().get(name.casefold())
    return ZoneInfo(found) if found else None


@cache
def _zones() -> dict[str, str]:
    named = {name.casefold(): name for name in zoneinfo.available_timezones()}
    return {**named, "jst": "Asia/Tokyo"}


@dataclass(slots=True)
class _Words:
    """Goes through the text from its beginning for as long as it tells when."""

    text: str
    days: Days | None = None
    time: time | None = None
    zone: ZoneInfo | None = None
    _at: int = 0
    #: Where the last word for when ends, without what joins it to the rest.
    _end: int = 0
    _folded: str = field(init=False)

    def __post_init__(self) -> None:
        self.text = self.text.strip()
        self._folded = "".join(map(_fold, self.text))

    @property
    def said(self) -> str:
        return self.text[: self._end]

    @property
    def rest(self) -> str:
        return self.text[self._at :].strip()

    def cron(self) -> str | None:
        """The five fields, if they are what it begins with."""
        found = self._take(CRON)
        if found is None and SAID_CRON.match(self._folded):
            raise PersonError("schedule.bad_cron", text=self.text[:40])
        if found is None:
            return None
        self._take_zone()
        self._end = self._at
        self._take(COMMA)
        return found["fields"]

    def read(self) -> None:
        while self._take_days() or self._take_time() or self._take_zone():
            self._end = self._at
            if self._take(PARTICLE) and not self._lacks_time:
                break
            if self._take(COMMA) and not self._lacks_time:
                break
        self._take(COMMA)

    @property
    def _lacks_time(self) -> bool:
        needs = isinstance(self.days, Repeated | OnDay | OnDate | OnWeekday)
        return needs and self.time is None

    def _take_days(self) -> bool:
        if self.days is not None:
            return False
        for pattern, meaning in DAYS:
            if found := self._take(pattern):
                self.days = meaning(found)
                return True
        return False

    def _take_time(self) -> bool:
        if self.time is not None or not _may_have_time(self.days):
            return False
        for pattern in TIMES:
            if found := self._take(pattern):
                self.time = _time_of(found)
                return True
        return False

    def _take_zone(self) -> bool:
        start = self._at
        if self.zone is not None or not (found := self._take(ZONE)):
            return False
        self.zone = zone_named(found["zone"])
        if self.zone is None:
            # It is a word of what is to be done.
            self._at = start
        return self.zone is not None

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        start = self._at
        while start < len(self._folded) and self._folded[start].isspace():
            start += 1
        found = pattern.match(self._folded, start)
        if found:
            self._at = found.end()
        return found


def _fold(character: str) -> str:
    """Half-width and lower-case, one for one: places must be the same in both texts."""
    folded = unicodedata.normalize("NFKC", character).casefold()
    return folded if len(folded) == 1 else character


def _may_have_time(days: Days | None) -> bool:
    match days:
        case ByTheHour():
            return False
        case After(span=span):
            return not span % timedelta(days=1)
    return True


def _time_of(found: re.Match[str]) -> time:
    """Raises PersonError."""
    groups = found.groupdict()
    if groups.get("noon") or groups.get("noon_ja"):
        return time(_NOON)
    if groups.get("midnight"):
        return time(0)
    hour, minute = int(groups["h"]), int(groups.get("m") or 0)
    if groups.get("half_past"):
        minute = 30
    half = groups.get("half") or ("a" if groups.get("am") else "p" if groups.get("pm") else None)
    if groups.get("half") and not 1 <= hour <= _NOON:
        raise PersonError("schedule.bad_time", time=found[0].strip())
    if groups.get("half"):
        hour %= _NOON
    if half == "p" and hour < _NOON:
        hour += _NOON
    try:
        return time(hour, minute)
    except ValueError:
        raise PersonError("schedule.bad_time", time=found[0].strip()) from None


def _timing(words: _Words, cron: str | None, *, now: datetime, zone: ZoneInfo) -> Timing:
    if cron is not None:
        return Timing(cron=cron, zone=zone.key)
    match words.days:
        case None if words.time is None:
            raise PersonError("schedule.unclear")
        case ByTheHour() as often:
            return Timing(cron=by_the_hour(often), zone=zone.key)
        case Repeated() as repeated:
            at = _needed(words)
            days = f"{repeated.days} * {repeated.weekdays}"
            return Timing(cron=f"{at.minute} {at.hour} {days}", zone=zone.key)
        case After(span=span) if words.time is None:
            return Timing(at=now + span, zone=zone.key)
        case once:
            return Timing(at=moment_of(once, _needed(words), now=now, zone=zone), zone=zone.key)


def _needed(words: _Words) -> time:
    if words.time is None:
        raise PersonError("schedule.no_time", said=words.said)
    return words.time
