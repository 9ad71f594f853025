"""`denrei demo`: a real `denrei serve` on this machine, between a LINE and a model made of paper.

Everything it writes goes into a folder that is gone afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx

from bot.simulator.line_platform import LinePlatform
from bot.simulator.line_state import OWNER, STRANGER
from bot.simulator.model_demo import DemoModel
from bot.simulator.model_server import model_app
from bot.simulator.server import serve

READY_SECONDS = 60.0
STOP_SECONDS = 30.0
_ASK_AGAIN_SECONDS = 0.05
_LAST_WORDS_SECONDS = 1.0
#: Of the log, in bytes; and where its level stands.
_LONGEST_LINE, _LEVEL_WITHIN = 2**22, 40
#: A key of the person's own brings the real model instead of the scripted one.
_REAL_LOGINS = ("ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN")
#: So that there is a budget to look at.
_DAILY_BUDGET_USD = "2"
_SAMPLE = {
    "README.md": "# Harbour\n\nA small sample project for the demo.\n",
    "tide.py": "def is_high(metres: float) -> bool:\n    return metres > 2.5\n",
    "test_tide.py": (
        "from tide import is_high\n\n\ndef test_high_tide() -> None:\n    assert is_high(3.0)\n"
    ),
}


async def demo(port: int) -> None:
    """Run until interrupted. Prints the one URL to open."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    with tempfile.TemporaryDirectory(prefix="denrei-demo-") as folder:
        async with running_demo(Path(folder), port=port) as url:
            _greet(url)
            await ended.wait()
            print("\nEnding the demo…", flush=True)


@contextlib.asynccontextmanager
async def running_demo(folder: Path, *, port: int = 0) -> AsyncIterator[str]:
    """The demo at work, its data in `folder`; yields the chat page's URL.

    Port 0 takes a free one. Raises RuntimeError when Denrei does not start.
    """
    secret, token = secrets.token_hex(16), secrets.token_urlsafe(32)
    platform = LinePlatform(
        channel_secret=secret, channel_access_token=token, profiles=(OWNER, STRANGER)
    )
    async with (
        serve(platform.app, port=_free(port)) as line_url,
        serve(model_app(DemoModel())) as model_url,
    ):
        denrei_port = _free(0)
        environment = _environment(folder, model_url) | {
            "LINE_CHANNEL_SECRET": secret,
            "LINE_CHANNEL_ACCESS_TOKEN": token,
            "LINE_API_BASE": line_url,
            "LINE_DATA_API_BASE": line_url,
            "PORT": str(denrei_port),
        }
        denrei_url = f"http://127.0.0.1:{denrei_port}"
        platform.webhook_url = f"{denrei_url}/line/webhook"
        async with _denrei(environment, folder, denrei_url):
            await _set_up_channel(environment, folder)
            yield line_url


def _environment(folder: Path, model_url: str) -> dict[str, str]:
    workspace = folder / "workspace"
    workspace.mkdir()
    for name, text in _SAMPLE.items():
        (workspace / name).write_text(text)
    environment = {
        **_without_settings(os.environ),
        "DENREI_DATA_DIR": str(folder / "data"),
        "DENREI_WORKSPACE": str(workspace),
        "DENREI_OWNERS": OWNER.user_id,
        "DENREI_HOST": "127.0.0.1",
        "DENREI_DAILY_BUDGET_USD": _DAILY_BUDGET_USD,
    }
    real = {name: os.environ[name] for name in _REAL_LOGINS if os.environ.get(name)}
    if real:
        return environment | real
    return environment | {"ANTHROPIC_API_KEY": "demo", "ANTHROPIC_BASE_URL": model_url}


def _without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """No setting of a real installation may find its way into the demo."""
    ours = ("LINE_", "DENREI_", "ANTHROPIC_", "CLAUDE_", "DATABASE_URL", "REDIS_URL", "PORT")
    return {name: value for name, value in environ.items() if not name.startswith(ours)}


@contextlib.asynccontextmanager
async def _denrei(environment: dict[str, str], folder: Path, url: str) -> AsyncIterator[None]:
    # In a folder of its own, so that no `.env` of a real installation is read; in a session of
    # its own, so that Ctrl-C reaches the demo first and Denrei ends in order.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "serve"),
        cwd=folder,
        env=environment,
        start_new_session=True,
        stderr=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    telling = asyncio.create_task(_pass_on(process), name="log")
    try:
        await _until_ready(url, process)
        yield
    finally:
        await _end(process)
        # What was killed may leave others behind that hold its log open.
        await asyncio.wait([telling], timeout=_LAST_WORDS_SECONDS)
        telling.cancel()


async def _pass_on(process: asyncio.subprocess.Process) -> None:
    """Denrei's log from warnings up: the address of the page shall be what is seen."""
    if process.stderr is None:
        return
    async for line in process.stderr:
        if b" INFO " not in line[:_LEVEL_WITHIN]:
            sys.stderr.write(line.decode(errors="replace"))
            sys.stderr.flush()


async def _set_up_channel(environment: Mapping[str, str], folder: Path) -> None:
    """As a person does once. Without the menus everything can be typed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "line", "setup"),
        cwd=folder,
        env=environment,
        start_new_session=True,
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                await process.wait()
    finally:
        await _end(process)


async def _until_ready(url: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(READY_SECONDS), httpx.AsyncClient() as client:
        while process.returncode is None:
            with contextlib.suppress(httpx.TransportError):
                if (await client.get(f"{url}/readyz")).is_success:
                    return
            await asyncio.sleep(_ASK_AGAIN_SECONDS)
    raise RuntimeError("Denrei did not start; its own words are above.")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _free(port: int) -> int:
    """The port itself while nobody has it, else one that is free."""
    try:
        with socket.create_server(("127.0.0.1", port)) as listener:
            return int(listener.getsockname()[1])
    except OSError:
        return _free(0)


def _greet(url: str) -> None:
    real = any(os.environ.get(name) for name in _REAL_LOGINS)
    model = "the real model, with your key" if real else "a scripted model: no key, no cost"
    print(
        f"\n  Denrei is running with {model}.\n"
        f"\n    Open  {url}\n"
        "\n  and type  /new write a haiku about rivers\n"
        "\n  Ctrl-C ends it.\n",
        flush=True,
    )
