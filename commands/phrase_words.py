"""The words in which people name days, times and spans, in every language. No I/O, no clock.

Each pattern is for folded text: half-width and lower-case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

_EN_DAYS = {
    "mon": r"mon(?:day)?",
    "tue": r"tue(?:s(?:day)?)?",
    "wed": r"wed(?:nesday)?",
    "thu": r"thu(?:rs?(?:day)?)?",
    "fri": r"fri(?:day)?",
    "sat": r"sat(?:urday)?",
    "sun": r"sun(?:day)?",
}
_EN_DAY = "(?:" + "|".join(_EN_DAYS.values()) + ")"
_AND = r"\s*(?:,\s*and\b|,|&|/|\band\b)\s*"
_EN_DAY_LIST = rf"(?P<en>{_EN_DAY}s?(?:{_AND}{_EN_DAY}s?)*)\b"
_JA_DAYS = "月火水木金土日"
_JA_DAY = f"[{_JA_DAYS}](?:曜日|曜)?"
_JA_DAY_LIST = rf"(?P<ja>{_JA_DAY}(?:\s*[・、,/と]?\s*{_JA_DAY})*)"
_EN_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_EN_MONTH = (
    r"(?P<month_name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_NTH = r"(?:st|nd|rd|th)"
_EVERY = r"(?:every|each)"
_OF_MONTH = r"(?:\s+(?:day\s+)?of\s+(?:the|each|every)\s+month)?"
#: A number that is not the hour of a time.
_NO_TIME = r"(?![\d:]|\s*(?:am|pm)\b|時)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """On these days, as cron names them; the time of the day is said apart."""

    days: str = "*"
    weekdays: str = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class ByTheHour:
    """Again and again, whatever the time of the day."""

    #: How many minutes apart.
    minutes: int
    #: Of those an hour or more apart: how long after the full hour.
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """So long from now; whole days may be followed by a time of the day."""

    span: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDay:
    """So many days from today."""

    ahead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDate:
    month: int
    day: int
    #: None: the next such date.
    year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnWeekday:
    """The next such day. Monday is 0."""

    weekday: int
    #: Not today, whatever the time.
    not_today: bool = False
    #: In the week that begins next Monday.
    next_week: bool = False


Days = Repeated | ByTheHour | After | OnDay | OnDate | OnWeekday
_Found = re.Match[str]


def _weekdays(found: _Found) -> Repeated:
    groups = found.groupdict()
    if groups.get("ja"):
        named = [
            _JA_DAYS.index(one) for one in re.findall(rf"([{_JA_DAYS}])(?:曜日?)?", groups["ja"])
        ]
    else:
        named = [
            [*_EN_DAYS].index(one[:3]) for one in re.findall(r"[a-z]{3,}", _without_and(found))
        ]
    days = [[*_EN_DAYS][number] for number in sorted(set(named))]
    return Repeated(weekdays=",".join(days))


def _without_and(found: _Found) -> str:
    return re.sub(r"\band\b", ",", found["en"])


def _minutes(found: _Found) -> ByTheHour:
    return ByTheHour(minutes=int(found["n"]))


def _hours(found: _Found) -> ByTheHour:
    return ByTheHour(minutes=60 * int(found["n"]))


def _full_hour(found: _Found) -> ByTheHour:
    return ByTheHour(minutes=60, after=int(found.groupdict().get("n") or 0))


def _day_of_month(found: _Found) -> Repeated:
    return Repeated(days=str(int(found["n"])))


def _span(found: _Found) -> After:
    minutes = 0
    for amount, unit in _AMOUNTS.findall(found["span"]):
        count = int(amount or 1)
        minutes += count * {"w": 10080, "週": 10080, "d": 1440, "日": 1440}.get(
            unit, 60 if unit in "h時" else 1
        )
    return After(span=timedelta(minutes=minutes + 30 * ("半" in found["span"])))


def _date(found: _Found) -> OnDate:
    groups = found.groupdict()
    name = groups.get("month_name")
    month = _EN_MONTHS.index(name[:3]) + 1 if name else int(groups["month"])
    year = groups.get("year")
    return OnDate(month=month, day=int(groups["day"]), year=int(year) if year else None)


def _weekday(found: _Found) -> OnWeekday:
    groups = found.groupdict()
    name, which = groups["weekday"], groups.get("which") or ""
    number = _JA_DAYS.index(name) if name in _JA_DAYS else [*_EN_DAYS].index(name[:3])
    return OnWeekday(
        weekday=number, not_today=which in {"next", "次の"}, next_week=which.startswith("来週")
    )


def _fixed(days: Days) -> Callable[[_Found], Days]:
    return lambda _found: days


def _in_days(n: int) -> Callable[[_Found], Days]:
    return _fixed(OnDay(ahead=n))


#: The number (none: it is one) and what begins its unit.
_AMOUNTS = re.compile(r"(?:\ban?\s+|(\d+)\s*)(w|d|h|m|週|日|時|分)")
_LAST_DAY = _fixed(Repeated(days="last"))
_AMOUNT = r"(?:an?|\d{1,3})\s*(?:w(?:ee)?ks?|days?|hours?|hrs?|h|minutes?|mins?|m)\b"
#: The longer before what it begins with.
DAYS: tuple[tuple[re.Pattern[str], Callable[[_Found], Days]], ...] = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (rf"(?:{_EVERY}\s*day\b|daily\b|毎日|毎朝|毎晩)", _fixed(Repeated())),
        (
            rf"(?:(?:{_EVERY}|on)\s+)?(?:week|work(?:ing\s+)?)days?\b|毎?平日",
            _fixed(Repeated(weekdays="mon-fri")),
        ),
        (
            rf"(?:(?:{_EVERY}|on)\s+)?weekends?\b|毎?週末|(?:毎週\s*)?土日(?:曜日?)?",
            _fixed(Repeated(weekdays="sat,sun")),
        ),
        (rf"(?:{_EVERY}|weekly\s+on)\s+{_EN_DAY_LIST}", _weekdays),
        (rf"(?:on\s+)?(?P<en>{_EN_DAY}s(?:{_AND}{_EN_DAY}s)*)\b", _weekdays),
        (rf"毎週\s*{_JA_DAY_LIST}", _weekdays),
        (
            rf"(?:(?:{_EVERY}\s+month|monthly)(?:\s+on)?\s+)?(?:{_EVERY}\s+|on\s+|the\s+)*"
            rf"last\s+day{_OF_MONTH}|毎?月末日?|毎月の?(?:最終日|末日)",
            _LAST_DAY,
        ),
        (
            rf"(?:{_EVERY}\s+month|monthly)(?:\s+on)?(?:\s+the)?(?:\s+day)?\s+"
            rf"(?P<n>\d{{1,2}}){_NTH}?{_NO_TIME}",
            _day_of_month,
        ),
        (rf"{_EVERY}\s+(?P<n>\d{{1,2}}){_NTH}{_OF_MONTH}", _day_of_month),
        (r"毎月の?\s*(?P<n>\d{1,2})日", _day_of_month),
        (r"毎時\s*(?P<n>\d{1,2})分", _full_hour),
        (rf"{_EVERY}\s+hour\b|hourly\b|毎時", _full_hour),
        (rf"{_EVERY}\s+half(?:\s+an)?\s+hour\b", _fixed(ByTheHour(minutes=30))),
        (rf"{_EVERY}\s+(?P<n>\d{{1,3}})\s*(?:hours?|hrs?|h)\b", _hours),
        (rf"{_EVERY}\s+(?P<n>\d{{1,3}})\s*(?:minutes?|mins?|m)\b", _minutes),
        (r"(?P<n>\d{1,3})時間(?:ごと|毎|おき)", _hours),
        (r"(?P<n>\d{1,3})分(?:ごと|毎|おき)", _minutes),
        (r"in\s+half\s+an\s+hour\b", _fixed(After(span=timedelta(minutes=30)))),
        (rf"in\s+(?P<span>{_AMOUNT}(?:\s*(?:,|and)?\s*{_AMOUNT})*)", _span),
        (
            r"(?=\d)(?P<span>(?:\d{1,3}週間)?(?:\d{1,3}日)?(?:\d{1,3}時間半?)?(?:\d{1,3}分)?)後",
            _span,
        ),
        (r"(?:the\s+)?day\s+after\s+tomorrow\b|明後日|あさって", _in_days(2)),
        (r"tomorrow\b|明日|あした|あす", _in_days(1)),
        (r"today\b|tonight\b|今日|本日|今(?=夜)", _in_days(0)),
        (
            r"(?:on\s+)?(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)",
            _date,
        ),
        (
            rf"(?:on\s+)?{_EN_MONTH}\s+(?P<day>\d{{1,2}}){_NTH}?{_NO_TIME}(?:,?\s+(?P<year>\d{{4}})\b)?",
            _date,
        ),
        (
            rf"(?:on\s+)?(?:the\s+)?(?P<day>\d{{1,2}}){_NTH}?\s+(?:of\s+)?{_EN_MONTH}\b(?:\s+(?P<year>\d{{4}})\b)?",
            _date,
        ),
        (r"(?:(?P<year>\d{4})年\s*)?(?P<month>\d{1,2})月\s*(?P<day>\d{1,2})日", _date),
        (rf"(?:on\s+)?(?:(?P<which>next|this|coming)\s+)?(?P<weekday>{_EN_DAY})\b", _weekday),
        (rf"(?P<which>来週の?|今週の?|次の)?(?P<weekday>[{_JA_DAYS}])曜日?", _weekday),
    )
)

#: A time of the day.
TIMES: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:at\s+|@\s*)?(?P<h>\d{1,2}):(?P<m>\d{2})(?!\d)(?:\s*(?P<half>[ap])\.?m\b\.?)?",
        r"(?:at\s+|@\s*)?(?P<h>\d{1,2})\s*(?P<half>[ap])\.?m\b\.?",
        r"(?:at\s+)?(?P<h>\d{1,2})\s*o'?clock\b",
        r"at\s+(?P<h>\d{1,2})(?![\d:/.時\w])",
        r"(?:at\s+)?(?P<noon>noon|midday)\b|の?(?P<noon_ja>正午)",
        r"(?:at\s+)?(?P<midnight>midnight)\b",
        r"の?(?:(?P<am>午前|朝)|(?P<pm>午後|夕方|夜))の?\s*(?P<h>\d{1,2}):(?P<m>\d{2})(?!\d)",
        r"の?(?:(?P<am>午前|朝)|(?P<pm>午後|夕方|夜))?の?\s*(?P<h>\d{1,2})時(?!間)"
        r"(?:(?P<m>\d{1,2})分|(?P<half_past>半))?",
    )
)

ZONE = re.compile(r"(?P<zone>[a-z]+(?:/[a-z0-9_+-]+)+|utc|gmt|jst)\b")
_MINUTE_FIELD, _NAME_FIELD = r"[\d*][\d*,/-]*", r"[\d*a-z][\d*a-z,/-]*"
_DAY_FIELD = r"(?:l|last|[\d*])(?:[\d*,/-]|l\b|last\b)*"
CRON = re.compile(
    rf"(?:cron:?\s+)?(?P<fields>{_MINUTE_FIELD}\s+{_MINUTE_FIELD}\s+{_DAY_FIELD}"
    rf"\s+{_NAME_FIELD}\s+{_NAME_FIELD})(?=\s|$)"
)
SAID_CRON = re.compile(r"cron\b")
PARTICLE = re.compile(r"には?")
COMMA = re.compile(r"[,、，:：]")
