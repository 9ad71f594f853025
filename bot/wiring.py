"""Where the parts meet: the only file that opens the storage. Everything is closed in reverse."""

from __future__ import annotations

import asyncio
import logging
import stat
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from bot.api.state import ApiState
from bot.assembly import Core, assemble
from bot.ground import Ground
from bot.health import Check, HealthState
from bot.line.content import LineContent
from bot.line.messenger import LineMessenger
from bot.line.webhook import WebhookState
from bot.loops import Loops, running
from bot.people_parts import seals_of
from bot.roles import Part, ServeRole
from bot.settings import Loaded, Settings, is_sqlite
from orchestrator_core.claude_launcher import cli_version
from orchestrator_core.clock import SystemClock
from orchestrator_core.errors import StartError
from orchestrator_core.leases import new_worker_id
from orchestrator_core.ports import Leader, Metrics, Store
from storage.embedded_valkey import embedded_valkey
from storage.folder_lock import folder_lock
from storage.inbox_writer import SqlInboxWriter
from storage.leader import open_leader
from storage.rate_limits import RedisRateLimits
from storage.retry_buffer import RedisRetryBuffer
from storage.store import open_store
from storage.transcripts import SqlTranscripts
from storage.unheard import UnheardWakeups
from storage.wakeups import open_wakeups

logger = logging.getLogger(__name__)

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class State(WebhookState, ApiState, HealthState):
    """What the requests find in the app's state."""


@asynccontextmanager
async def open_ground(settings: Settings, part: Part) -> AsyncIterator[str]:
    """Have a Redis, yielding its URL; a worker takes the data folder for itself alone, as the
    Claude Codes that it may end are known by it.

    Raises StartError.
    """
    if settings.redis_url is not None and not part.runs_claude:
        yield settings.redis_url.get_secret_value()
        return
    _make_folders(settings)
    with folder_lock(settings.denrei_data_dir):
        if settings.redis_url is not None:
            yield settings.redis_url.get_secret_value()
            return
        async with embedded_valkey(settings.denrei_data_dir) as url:
            yield url


@asynccontextmanager
async def open_parts(
    loaded: Loaded, part: Part, *, redis_url: str, metrics: Metrics, stopping: asyncio.Event
) -> AsyncIterator[State]:
    """Everything at work until the block ends. Raises StartError."""
    settings, clock = loaded.settings, SystemClock()
    async with (
        open_wakeups(
            redis_url,
            alone=settings.redis_url is None,
            told=lambda up: metrics.level("redis_up", float(up)),
        ) as wakeups,
        open_store(database_url(settings), wakeups) as store,
        aclosing(RedisRetryBuffer(redis_url)) as retries,
        _rate_limits(redis_url, loaded, metrics) as rate_limits,
        _candidate(redis_url, part) as leader,
        _messenger(settings) as messenger,
        _content(settings) as content,
    ):
        ground = Ground(
            loaded=loaded,
            part=part,
            me=new_worker_id(),
            alone=is_sqlite(settings.database_url),
            store=store,
            transcripts=SqlTranscripts(store, clock),
            writer=SqlInboxWriter(store),
            wakeups=wakeups,
            retries=retries,
            messenger=messenger,
            content=content,
            rate_limits=rate_limits,
            leader=leader,
            clock=clock,
            metrics=metrics,
        )
        core = assemble(ground)
        async with running(core, part, alone=ground.alone) as loops:
            yield _state(ground, core, stopping=stopping, loops=loops)


@asynccontextmanager
async def open_beside(settings: Settings) -> AsyncIterator[Store]:
    """The database alone, for a command that is over in a moment, beside whoever serves it or
    with nobody. Raises StartError."""
    if is_sqlite(settings.database_url):
        _make_folders(settings)
    async with open_store(database_url(settings), UnheardWakeups()) as store:
        yield store


def _messenger(settings: Settings) -> LineMessenger:
    return LineMessenger(
        access_token=settings.line_channel_access_token.get_secret_value(),
        api_base=settings.line_api_base,
        opened=seals_of(settings.line_channel_secret.get_secret_value().encode()).opened,
    )


def _content(settings: Settings) -> LineContent:
    return LineContent(
        access_token=settings.line_channel_access_token.get_secret_value(),
        data_base=settings.line_data_api_base,
    )


def _rate_limits(redis_url: str, loaded: Loaded, metrics: Metrics) -> RedisRateLimits:
    return RedisRateLimits(
        redis_url,
        loaded.config.rate_limits.in_chats(),
        told=lambda shared: metrics.level("rate_limits_shared", float(shared)),
    )


@asynccontextmanager
async def _candidate(redis_url: str, part: Part) -> AsyncIterator[Leader | None]:
    """Only who does the work may lead."""
    if ServeRole.SCHEDULER not in part.roles:
        yield None
        return
    async with open_leader(redis_url, role=ServeRole.SCHEDULER) as leader:
        yield leader


def _state(ground: Ground, core: Core, *, stopping: asyncio.Event, loops: Loops) -> State:
    settings = ground.loaded.settings
    return State(
        channel_secret=settings.line_channel_secret.get_secret_value().encode(),
        inbox_writer=ground.writer,
        wakeups=ground.wakeups,
        clock=ground.clock,
        metrics=ground.metrics,
        store=ground.store,
        desk=core.desk,
        people=core.desks.people,
        pairing=core.desks.pairing,
        budget=core.budget,
        quota=core.courier.quota.rules,
        schedules=core.schedules,
        stopping=stopping,
        checks=_checks(ground, loops),
    )


def database_url(settings: Settings) -> str:
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return f"sqlite://{settings.denrei_data_dir / 'denrei.sqlite3'}"


def _make_folders(settings: Settings) -> None:
    try:
        for folder in (settings.denrei_data_dir, settings.claude_config_dir):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _close_to_others(settings.denrei_data_dir)
        settings.workspace.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(
            f"DENREI_DATA_DIR: {error.filename} cannot be made: {error.strerror}"
        ) from None


def _close_to_others(folder: Path) -> None:
    """A folder made by somebody else may be open to all, and this one holds logins."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not mode & _OTHERS:
        return
    try:
        folder.chmod(0o700)
    except OSError:
        # Another's folder, or a volume without modes.
        logger.warning("data folder open to others", extra={"mode": f"{mode:o}"})


def _checks(ground: Ground, loops: Loops) -> dict[str, Check]:
    async def line_takes_token() -> None:
        if ground.messenger.refused:
            raise PermissionError("LINE refuses LINE_CHANNEL_ACCESS_TOKEN")

    async def loops_alive() -> None:
        ended = [name for name, task in loops.items() if task.done()]
        if ended:
            raise RuntimeError(f"ended: {', '.join(ended)}")

    async def cli_there() -> None:
        if cli_version(ground.loaded.settings.denrei_claude_path) is None:
            raise RuntimeError("Claude Code is not there")

    checks = {
        "database": Check(ask=ground.store.ping),
        "redis": Check(ask=ground.wakeups.ping, required=False),
        # Not required: another instance would be refused just so, and nothing is lost meanwhile.
        "line": Check(ask=line_takes_token, required=False),
        "loops": Check(ask=loops_alive),
    }
    return {**checks, "cli": Check(ask=cli_there)} if ground.part.runs_claude else checks
