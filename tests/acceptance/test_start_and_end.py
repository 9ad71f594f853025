"""How `denrei serve` starts, ends, and comes back: nothing is lost and nothing said twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from bot.simulator.line_faults import Fault
from bot.simulator.line_journal import Kind
from bot.simulator.model_replies import Hang, Say, UseTool
from bot.simulator.model_script import After
from orchestrator_core.claude_processes import processes_of
from tests.fakes.gateway import gone
from tests.harness import SECRETS, Town, text_of, town, without_settings
from tests.servers import Postgres

#: A killed process' Claude and its tools are gone after this long, restart or not.
ORPHANS_SECONDS = 2.0
#: Each loop gives a database that says nothing a few seconds before it ends without.
HANGING_SECONDS = 60.0
OTHERS = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"""


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    async with town(tmp_path, "haru") as made:
        yield made


async def test_killed_in_the_middle_of_a_turn_it_tells_once_and_goes_on(place: Town) -> None:
    phone = place.phone("haru")
    async with place.denrei() as first:
        await phone.ask("/new remember the word heron")
        place.model.on("work for hours", Hang())
        await phone.say("work for hours")
        await place.model.wait_for("work for hours")
        await phone.say("and which word was it")
        await first.kill()
        # LINE gets no answer now, so it will come again.
        lost = await place.platform.say(phone.user, "/status")
    place.model.on("which word was it", Say(text="heron"))
    async with place.denrei() as second:
        await place.platform.redeliver(lost)
        await place.platform.redeliver(lost)
        told = [text_of(await phone.next()) for _ in range(3)]
        await place.platform.journal.wait_until(lambda: phone.unread() == [], 1)
        prompts = place.model.seen("which word was it")[-1].request.earlier_prompts
        page = (await second.api.get("/sessions")).json()

    assert "I was restarted while Claude was working on this" in told[0]
    assert sorted(told[1:], key=lambda text: text == "heron")[1] == "heron"
    assert prompts[0] == "remember the word heron"
    assert len(place.model.seen("work for hours")) == 1
    assert len(page["items"]) == 1
    assert phone.unread() == []


async def test_what_a_killed_process_left_running_ends_without_a_restart(place: Town) -> None:
    """Its Claude and the command that one was running: each under a warden that saw it die."""
    phone = place.phone("haru")
    place.model.on("work for hours", Hang())
    async with place.denrei() as first:
        await phone.say("/new work for hours")
        await place.model.wait_for("work for hours")
        family = processes_of(f"{place.data / 'claude'}:")
        first.process.kill()
        await first.process.wait()
        await gone(family, within=ORPHANS_SECONDS)
        # Its Valkey lives on, as it should: this one takes it over and ends it.
        async with place.denrei() as second:
            log = second.log

    assert "leftover processes ended" not in log
    assert family != []


async def test_asked_to_end_it_lets_a_turn_finish_and_delivers_it(place: Town) -> None:
    phone = place.phone("haru")
    go_on = asyncio.Event()
    place.model.on("take a moment", After(event=go_on, reply=Say(text="here it is")))
    async with place.denrei() as denrei:
        await phone.say("/new take a moment")
        await place.model.wait_for("take a moment")
        denrei.terminate()
        go_on.set()
        status = await denrei.ended()

    assert status == 0
    assert [text_of(message) for message in phone.unread()] == ["here it is"]
    assert "Traceback" not in denrei.log


async def test_a_turn_that_outlasts_the_drain_is_told_and_not_lost(place: Town) -> None:
    (place.folder / "denrei.toml").write_text("[limits]\ndrain_seconds = 0.2\n")
    phone = place.phone("haru")
    place.model.on("work for hours", Hang())
    async with place.denrei(DENREI_CONFIG=str(place.folder / "denrei.toml")) as denrei:
        await phone.say("/new work for hours")
        await place.model.wait_for("work for hours")
        status = await denrei.stop()

    assert status == 0
    assert len(phone.unread()) == 1
    assert "I was restarted" in text_of(phone.unread()[0])


async def test_asked_to_end_it_ends_though_its_database_hangs(
    place: Town, postgres_server: Postgres, redis_url: str
) -> None:
    async with (
        postgres_server.new_database(migrated=False) as database_url,
        place.denrei(DATABASE_URL=database_url, REDIS_URL=redis_url) as denrei,
    ):
        watcher = await asyncpg.connect(database_url)
        pids = [row["pid"] for row in await watcher.fetch(OTHERS)]
        await watcher.close()
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            denrei.terminate()
            async with asyncio.timeout(HANGING_SECONDS):
                status = await denrei.process.wait()
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    assert pids != []
    assert status == 0


async def test_without_a_redis_it_answers_all_the_same(place: Town) -> None:
    phone = place.phone("haru")
    place.model.on("still there?", Say(text="still here"))
    async with place.denrei(REDIS_URL=f"unix://{place.data}/nobody.sock") as denrei:
        answer = await phone.ask("still there?")
        ready = await denrei.api.get("/readyz")

    assert answer == "still here"
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["checks"]["redis"]["status"] == "down"


