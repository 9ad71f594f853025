"""Where a run takes place: LINE, the model, the stores, and the processes between them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError

from bot.simulator.line_journal import Kind
from bot.simulator.line_platform import LinePlatform
from bot.simulator.line_state import user_id
from bot.simulator.model_server import model_app
from bot.simulator.server import serve
from tests.chaos.agent import write_executable
from tests.chaos.books import UNREADABLE, Database
from tests.chaos.model import ChaosModel
from tests.chaos.plan import ONE, Plan, Progress, Topology
from tests.chaos.processes import Nursery, Process, connected, servers_of
from tests.chaos.stores import OwnPostgres, OwnValkey
from tests.harness import ACCESS_TOKEN, CHANNEL_SECRET, environment_of
from tests.ports import lasting_port

REDELIVERY_SECONDS = (0.3,) * 100
START_SECONDS = 20.0
#: How long a service manager waits before it starts again what ended by itself.
RESTART_SECONDS = 0.5

_TOML = """
[limits]
concurrent_runs = 8
drain_seconds = 1
lease_seconds = {lease:g}

[policies]
approval_timeout_minutes = 0.05
"""


@dataclass(slots=True)
class Meter:
    """How far the run has come, and a wait for it to come further."""

    counts: dict[Progress, int] = field(default_factory=lambda: dict.fromkeys(Progress, 0))
    _grown: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, progress: Progress) -> None:
        self.counts[progress] += 1
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()

    async def reached(self, progress: Progress, count: int) -> None:
        while self.counts[progress] < count:
            await self.grown()

    async def grown(self) -> None:
        await self._grown.wait()

    async def follow(self, platform: LinePlatform) -> None:
        """Count what LINE's record shows, until cancelled."""
        seen = 0
        while True:
            entries = await platform.journal.wait_after(seen)
            seen += len(entries)
            for entry in entries:
                if entry.kind is Kind.WEBHOOK and entry.data["status"] == httpx.codes.OK:
                    self.add(Progress.TAKEN)
                elif entry.kind is Kind.BOT_MESSAGE:
                    self.add(Progress.TOLD)


@dataclass(frozen=True, slots=True)
class Stores:
    database: Database
    #: None: Denrei's own.
    valkey: OwnValkey | None = None
    postgres: OwnPostgres | None = None

    @property
    def environment(self) -> dict[str, str]:
        if self.valkey is None:
            return {}
        return {"DATABASE_URL": self.database.url, "REDIS_URL": self.valkey.url}


@dataclass(slots=True, kw_only=True)
class ChaosTown:
    plan: Plan
    folder: Path
    platform: LinePlatform
    model: ChaosModel
    meter: Meter
    stores: Stores
    environment: dict[str, str]
    nursery: Nursery
    port: int
    #: By name; the newest of each.
    processes: dict[str, Process] = field(default_factory=dict)
    #: Those that ended before they were told to.
    fallen: set[str] = field(default_factory=set)
    database_is_away: bool = False
    _starting: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, name: str) -> Process:
        data = self.folder / ("data" if name == ONE else f"data-{name}")
        own = {"DENREI_DATA_DIR": str(data), "PORT": str(self.port_of(name))}
        role = name.partition("-")[0]
        argv = ["serve"] if name == ONE else ["serve", "--role", role]
        process = await self.nursery.start(name, argv, {**self.environment, **own}, self.folder)
        process.status.add_done_callback(lambda _: self._note_end(process))
        self.processes[name] = process
        return process

    async def start_all(self) -> None:
        for name in self.plan.processes:
            await self.start(name)
        await self.until_up()

    def port_of(self, name: str) -> int:
        return self.port if name in {ONE, "edge"} else 0

    async def until_up(self) -> None:
        """Return once the edge answers. Raises TimeoutError."""
        url = f"http://127.0.0.1:{self.port}/healthz"
        async with asyncio.timeout(START_SECONDS), httpx.AsyncClient(trust_env=False) as client:
            while True:
                with suppress(httpx.HTTPError):
                    await client.get(url, timeout=2)
                    return
                await asyncio.sleep(0.02)

    async def end_all(self) -> dict[str, int | None]:
        """Exit statuses by name; None for one that fell by itself or would not end."""
        exits: dict[str, int | None] = {}
        for process in self.processes.values():
            process.told = True
            process.send(signal.SIGTERM)
        for name, process in self.processes.items():
            with suppress(TimeoutError):
                exits[name] = await process.ended()
        return {name: exits.get(name) for name in self.processes} | dict.fromkeys(self.fallen)

    async def wipe(self) -> None:
        with suppress(RedisError, OSError):
            async with Redis.from_url(self.redis_url) as client:
                await client.flushall()

    @property
    def redis_url(self) -> str:
        if self.stores.valkey is not None:
            return self.stores.valkey.url
        return f"unix://{self.folder / 'data' / 'valkey' / 'valkey.sock'}"

    def kill_embedded_valkey(self) -> None:
        for pid in servers_of(self.folder / "data"):
            os.kill(pid, signal.SIGKILL)

    async def session_number(self, chat: str) -> int | None:
        """None while there is none, or while nobody can tell."""
        asked = f"SELECT number FROM session WHERE chat_id = '{chat}'"  # noqa: S608 - our own id
        try:
            rows = await self.stores.database.rows(asked)
        except UNREADABLE:
            return None
        return rows[0][0] if rows else None

    async def people_of(self, pid: int) -> set[str]:
        """Whose sessions the process holds; the only one of all holds them all."""
        names = {user_id(chat.name): chat.name for chat in self.plan.chats}
        if self.plan.topology is Topology.SMALL:
            return set(names.values())
        leased = f"SELECT chat_id FROM session WHERE lease_owner LIKE '%:{pid}:%'"  # noqa: S608
        try:
            return {names[row[0]] for row in await self.stores.database.rows(leased)}
        except UNREADABLE:
            return set()

    def _note_end(self, process: Process) -> None:
        if process.told:
            return
        if self.database_is_away and process.status.result() == 1:
            # It says so and ends; whoever runs it starts it again.
            self._starting.add(asyncio.create_task(self._start_again(process.name)))
        else:
            self.fallen.add(process.name)

    async def _start_again(self, name: str) -> None:
        await asyncio.sleep(RESTART_SECONDS)
        await self.start(name)


