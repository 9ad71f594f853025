"""`denrei line setup`, and menus that follow what a person can do next: the real processes."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.simulator.line_journal import Kind
from bot.simulator.line_state import user_id
from bot.simulator.model_replies import Say, UseTool
from bot.simulator.model_script import After
from orchestrator_core.model import Language
from tests.harness import ANSWER_SECONDS, Town, text_of, town

SECONDS = 60
MENUS = 3 * len(Language)
HARU = user_id("haru")


async def set_up(place: Town, **settings: str) -> tuple[int, str]:
    """The exit code, and what was printed in either way."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "line", "setup"),
        cwd=place.folder,
        env={**place.environment, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(SECONDS):
        printed, _ = await process.communicate()
    return process.returncode or 0, printed.decode()


def seen_by(place: Town, person_id: str) -> str:
    """The state and language of the menu on the phone."""
    menus = place.platform.menus
    shown = menus.seen_by(person_id)
    return " ".join(menus.made[shown]["name"].split()[1:3]) if shown else ""


async def sees(place: Town, menu: str) -> None:
    """Return once it is on the phone. Raises TimeoutError."""
    patience = 2 * ANSWER_SECONDS
    await place.platform.journal.wait_until(lambda: seen_by(place, HARU) == menu, patience)


async def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as place:
        first = await set_up(place)
        made = dict(place.platform.menus.made)
        calls = place.platform.journal.count(Kind.MENU)
        second = await set_up(place)

        assert first[0] == second[0] == 0
        assert first[1].startswith(f"Menus: {MENUS} made, 0 as they were, 0 deleted.\n")
        assert second[1].startswith(f"Menus: 0 made, {MENUS} as they were, 0 deleted.\n")
        assert "People who see another menu now: 1.\n" in first[1]
        assert "People who see another menu now: 0.\n" in second[1]
        assert "left as it is, as DENREI_PUBLIC_URL is not set" in first[1]
        assert place.platform.menus.made == made
        assert place.platform.journal.count(Kind.MENU) == calls
        assert seen_by(place, HARU) == "idle en"
        assert place.platform.refused() == []
        assert place.platform.quota.used == 0


async def test_the_webhook_is_set_and_said_not_to_be_reached(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as place:
        status, printed = await set_up(place, DENREI_PUBLIC_URL="https://127.0.0.1:9")

        assert status == 1
        assert place.platform.webhook_url == "https://127.0.0.1:9/line/webhook"
        assert "https://127.0.0.1:9/line/webhook is set now." in printed
        assert "LINE does not reach it: COULD_NOT_CONNECT" in printed


async def test_a_refused_token_is_said_and_fails(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as place:
        status, printed = await set_up(place, LINE_CHANNEL_ACCESS_TOKEN="wrong")

        assert status == 1
        assert "LINE answered 401. Is LINE_CHANNEL_ACCESS_TOKEN right?" in printed
        assert place.platform.menus.made == {}


async def test_the_menu_follows_what_the_person_can_do(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as place:
        call = UseTool(tool="Bash", tool_input={"command": "touch menu.txt"})
        go_on = asyncio.Event()
        place.model.on("make it", After(event=go_on, reply=call), Say(text="not made"))
        await set_up(place)
        async with place.denrei():
            phone = place.phone("haru")
            await sees(place, "idle en")
            await phone.say("make it")
            await sees(place, "running en")
            go_on.set()
            card = await phone.next()
            await sees(place, "waiting en")
            await phone.say("/approve show")
            again = await phone.next()
            await phone.say("/deny")
            answer = text_of(await phone.next())
            await sees(place, "idle en")

        assert text_of(again) == text_of(card)
        assert answer == "not made"
        assert not (place.workspace / "menu.txt").exists()


async def test_another_language_brings_another_menu(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as place:
        await set_up(place)
        async with place.denrei():
            said = await place.phone("haru").ask("/lang 日本語")
            await sees(place, "idle ja")

        assert "日本語" in said
