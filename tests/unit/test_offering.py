"""Only what a turn made, inside its workspace and without secrets, is offered, for a day."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.file_links import FileLinks, id_in
from bot.line.files import render
from bot.simulator.line_validation import check_messages
from orchestrator_core.messages import Files, OfferedFile
from orchestrator_core.offering import Offers
from orchestrator_core.ports import AgentProfile
from tests.core import Core

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
DAY = timedelta(days=1)
LINKS = FileLinks("https://denrei.example.com", b"key")


async def offered(folder: Path, answer: str, *, old: str = "") -> list[str]:
    """The names of what is offered with an answer."""
    return [one.name for one in await offers(Core(), folder, answer, old=old)]


def date_files(folder: Path, now: float, *, old: str) -> None:
    """All of them are of now, but the old one."""
    for path in folder.rglob("*"):
        os.utime(path, (now, now - 3600 if path.name == old else now), follow_symlinks=False)


def write(path: Path, content: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)


async def offers(core: Core, folder: Path, answer: str, *, old: str = "") -> list[OfferedFile]:
    date_files(folder, core.clock.now().timestamp(), old=old)
    profile = AgentProfile(name="claude", workspace=str(folder / "work"))
    core.desk = replace(core.desk, agents=replace(core.desk.agents, profiles={"claude": profile}))
    session = await core.session()
    turn = await core.ask(session)
    made = Offers(
        store=core.store, addresses=LINKS, clock=core.clock, most_bytes=1000, good_for=DAY
    )
    return list(await made.of(turn, session, answer))


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


async def test_a_picture_the_answer_names_is_offered_by_a_link_that_is_good_for_a_day(
    work: Path,
) -> None:
    (work / "out").mkdir()
    (work / "out" / "chart.png").write_bytes(PNG)
    core = Core()
    [found] = await offers(core, work.parent, "I saved it as `out/chart.png`.")
    signed = found.address.split("/")[-2]
    now = core.clock.now()
    file_id = id_in(signed, b"key", now)

    assert found.is_picture
    assert found.address.startswith("https://denrei.example.com/files/")
    assert file_id is not None
    async with core.store.read() as records:
        kept = await records.made_files.get(file_id)
    assert kept is not None
    assert (kept.content, kept.media_type) == (PNG, "image/png")
    assert id_in(signed, b"another key", now) is None
    assert id_in(signed, b"key", now + DAY) is None
    assert id_in("0" * 32 + signed[32:], b"key", now) is None


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("See report.pdf and data.csv, both new.", ["report.pdf", "data.csv"]),
        ("The code is in main.py.", []),
        ("Nothing was made.", []),
        ("report.pdf, report.pdf and ./report.pdf", ["report.pdf"]),
        ("図.png を作りました。", ["図.png"]),
        ("I read missing.pdf", []),
    ],
)
async def test_documents_are_offered_and_code_is_not(
    work: Path, answer: str, names: list[str]
) -> None:
    (work / "report.pdf").write_bytes(b"%PDF-1.7 \x00")
    (work / "data.csv").write_text("a,b\n")
    (work / "main.py").write_text("print()\n")
    (work / "図.png").write_bytes(PNG)

    assert await offered(work.parent, answer) == names


async def test_what_was_there_before_the_turn_is_not_offered(work: Path) -> None:
    (work / "old.pdf").write_bytes(b"%PDF-1.7 \x00")

    assert await offered(work.parent, "see old.pdf", old="old.pdf") == []


async def test_nothing_outside_the_workspace_is_offered(work: Path) -> None:
    (work.parent / "secret.pdf").write_bytes(b"%PDF-1.7 \x00")
    (work / "link.pdf").symlink_to(work.parent / "secret.pdf")
    answer = f"../secret.pdf link.pdf {work.parent}/secret.pdf"

    assert await offered(work.parent, answer) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("credentials.json", "{}"),
        ("deploy/.env.txt", "A=b"),
        ("service-account.json", "{}"),
        (".hidden.txt", "words"),
        ("notes.txt", "token: ghp_" + "a1B2" * 9),
        ("uploads/sent.txt", "what a person sent"),
        ("program.bin", "\x7fELF"),
        ("large.txt", "x" * 1001),
        ("empty.txt", ""),
    ],
)
async def test_secrets_and_what_cannot_be_shown_are_not_offered(
    work: Path, name: str, content: str
) -> None:
    write(work / name, content)

    assert await offered(work.parent, f"I wrote {name}") == []


def test_the_card_is_one_that_line_takes() -> None:
    files = tuple(
        OfferedFile(
            name=f"{number}-" + "長い名前" * 20 + ".png",
            address=f"https://denrei.example.com/files/{number}",
            size="1 KB",
            is_picture=number < 6,
        )
        for number in range(8)
    )
    card = render(Files(text="I made " + "x" * 2000, files=files, note="good for a day"))

    assert check_messages({"messages": [card]}) == (card,)