async def test_when_its_redis_is_killed_it_answers_and_starts_another(place: Town) -> None:
    phone = place.phone("haru")
    record = place.data / "valkey" / "valkey.json"
    async with place.denrei() as denrei:
        await phone.ask("/new first")
        pid = json.loads(record.read_text())["pid"]
        os.kill(pid, signal.SIGKILL)
        place.model.on("still there?", Say(text="still here"))
        answer = await phone.ask("still there?")
        async with asyncio.timeout(10):
            while (ready := await denrei.api.get("/readyz")).json()["status"] != "ok":
                continue
        again = json.loads(record.read_text())["pid"]

    assert answer == "still here"
    assert ready.json()["checks"]["redis"]["status"] == "ok"
    assert again != pid


async def test_a_second_denrei_on_the_same_folder_is_refused(place: Town) -> None:
    async with place.denrei() as first:
        # The same port too: the folder is the better reason.
        second = await place.start(PORT=first.url.rpartition(":")[2])
        with pytest.raises(RuntimeError, match="DENREI_DATA_DIR"):
            await second.wait_until_ready()
        status = await second.ended()

    assert status == 1
    assert f"is in use by process {first.pid}" in second.log


async def test_a_data_folder_that_others_may_look_into_is_closed_to_them(place: Town) -> None:
    place.data.mkdir(mode=0o755)
    place.data.chmod(0o755)
    async with place.denrei():
        mode = place.data.stat().st_mode & 0o777

    assert mode == 0o700


async def test_a_wrong_access_token_shows_at_the_start(place: Town) -> None:
    async with place.denrei(LINE_CHANNEL_ACCESS_TOKEN="wrong-token") as denrei:
        refused = await place.platform.wait_for(Kind.REFUSED)
        async with asyncio.timeout(10):
            while (ready := await denrei.api.get("/readyz")).json()["status"] == "ok":
                continue
        log = denrei.log

    assert refused[0].data["status"] == 401
    assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
    assert ready.json()["checks"]["line"]["status"] == "down"
    assert "LINE_CHANNEL_ACCESS_TOKEN" in log
    assert "wrong-token" not in log


async def test_with_wrong_settings_it_says_all_that_is_wrong_and_exits_78(tmp_path: Path) -> None:
    settings = {
        "LINE_CHANNEL_SECRET": "a-secret-of-theirs",
        "LINE_API_BASE": "http://line.example",
        "DENREI_OWNERS": "haru",
        "DENREI_WORKSPACE": str(tmp_path / "nowhere"),
        "DENREI_DATA_DIR": str(tmp_path / "data"),
        "DENREI_DAILY_BUDGET_USD": "-1",
        "PORT": "http",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "serve"),
        cwd=tmp_path,
        env={
            **without_settings(os.environ),
            **settings,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await process.communicate()
    named = {line.split()[0] for line in said.decode().splitlines() if line.startswith("  ")}

    assert process.returncode == 78
    assert out == b""
    assert named == {
        *("LINE_CHANNEL_ACCESS_TOKEN", "LINE_API_BASE", "DENREI_OWNERS", "DENREI_WORKSPACE"),
        *("DENREI_DAILY_BUDGET_USD", "PORT", "ANTHROPIC_API_KEY"),
    }
    assert "a-secret-of-theirs" not in said.decode()
    assert not (tmp_path / "data" / "denrei.sqlite3").exists()


async def test_an_answer_that_line_would_not_take_at_first_comes_once(place: Town) -> None:
    phone = place.phone("haru")
    async with place.denrei():
        await phone.ask("/new first")
        place.platform.faults.order(Fault.TOO_LATE, 1, ["reply"])
        place.platform.faults.order(Fault.ERROR, 1, ["push"])
        place.platform.faults.order(Fault.ACCEPT_THEN_ERROR, 1, ["push"])
        place.model.on("say it", Say(text="said in the end"))
        answer = await phone.ask("say it")
        # The two calls that took nothing, and the one made although all had arrived.
        await place.platform.wait_for(Kind.REFUSED, 3)
        await phone.ask("/help")

    assert "said in the end" in answer
    assert phone.unread() == []


async def test_an_api_turn_s_tool_is_asked_of_the_owners(place: Town) -> None:
    step = UseTool(tool="Bash", tool_input={"command": "touch afar.txt", "description": "touch"})
    place.model.on("touch from afar", step, Say(text="done"))
    phone = place.phone("haru")
    async with place.denrei() as denrei:
        await denrei.api.post("/sessions", json={"prompt": "touch from afar"})
        card = await phone.next()
        await phone.tap(card, "Allow once")
        await place.model.wait_for("touch from afar", count=2)

    assert "touch afar.txt" in text_of(card)
    assert (place.workspace / "afar.txt").exists()


async def test_on_postgresql_and_a_redis_of_its_own(
    place: Town, postgres_server: Postgres, redis_url: str
) -> None:
    phone = place.phone("haru")
    step = UseTool(tool="Bash", tool_input={"command": "touch it.txt", "description": "touch"})
    place.model.on("touch it", step, Say(text="touched"))
    async with (
        postgres_server.new_database(migrated=False) as database_url,
        place.denrei(DATABASE_URL=database_url, REDIS_URL=redis_url) as denrei,
    ):
        await phone.say("/new touch it")
        await phone.tap(await phone.next(), "Allow once")
        answer = text_of(await phone.next())
        second = await phone.ask("again please")
        ready = (await denrei.api.get("/readyz")).json()
        assert await denrei.stop() == 0

    assert (answer, second) == ("touched", "ok")
    assert (place.workspace / "it.txt").exists()
    assert ready["status"] == "ok"
    assert not (place.data / "denrei.sqlite3").exists()
    assert [secret for secret in SECRETS if secret in denrei.log] == []