@asynccontextmanager
async def chaos_town(
    plan: Plan, folder: Path, nursery_socket: Path, postgres: OwnPostgres | None
) -> AsyncIterator[ChaosTown]:
    """Everything but Denrei's processes; what is left of them is killed at the end."""
    names = [chat.name for chat in plan.chats]
    port = lasting_port()
    platform = _platform(plan, names, port)
    meter = Meter()
    model = ChaosModel(plan, on_call=lambda: meter.add(Progress.ASKED))
    async with (
        platform.serve() as line_url,
        serve(model_app(model)) as model_url,
        _stores(plan, folder, postgres) as stores,
        connected(nursery_socket, plan.mutant) as nursery,
    ):
        town = ChaosTown(
            plan=plan,
            folder=folder,
            platform=platform,
            model=model,
            meter=meter,
            stores=stores,
            environment={
                **_environment(plan, folder, names, line_url, model_url),
                **stores.environment,
            },
            nursery=nursery,
            port=port,
        )
        following = asyncio.create_task(meter.follow(platform))
        try:
            yield town
        finally:
            following.cancel()
            for pid in servers_of(folder):
                os.kill(pid, signal.SIGKILL)


def _platform(plan: Plan, names: list[str], port: int) -> LinePlatform:
    platform = LinePlatform(
        channel_secret=CHANNEL_SECRET,
        channel_access_token=ACCESS_TOKEN,
        webhook_url=f"http://127.0.0.1:{port}/line/webhook",
        redelivery_delays=REDELIVERY_SECONDS,
        monthly_quota=None,
    )
    platform.faults.longest_hang_seconds = plan.hang_seconds
    for name in names:
        platform.people.meet(user_id(name))
    return platform


@asynccontextmanager
async def _stores(plan: Plan, folder: Path, postgres: OwnPostgres | None) -> AsyncIterator[Stores]:
    if plan.topology is Topology.SMALL:
        yield Stores(Database(f"sqlite://{folder / 'data' / 'denrei.sqlite3'}"))
        return
    assert postgres is not None
    with OwnValkey(folder / "valkey") as valkey:
        async with postgres.new_database() as url:
            try:
                yield Stores(Database(url), valkey, postgres)
            finally:
                # It may have been stopped when the run was given up.
                await postgres.start()


def _environment(
    plan: Plan, folder: Path, names: list[str], line_url: str, model_url: str
) -> dict[str, str]:
    (folder / "workspace").mkdir()
    (folder / "denrei.toml").write_text(_TOML.format(lease=plan.lease_seconds))
    environment = environment_of(folder, names, line_url=line_url, model_url=model_url)
    environment["DENREI_CONFIG"] = str(folder / "denrei.toml")
    # What this machine's own shells read when they start takes its time, and locks.
    environment["HOME"] = str(folder)
    if not plan.real_cli:
        environment["DENREI_CLAUDE_PATH"] = str(write_executable(folder / "claude"))
    return environment
