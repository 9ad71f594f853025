"""Denrei as several processes on one PostgreSQL and one Redis, each doing its part."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.simulator.model_replies import Hang, Say, UseTool
from tests.harness import Denrei, Town, text_of, town
from tests.servers import Postgres

LEASE_SECONDS = 3
CONFIG = f"[limits]\nlease_seconds = {LEASE_SECONDS}\ndrain_seconds = 0.2\n"


@dataclass(frozen=True)
class Plant:
    """A town whose Denrei is made of parts."""

    town: Town
    shared: dict[str, str]

    @contextlib.asynccontextmanager
    async def part(self, *roles: str, name: str = "") -> AsyncIterator[Denrei]:
        options = [word for role in roles for word in ("--role", role)]
        data = str(self.town.folder / f"data-{name or '-'.join(roles)}")
        async with self.town.denrei(*options, **self.shared, DENREI_DATA_DIR=data) as denrei:
            yield denrei


@pytest.fixture
async def plant(tmp_path: Path, postgres_server: Postgres, redis_url: str) -> AsyncIterator[Plant]:
    (tmp_path / "denrei.toml").write_text(CONFIG)
    async with (
        town(tmp_path, "haru") as place,
        postgres_server.new_database(migrated=False) as database_url,
    ):
        shared = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "DENREI_CONFIG": str(tmp_path / "denrei.toml"),
        }
        yield Plant(place, shared)


async def test_each_does_its_part(plant: Plant) -> None:
    phone = plant.town.phone("haru")
    async with (
        plant.part("edge") as edge,
        plant.part("worker") as worker,
        plant.part("courier"),
        plant.part("scheduler"),
    ):
        step = UseTool(tool="Bash", tool_input={"command": "touch it.txt", "description": "it"})
        plant.town.model.on("touch it", step, Say(text="touched"))
        await phone.say("/new touch it")
        await phone.tap(await phone.next(), "Allow once")
        answer = text_of(await phone.next())
        second = await phone.ask("and again")
        ready = (await edge.api.get("/readyz")).json()
        beside = (await worker.api.get("/sessions")).status_code

    assert (answer, second) == ("touched", "ok")
    assert (plant.town.workspace / "it.txt").exists()
    assert ready["status"] == "ok"
    assert beside == 404


async def test_another_worker_goes_on_when_one_is_killed(plant: Plant) -> None:
    """The turn is reported once, and the conversation goes on where it was, elsewhere."""
    phone = plant.town.phone("haru")
    async with plant.part("edge", "courier"), plant.part("worker", name="one") as one:
        await phone.ask("/new remember the word heron")
        plant.town.model.on("work for hours", Hang())
        await phone.say("work for hours")
        await plant.town.model.wait_for("work for hours")
        async with plant.part("worker", name="two"):
            one.process.kill()
            killed = time.monotonic()
            told = text_of(await phone.next(timeout=LEASE_SECONDS + 10))
            recovered = time.monotonic() - killed
            answer = await phone.ask("which word?")
            prompts = plant.town.model.seen("which word?")[-1].request.earlier_prompts

    assert "I was restarted while Claude was working on this" in told
    assert recovered < LEASE_SECONDS + 5
    assert answer == "ok"
    assert prompts[0] == "remember the word heron"
    assert len(plant.town.model.seen("work for hours")) == 1


async def test_a_worker_that_is_asked_to_end_hands_over_at_once(plant: Plant) -> None:
    # A lease that outlasts the test: nobody waits for its end.
    (plant.town.folder / "denrei.toml").write_text("[limits]\nlease_seconds = 600\n")
    phone = plant.town.phone("haru")
    async with plant.part("edge", "courier"), plant.part("worker", name="one") as one:
        await phone.ask("/new remember the word heron")
        async with plant.part("worker", name="two"):
            assert await one.stop() == 0
            answer = await phone.ask("which word?")
            prompts = plant.town.model.seen("which word?")[-1].request.earlier_prompts

    assert answer == "ok"
    assert prompts[0] == "remember the word heron"
