"""Schedules, end to end: made in LINE, kept by the database, asked by the real process."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.simulator.model_replies import Say
from tests.harness import Town, actions_of, text_of, town

LONG_AGO = "2020-01-01 00:00:00+00:00"


async def test_a_schedule_survives_a_restart_and_what_was_missed_is_asked_once(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, "haru") as place:
        place.model.on("run the tests", Say(text="all green"))
        phone = place.phone("haru")
        async with place.denrei():
            await phone.say("/schedule 平日9時に run the tests")
            card = await phone.next()
        _make_due(place)
        async with place.denrei() as denrei:
            answer, how = text_of(await phone.next()), phone.call_of_last()
            await phone.say("/予定")
            listed = text_of(await phone.next())
            [schedule] = (await denrei.api.get("/schedules")).json()["items"]
        asked = place.model.seen("run the tests")

    assert "平日9時 (Asia/Tokyo)" in text_of(card)
    assert {"Pause", "Delete", "All schedules"} <= actions_of(card).keys()
    assert (answer, how) == ("all green", "push")
    assert len(asked) == 1
    assert "#1 平日9時" in listed
    assert schedule["last_at"] == "2020-01-01T00:00:00Z"
    assert schedule["next_at"] > "2026"


async def test_buttons_pause_resume_and_delete_it(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as place, place.denrei() as denrei:
        phone = place.phone("haru")
        await phone.say("/schedule every day 9:00 run the tests")
        card = await phone.next()
        await phone.tap(card, "Pause")
        paused = await phone.next()
        await phone.tap(paused, "Resume")
        resumed = await phone.next()
        await phone.tap(resumed, "Delete")
        gone = text_of(await phone.next())
        left = (await denrei.api.get("/schedules")).json()["items"]

    assert "paused" in text_of(paused)
    assert "Pause" in actions_of(resumed)
    assert gone == "Deleted: every day 9:00 run the tests"
    assert left == []


def _make_due(place: Town) -> None:
    """As if Denrei had been away for years."""
    with closing(sqlite3.connect(place.data / "denrei.sqlite3")) as database, database:
        database.execute("UPDATE schedule SET next_at = ?", [LONG_AGO])
