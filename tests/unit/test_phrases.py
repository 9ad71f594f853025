"""When a person wants something done, as they write it, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.phrases import Phrase, read_phrase, zone_named
from orchestrator_core.errors import PersonError
from orchestrator_core.model import Language
from orchestrator_core.texts import texts_in

TOKYO = ZoneInfo("Asia/Tokyo")
#: A Monday, twelve o'clock in Tokyo.
NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def read(text: str, *, zone: ZoneInfo = TOKYO) -> Phrase:
    return read_phrase(text, now=NOW, zone=zone)


def first(text: str) -> str:
    phrase = read(text)
    return f"{phrase.next_at.astimezone(ZoneInfo(phrase.timing.zone)):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("when", "cron"),
    [
        ("every weekday 9:00", "0 9 * * mon-fri"),
        ("Every Weekday at 9", "0 9 * * mon-fri"),
        ("weekdays at 9:30pm", "30 21 * * mon-fri"),
        ("every day at 9 a.m.", "0 9 * * *"),
        ("everyday 09:05", "5 9 * * *"),
        ("daily at noon", "0 12 * * *"),
        ("daily at midnight", "0 0 * * *"),
        ("every day 12am", "0 0 * * *"),
        ("every day 12pm", "0 12 * * *"),
        ("9:00 every weekday", "0 9 * * mon-fri"),
        ("every weekend 10:00", "0 10 * * sat,sun"),
        ("every monday 9:00", "0 9 * * mon"),
        ("every Mon, Wed and Fri 18:30", "30 18 * * mon,wed,fri"),
        ("every sunday & tuesday at 7", "0 7 * * tue,sun"),
        ("mondays and thursdays at 9am", "0 9 * * mon,thu"),
        ("on thursdays 9:00", "0 9 * * thu"),
        ("weekly on friday at 17:00", "0 17 * * fri"),
        ("every month on the 1st 9:00", "0 9 1 * *"),
        ("monthly on the 15th at noon", "0 12 15 * *"),
        ("every month 3 at 9:00", "0 9 3 * *"),
        ("every 22nd of the month at 9:00", "0 9 22 * *"),
        ("on the last day of every month 9:00", "0 9 last * *"),
        ("every month on the last day at 18:00", "0 18 last * *"),
        ("every hour", "0 * * * *"),
        ("hourly", "0 * * * *"),
        ("every half hour", "*/30 * * * *"),
        ("every 15 minutes", "*/15 * * * *"),
        ("every 2 hours", "0 */2 * * *"),
        ("0 9 * * 1-5", "0 9 * * 1-5"),
        ("cron 30 8 1,15 * *", "30 8 1,15 * *"),
        ("cron: 0 9 l jan-mar mon", "0 9 l jan-mar mon"),
        ("毎日9時", "0 9 * * *"),
        ("毎日 9:00", "0 9 * * *"),
        ("毎日　９：００", "0 9 * * *"),
        ("毎朝7時半", "30 7 * * *"),
        ("毎晩 午後10時", "0 22 * * *"),
        ("平日9時", "0 9 * * mon-fri"),
        ("毎平日の9時15分", "15 9 * * mon-fri"),
        ("週末10時", "0 10 * * sat,sun"),
        ("土日の正午", "0 12 * * sat,sun"),
        ("毎週月曜 9時", "0 9 * * mon"),
        ("毎週月曜日の朝9時", "0 9 * * mon"),
        ("毎週日曜日 9時", "0 9 * * sun"),
        ("毎週月・水・金 18:30", "30 18 * * mon,wed,fri"),
        ("毎週火曜と木曜の午後6時", "0 18 * * tue,thu"),
        ("毎週金土日 9時", "0 9 * * fri,sat,sun"),
        ("毎月1日 9時", "0 9 1 * *"),
        ("毎月15日の夕方5時半", "30 17 15 * *"),
        ("毎月末日9時", "0 9 last * *"),
        ("月末18時", "0 18 last * *"),
        ("毎時", "0 * * * *"),
        ("毎時15分", "15 * * * *"),
        ("30分ごと", "*/30 * * * *"),
        ("30分おき", "*/30 * * * *"),
        ("2時間ごと", "0 */2 * * *"),
    ],
)
def test_what_comes_again_and_again_is_read(when: str, cron: str) -> None:
    phrase = read(f"{when} run the tests")

    assert (phrase.timing.cron, phrase.timing.at) == (cron, None)
    assert (phrase.said, phrase.prompt) == (when, "run the tests")


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ("in 2 hours", "Mon 2026-11-23 14:00"),
        ("in an hour", "Mon 2026-11-23 13:00"),
        ("in half an hour", "Mon 2026-11-23 12:30"),
        ("in 1 hour and 30 minutes", "Mon 2026-11-23 13:30"),
        ("in 90m", "Mon 2026-11-23 13:30"),
        ("in 3 days", "Thu 2026-11-26 12:00"),
        ("in 3 days at 9:00", "Thu 2026-11-26 09:00"),
        ("in 2 weeks", "Mon 2026-12-07 12:00"),
        ("tomorrow 9:00", "Tue 2026-11-24 09:00"),
        ("9am tomorrow", "Tue 2026-11-24 09:00"),
        ("day after tomorrow at 9:00", "Wed 2026-11-25 09:00"),
        ("today at 18:00", "Mon 2026-11-23 18:00"),
        ("tonight at 8pm", "Mon 2026-11-23 20:00"),
        ("at 18:00", "Mon 2026-11-23 18:00"),
        ("at 9:00", "Tue 2026-11-24 09:00"),
        ("on friday 9:00", "Fri 2026-11-27 09:00"),
        ("monday 18:00", "Mon 2026-11-23 18:00"),
        ("monday 9:00", "Mon 2026-11-30 09:00"),
        ("next monday 18:00", "Mon 2026-11-30 18:00"),
        ("2026-12-24 9:00", "Thu 2026-12-24 09:00"),
        ("dec 24 9:00", "Thu 2026-12-24 09:00"),
        ("on the 24th of december at 9:00", "Thu 2026-12-24 09:00"),
        ("january 4th 9:00", "Mon 2027-01-04 09:00"),
        ("2時間後", "Mon 2026-11-23 14:00"),
        ("1時間半後", "Mon 2026-11-23 13:30"),
        ("45分後", "Mon 2026-11-23 12:45"),
        ("3日後の9時", "Thu 2026-11-26 09:00"),
        ("2週間後", "Mon 2026-12-07 12:00"),
        ("明日9時", "Tue 2026-11-24 09:00"),
        ("明日の午後3時半", "Tue 2026-11-24 15:30"),
        ("あさって正午", "Wed 2026-11-25 12:00"),
        ("今日18時", "Mon 2026-11-23 18:00"),
        ("今夜8時", "Mon 2026-11-23 20:00"),
        ("9時", "Tue 2026-11-24 09:00"),
        ("金曜9時", "Fri 2026-11-27 09:00"),
        ("来週月曜9時", "Mon 2026-11-30 09:00"),
        ("来週の水曜日の9時", "Wed 2026-12-02 09:00"),
        ("次の月曜18時", "Mon 2026-11-30 18:00"),
        ("12月24日9時", "Thu 2026-12-24 09:00"),
        ("1月4日 9時", "Mon 2027-01-04 09:00"),
        ("2027年1月4日 9時", "Mon 2027-01-04 09:00"),
    ],
)
def test_what_comes_once_is_read(when: str, moment: str) -> None:
    assert first(f"{when} run the tests") == moment
    assert read(f"{when} run the tests").timing.cron is None
    assert (read(f"{when} x").said, read(f"{when} x").prompt) == (when, "x")


@pytest.mark.parametrize(
    ("text", "said", "prompt"),
    [
        ("毎日9時にテストを実行して", "毎日9時", "テストを実行して"),
        ("平日9時半に、テスト", "平日9時半", "テスト"),
        ("2時間後にＡＢＣを見て", "2時間後", "ＡＢＣを見て"),
        ("30分ごとに明日の天気を見て", "30分ごと", "明日の天気を見て"),
        ("9時に月曜の報告", "9時", "月曜の報告"),
        ("every weekday, 9:00: run", "every weekday, 9:00", "run"),
        ("every day 9:00 to do\nand more", "every day 9:00", "to do\nand more"),
        ("every day 9:00 src/main.py check", "every day 9:00", "src/main.py check"),
        ("every day 9:00 tomorrow's plan", "every day 9:00", "tomorrow's plan"),
        ("in 2 hours 9:00 is late", "in 2 hours", "9:00 is late"),
        ("every day 9:00", "every day 9:00", ""),
    ],
)
def test_what_is_to_be_done_begins_where_the_time_ends(text: str, said: str, prompt: str) -> None:
    assert (read(text).said, read(text).prompt) == (said, prompt)


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("every day 9:00 Europe/Berlin x", "Europe/Berlin", "2026-11-23 08:00"),
        ("every day 9:00 europe/berlin x", "Europe/Berlin", "2026-11-23 08:00"),
        ("tomorrow 9:00 UTC x", "UTC", "2026-11-24 09:00"),
        ("9:00 JST every day x", "Asia/Tokyo", "2026-11-24 00:00"),
        ("0 9 * * * America/New_York x", "America/New_York", "2026-11-23 14:00"),
    ],
)
def test_a_zone_may_be_named_with_the_time(text: str, zone: str, utc: str) -> None:
    phrase = read(text)

    assert (phrase.timing.zone, phrase.prompt) == (zone, "x")
    assert f"{phrase.next_at:%Y-%m-%d %H:%M}" == utc


def test_a_day_is_the_zone_s_own() -> None:
    phrase = read("tomorrow 9:00 x", zone=ZoneInfo("America/New_York"))

    assert phrase.next_at == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)


def test_a_time_the_clocks_are_set_forward_over_comes_as_much_later() -> None:
    phrase = read("2027-03-28 2:30 x", zone=ZoneInfo("Europe/Berlin"))

    assert phrase.next_at == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("run the tests", "schedule.unclear"),
        ("テストを実行して", "schedule.unclear"),
        ("every 9:00 x", "schedule.unclear"),
        ("every weekday run", "schedule.no_time"),
        ("tomorrow run", "schedule.no_time"),
        ("平日にテスト", "schedule.no_time"),
        ("毎月1日 集計", "schedule.no_time"),
        ("today 9:00 x", "schedule.past"),
        ("今日9時に確認", "schedule.past"),
        ("2025-01-01 9:00 x", "schedule.past"),
        ("every day 25:00 x", "schedule.bad_time"),
        ("every day 9:60 x", "schedule.bad_time"),
        ("every day 13pm x", "schedule.bad_time"),
        ("every day 0am x", "schedule.bad_time"),
        ("毎日24時 x", "schedule.bad_time"),
        ("2026-02-30 9:00 x", "schedule.bad_date"),
        ("2月30日 9時 x", "schedule.bad_date"),
        ("cron 0 9 * x", "schedule.bad_cron"),
        ("0 99 * * * x", "schedule.bad_cron"),
        ("0 0 30 2 * x", "schedule.never"),
        ("in 0 minutes x", "schedule.never"),
        ("* * * * * x", "schedule.too_often"),
        ("every 2 minutes x", "schedule.too_often"),
        ("1分ごとに確認", "schedule.too_often"),
        ("every 45 minutes x", "schedule.uneven"),
        ("5時間ごとに確認", "schedule.uneven"),
        ("every 0 hours x", "schedule.uneven"),
    ],
)
@pytest.mark.parametrize("language", Language)
def test_what_cannot_be_read_is_told_with_what_can_be_written(
    text: str, key: str, language: Language
) -> None:
    with pytest.raises(PersonError) as caught:
        read(text)

    assert caught.value.key == key
    assert texts_in(language)(key, **caught.value.facts)


@pytest.mark.parametrize("language", Language)
def test_every_example_that_people_are_shown_can_be_written(language: Language) -> None:
    say = texts_in(language)
    shown = "\n".join([say("help.schedule.long"), say("schedule.examples")]).splitlines()
    examples = [line.removeprefix("/schedule ") for line in shown if line.startswith("/schedule ")]
    listed = [
        one for line in say("schedule.unclear").splitlines()[1:] for one in line.split(" / ")
    ]
    written = [one.replace("（cron）", "").replace("(cron)", "") for one in listed]

    for example in [*examples, *written]:
        assert read(example).next_at > NOW
    assert len(examples) >= 9
    assert len(written) >= 9


def read_or_told(text: str) -> Phrase | str:
    """What is said instead, where it cannot be read."""
    try:
        return read(text)
    except PersonError as error:
        return texts_in(Language.ENGLISH)(error.key, **error.facts)


@given(
    st.text(alphabet="every day at0123456789:/ 毎日週月火時分半後にの,-*pm", max_size=40)
    | st.text(max_size=30)
)
def test_whatever_is_written_is_read_or_explained(text: str) -> None:
    found = read_or_told(text)
    if isinstance(found, str):
        assert found
        return

    assert found.next_at > NOW
    assert text.strip().startswith(found.said)
    assert text.strip().endswith(found.prompt)


@pytest.mark.parametrize(
    ("name", "key"),
    [("asia/tokyo", "Asia/Tokyo"), ("JST", "Asia/Tokyo"), ("utc", "UTC"), ("../etc/passwd", None)],
)
def test_a_zone_is_found_by_its_name_alone(name: str, key: str | None) -> None:
    found = zone_named(name)

    assert (found.key if found else None) == key
