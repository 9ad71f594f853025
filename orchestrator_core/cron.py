"""Cron expressions of five fields, read into the moments they name. Knows no clock.

As cron has it: the day of the week begins with Sunday as 0 (and 7), and where both kinds of day
are limited, either fits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d{1,2}))?", re.ASCII)
#: The last day of each month.
LAST = "last"


class CronError(ValueError):
    """What was written is no cron expression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    minutes: frozenset[int]
    hours: frozenset[int]
    #: Of the month; None: any. With `LAST` among them the last one, too.
    days: frozenset[int] | None
    last_day: bool
    months: frozenset[int]
    #: Sunday is 0; None: any.
    weekdays: frozenset[int] | None
    #: It goes by the hour, not by the time of the day.
    every_hour: bool

    @property
    def shortest_minutes(self) -> int:
        """How soon after one time the next may come, within a day."""
        minutes = sorted(self.minutes)
        gaps = [later - earlier for earlier, later in pairwise(minutes)]
        hours = sorted(self.hours)
        if any(later - earlier == 1 for earlier, later in pairwise([*hours, hours[0] + 24])):
            gaps.append(minutes[0] + 60 - minutes[-1])
        return min(gaps, default=60)


def parse_cron(expression: str) -> Cron:
    """Raises CronError."""
    fields = expression.casefold().split()
    if len(fields) != 5:  # noqa: PLR2004 - as many as cron has
        raise CronError(expression)
    minute, hour, day, month, weekday = fields
    days = [part for part in day.split(",") if part not in {"l", LAST}]
    return Cron(
        minutes=_numbers(minute, 0, 59),
        hours=_numbers(hour, 0, 23),
        days=None if day == "*" else _numbers(",".join(days), 1, 31) if days else frozenset(),
        last_day=len(days) < len(day.split(",")),
        months=_numbers(month, 1, 12, _named(_MONTHS, 1)),
        weekdays=None if weekday == "*" else _weekdays(weekday),
        every_hour=hour == "*",
    )


def _weekdays(field: str) -> frozenset[int]:
    return frozenset(number % 7 for number in _numbers(field, 0, 7, _named(_DAYS, 0)))


def _numbers(
    field: str, least: int, most: int, names: Mapping[str, int] | None = None
) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise CronError(field)
        first = _number(match["first"], least, names)
        # A single number with a step goes on to the end, as in Vixie's cron.
        alone = match["last"] is None and match["first"] is not None and match["step"] is None
        last = first if alone else _number(match["last"], most, names)
        if match["last"] == _DAYS[0] and names:
            last = most
        step = int(match["step"] or 1)
        if not (least <= first <= last <= most and step):
            raise CronError(field)
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _number(word: str | None, otherwise: int, names: Mapping[str, int] | None) -> int:
    if word is None:
        return otherwise
    if names and word[:3] in names and word.isalpha():
        return names[word[:3]]
    if not word.isdigit():
        raise CronError(word)
    return int(word)


def _named(names: Sequence[str], first: int) -> Mapping[str, int]:
    return {name: number for number, name in enumerate(names, first)}
