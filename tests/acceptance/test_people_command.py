"""`denrei people`: the real process, on the database that somebody else has open or not."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.line.postbacks import derive_key
from bot.people_parts import PeopleParts, people_parts
from bot.settings import Settings
from orchestrator_core.errors import PersonError
from orchestrator_core.model import Chat, ChatKind, Language, Person, Role
from orchestrator_core.pairing import MOST_WRONG, PairingDesk
from storage.store import SqlStore, open_store
from tests.fakes.wakeups import FakeWakeups

OWNER, NEW = "U" + "0" * 32, "U" + "1" * 32
SECRET = "a-channel-secret"
SECONDS = 30


@dataclass(slots=True)
class Server:
    """An installation whose database is open here, as it is while Denrei serves."""

    folder: Path
    store: SqlStore
    parts: PeopleParts

    async def denrei(self, *arguments: str) -> tuple[int, str]:
        """The exit code, and what was printed in either way."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *arguments),
            cwd=Path(__file__).parents[2],
            env={
                "LINE_CHANNEL_SECRET": SECRET,
                "LINE_CHANNEL_ACCESS_TOKEN": "a-token",
                "DENREI_OWNERS": OWNER,
                "DENREI_DATA_DIR": str(self.folder),
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(SECONDS):
            printed, _ = await process.communicate()
        return process.returncode or 0, printed.decode()

    async def knock(self, person_id: str = NEW) -> str:
        """Somebody writes; the code they are given."""
        codes = []

        def code() -> str:
            codes.append("ABCDEFGH")
            return codes[-1]

        known = self.parts.desks
        desk = PairingDesk(
            key=derive_key(SECRET.encode(), "pairing"),
            gate=known.people.gate,
            people=known.people,
            outbox=known.people.outbox,
            seals=known.pairing.seals,
            new_code=code,
        )
        person = Person(id=person_id, role=Role.STRANGER, language=Language.ENGLISH)
        home = Chat(id=person_id, kind=ChatKind.USER)
        async with self.store.transaction() as records:
            await records.people.save(person)
            await desk.knock(records, person, home, now=self.parts.clock.now())
        return codes[0]

    async def role(self, person_id: str = NEW) -> Role | None:
        async with self.store.read() as records:
            person = await records.people.get(person_id)
        return person.granted if person else None


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    settings = Settings(
        _env_file=None,
        line_channel_secret=SecretStr(SECRET),
        line_channel_access_token=SecretStr("a-token"),
        denrei_owners=frozenset({OWNER}),
        denrei_data_dir=tmp_path,
    )
    async with open_store(f"sqlite://{tmp_path}/denrei.sqlite3", FakeWakeups()) as store:
        yield Server(tmp_path, store, people_parts(settings, store))


async def test_a_code_is_accepted_on_the_server_while_denrei_has_the_database_open(
    server: Server,
) -> None:
    code = await server.knock()
    done, printed = await server.denrei("people", "pair", code, "--role", "operator")
    again, refused = await server.denrei("people", "pair", code, "--role", "owner")

    assert (done, printed) == (0, f"{NEW}  operator\n")
    assert (again, refused) == (1, "This code was used already.\n")
    assert await server.role() is Role.OPERATOR


async def test_everybody_is_listed_and_can_be_changed_named_and_revoked(server: Server) -> None:
    code = await server.knock()
    await server.parts.accept(code, Role.VIEWER)
    changed = await server.denrei("people", "role", NEW, "operator")
    named = await server.denrei("people", "name", NEW, "Haru")
    listed = await server.denrei("people")
    revoked = await server.denrei("people", "revoke", "haru")

    assert changed == (0, f"{NEW}  operator\n")
    assert named == (0, f"{NEW}  operator  Haru\n")
    assert listed == (0, f"{OWNER}  owner\n{NEW}  operator  Haru\n")
    assert revoked[0] == 0
    assert f"{NEW}  stranger  Haru  revoked " in revoked[1]
    assert await server.role() is None


async def test_it_works_where_denrei_never_ran(server: Server, tmp_path: Path) -> None:
    server.folder = tmp_path / "nothing" / "here"

    assert await server.denrei("people", "list") == (0, f"{OWNER}  owner\n")


async def test_guessing_is_bounded_here_too(server: Server) -> None:
    code = await server.knock()
    for _ in range(MOST_WRONG - 1):
        with pytest.raises(PersonError, match=r"pairing\.unknown"):
            await server.parts.accept("22222222", Role.OWNER)
    last = await server.denrei("people", "pair", "33333333")
    right = await server.denrei("people", "pair", code)

    assert last[1].startswith("I know no such code.")
    assert right == (1, "Too many wrong codes. Please wait ten minutes.\n")
    assert await server.role() is None


async def test_a_refused_code_lets_nobody_in(server: Server) -> None:
    code = await server.knock()
    refused = await server.denrei("people", "refuse", code)
    tried = await server.denrei("people", "pair", code)

    assert refused == (0, "Refused.\n")
    assert tried == (1, "This code was refused already.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ("people", "role", OWNER, "viewer"),
        ("people", "revoke", OWNER),
        ("people", "revoke", "nobody"),
    ],
)
async def test_what_cannot_be_changed_is_said_and_fails(
    server: Server, arguments: tuple[str, ...]
) -> None:
    exit_code, printed = await server.denrei(*arguments)

    assert exit_code == 1
    assert "DENREI_OWNERS" in printed or "nobody" in printed
