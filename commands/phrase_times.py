"""When it is that a person's words name, as `phrase_words.py` has read them. No I/O."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from commands.phrase_words import After, ByTheHour, Days, OnDate, OnDay, OnWeekday
from orchestrator_core.errors import PersonError
from orchestrator_core.schedules import shown_time

_DAY = timedelta(days=1)
_HOUR = 60
_HOURS_A_DAY = 24


def by_the_hour(often: ByTheHour) -> str:
    """As cron has it. Raises PersonError for what does not fit into an hour or a day."""
    hours, minutes = divmod(often.minutes, _HOUR)
    if minutes == 0 and hours and _HOURS_A_DAY % hours == 0:
        return f"{often.after} {'*' if hours == 1 else f'*/{hours}'} * * *"
    if hours == 0 and minutes and _HOUR % minutes == 0:
        return f"*/{minutes} * * * *"
    raise PersonError("schedule.uneven")


def moment_of(days: Days | None, at: time, *, now: datetime, zone: ZoneInfo) -> datetime:
    """Raises PersonError for what has gone by, and for a day that is in no calendar."""
    local = now.astimezone(zone)
    match days:
        case None:
            found = _moment(local.date(), at, zone)
            return found if found > now else _moment(local.date() + _DAY, at, zone)
        case OnDate() as wanted:
            found = _on_date(wanted, at, now=local, zone=zone)
        case OnWeekday() as wanted:
            found = _on_weekday(wanted, at, now=local, zone=zone)
        case OnDay(ahead=ahead):
            found = _moment(local.date() + ahead * _DAY, at, zone)
        case After(span=span):
            found = _moment(local.date() + span, at, zone)
        case _:
            raise TypeError(f"no moment: {days}")
    if found <= now:
        raise PersonError("schedule.past", time=shown_time(found, zone))
    return found


def _on_date(wanted: OnDate, at: time, *, now: datetime, zone: ZoneInfo) -> datetime:
    try:
        if wanted.year is not None:
            return _moment(date(wanted.year, wanted.month, wanted.day), at, zone)
        found = _moment(date(now.year, wanted.month, wanted.day), at, zone)
        if found > now:
            return found
        return _moment(date(now.year + 1, wanted.month, wanted.day), at, zone)
    except (ValueError, OverflowError):
        raise PersonError("schedule.bad_date") from None


def _on_weekday(wanted: OnWeekday, at: time, *, now: datetime, zone: ZoneInfo) -> datetime:
    ahead = (wanted.weekday - now.weekday()) % 7
    if wanted.next_week:
        ahead = 7 - now.weekday() + wanted.weekday
    found = _moment(now.date() + timedelta(days=ahead), at, zone)
    if ahead == 0 and (wanted.not_today or found <= now):
        found = _moment(now.date() + 7 * _DAY, at, zone)
    return found


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """One that the clocks are set forward over comes as much later."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
