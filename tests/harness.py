"""The real `denrei serve` as a process of its own, between a LINE and a model made of paper.

Driven as LINE and people drive it: by what they do, and by what reaches their phones.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from bot.simulator.line_journal import Kind
from bot.simulator.line_platform import LinePlatform
from bot.simulator.line_state import user_id
from bot.simulator.model_script import ScriptedModel
from bot.simulator.model_server import model_app
from bot.simulator.server import serve
from orchestrator_core.processes import start_mark

CHANNEL_SECRET = "channel-secret-a1b2c3d4e5f6"
ACCESS_TOKEN = "channel-access-token-a1b2c3d4e5f6"
ADMIN_TOKEN = "admin-token-a1b2c3d4e5f6"
API_KEY = "anthropic-api-key-a1b2c3d4e5f6a1b2c3d4e5f6"
SECRETS = (CHANNEL_SECRET, ACCESS_TOKEN, ADMIN_TOKEN, API_KEY)

START_SECONDS = 30.0
STOP_SECONDS = 30.0
ANSWER_SECONDS = 15.0
OUR_SETTINGS = ("LINE_", "DENREI_", "ANTHROPIC_", "CLAUDE_", "DATABASE_URL", "REDIS_URL", "PORT")

Json = dict[str, Any]


@dataclass(slots=True)
class Denrei:
    """One process."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    url: str = ""
    #: The API, as the admin.
    api: httpx.AsyncClient = field(default_factory=httpx.AsyncClient)
    _ready: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def log(self) -> str:
        return "\n".join(self.lines)

    async def wait_until_ready(self) -> None:
        self._reading = asyncio.create_task(self._read())
        async with asyncio.timeout(START_SECONDS):
            await self._ready.wait()
        if not self.url:
            raise RuntimeError(f"Denrei did not start:\n{self.log}")
        headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        self.api = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=ANSWER_SECONDS)

    def terminate(self) -> None:
        """Ask it to end, as a service manager does."""
        self.process.terminate()

    async def ended(self) -> int:
        """Its exit status."""
        async with asyncio.timeout(STOP_SECONDS):
            status = await self.process.wait()
            if self._reading is not None:
                await self._reading
        await self.api.aclose()
        return status

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.terminate()
        return await self.ended()

    async def kill(self) -> None:
        """End it and all it has started at once, as a power cut does; its Redis lives on."""
        family = [pid for pid in descendants(self.pid) if _name(pid) != "valkey-server"]
        marks = {pid: start_mark(pid) for pid in family}
        self.process.kill()
        for pid in family:
            if marks[pid] is not None and start_mark(pid) == marks[pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        await self.ended()

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.lines.append(line.decode().rstrip())
            if " ready url=" in self.lines[-1]:
                self.url = self.lines[-1].rpartition("url=")[2]
                self._ready.set()
        self._ready.set()


@dataclass(slots=True)
class Town:
    """LINE, the model, a data folder and a workspace; Denrei may come and go."""

    folder: Path
    platform: LinePlatform
    model: ScriptedModel
    environment: dict[str, str]

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @contextlib.asynccontextmanager
    async def denrei(self, *options: str, **settings: str) -> AsyncIterator[Denrei]:
        """A Denrei at work; what is left of it is ended with the block."""
        denrei = await self.start(*options, **settings)
        try:
            await denrei.wait_until_ready()
            if not options or "edge" in options:
                self.platform.webhook_url = f"{denrei.url}/line/webhook"
            yield denrei
        finally:
            await denrei.stop()

    async def start(self, *options: str, **settings: str) -> Denrei:
        """Begin it, whatever becomes of it. It reads no `.env` but the folder's."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "serve", *options),
            cwd=self.folder,
            env={**self.environment, **settings},
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        return Denrei(process)

    def phone(self, name: str) -> Phone:
        return Phone(self.platform, user_id(name))


@dataclass(slots=True)
class Phone:
    """A person's phone, in the 1:1 chat with Denrei."""

    platform: LinePlatform
    user: str
    _read: int = 0

    async def say(self, text: str) -> str:
        return await self.platform.say(self.user, text)

    async def next(self, timeout: float = ANSWER_SECONDS) -> Json:
        """The next message that comes. Raises TimeoutError."""
        self._read += 1
        messages = await self.platform.wait_for_messages(self.user, self._read, timeout)
        return messages[self._read - 1]

    async def ask(self, text: str) -> str:
        """Say it and give the text of the next message."""
        await self.say(text)
        return text_of(await self.next())

    async def tap(self, message: Json, label: str) -> None:
        action = actions_of(message)[label]
        if action["type"] == "message":
            await self.say(action["text"])
        else:
            await self.platform.tap(self.user, action["data"], action["displayText"])

    def unread(self) -> list[Json]:
        return self.platform.messages(self.user)[self._read :]

    def call_of_last(self) -> str:
        """How the last message that was read came: `reply` or `push`."""
        return str(self.platform.accepted(self.user)[self._read - 1].data["call"])

    async def loading(self) -> None:
        """Return once the loading animation was shown. Raises TimeoutError."""
        await self.platform.wait_for(Kind.LOADING, chat_id=self.user, timeout=ANSWER_SECONDS)


@contextlib.asynccontextmanager
async def town(folder: Path, *people: str) -> AsyncIterator[Town]:
    """Everything but Denrei. The people named are its owners."""
    platform = LinePlatform(channel_secret=CHANNEL_SECRET, channel_access_token=ACCESS_TOKEN)
    model = ScriptedModel()
    async with platform.serve() as line_url, serve(model_app(model)) as model_url:
        (folder / "workspace").mkdir()
        for name in people:
            platform.people.meet(user_id(name))
        yield Town(
            folder=folder,
            platform=platform,
            model=model,
            environment=environment_of(folder, people, line_url=line_url, model_url=model_url),
        )


def environment_of(
    folder: Path, people: Iterable[str], *, line_url: str, model_url: str
) -> dict[str, str]:
    """What a Denrei among these stand-ins is started with."""
    return {
        **without_settings(os.environ),
        "LINE_CHANNEL_SECRET": CHANNEL_SECRET,
        "LINE_CHANNEL_ACCESS_TOKEN": ACCESS_TOKEN,
        "LINE_API_BASE": line_url,
        "LINE_DATA_API_BASE": line_url,
        "DENREI_OWNERS": ",".join(user_id(name) for name in people),
        "DENREI_ADMIN_TOKEN": ADMIN_TOKEN,
        "DENREI_DATA_DIR": str(folder / "data"),
        "DENREI_WORKSPACE": str(folder / "workspace"),
        "ANTHROPIC_API_KEY": API_KEY,
        "ANTHROPIC_BASE_URL": model_url,
        "PORT": "0",
        # Claude's shell reads what a person has set up at home, which may take its time.
        "HOME": str(folder),
        "PYTHONPATH": str(Path(__file__).parent.parent),
    }


def without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith(OUR_SETTINGS)}


def text_of(message: Json) -> str:
    """All that can be read of a message."""
    if message["type"] == "text":
        return str(message["text"])
    return "\n".join([message["altText"], *(part["text"] for part in parts_of(message, "text"))])


def actions_of(message: Json) -> dict[str, Json]:
    """Its buttons by label, those on it and those below it."""
    items = message.get("quickReply", {}).get("items", [])
    found = [item["action"] for item in items]
    found += [button["action"] for button in parts_of(message, "button")]
    return {action["label"]: action for action in found}


def parts_of(part: Any, kind: str) -> list[Json]:
    """The components of this type, anywhere in a Flex message."""
    match part:
        case dict():
            mine = [part] if part.get("type") == kind and "contents" not in part else []
            return mine + [one for value in part.values() for one in parts_of(value, kind)]
        case list():
            return [one for value in part for one in parts_of(value, kind)]
        case _:
            return []


def descendants(pid: int) -> list[int]:
    """The living children of a process, theirs and so on. None where there is no /proc."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name, in parentheses, may hold anything. man 5 proc
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    found = list(children.get(pid, ()))
    for one in found:
        found += children.get(one, ())
    return found


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""
