"""A person is let in and sent out again: LINE, the real process, the real Claude Code."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

from bot.simulator.model_replies import Say, UseTool
from tests.harness import Phone, Town, text_of, town

TOUCH = UseTool(tool="Bash", tool_input={"command": "touch made.txt", "description": "a test"})
NO = "Sorry, I only take orders from people my owners have let in."


async def let_in(place: Town, name: str, button: str) -> tuple[Phone, Phone]:
    """The owner's phone and the newcomer's, who has been accepted with this button."""
    owner, newcomer = place.phone("owner"), place.phone(name)
    place.platform.people.meet(newcomer.user)
    told = await newcomer.ask("hello, who are you?")
    card = await owner.next()
    code = text_of(card).splitlines()[0].rpartition(" ")[2]
    assert code in told
    await owner.tap(card, button)
    await owner.next()
    await newcomer.next()
    return owner, newcomer


async def test_from_the_first_hello_to_the_last_word(tmp_path: Path) -> None:
    async with town(tmp_path, "owner") as place, place.denrei() as denrei:
        place.model.on("a haiku", Say(text="Water finds its way"))
        place.model.on("touch something", TOUCH, Say(text="touched"))
        owner, operator = await let_in(place, "operator", "Let in as operator")
        haiku = await operator.ask("write a haiku")
        await operator.say("touch something")
        card = await operator.next()
        await owner.say(f"/people {operator.user} revoke")
        revoked = text_of(await owner.next())
        await operator.tap(card, "Allow once")
        late = text_of(await operator.next())
        people = (await denrei.api.get("/people")).json()["items"]

    assert haiku == "Water finds its way"
    assert revoked.endswith("1 prompt of theirs will not be answered.")
    assert late == NO
    assert not (place.workspace / "made.txt").exists()
    assert {one["id"]: one["role"] for one in people}[operator.user] == "stranger"


async def test_a_viewer_looks_and_does_nothing_else(tmp_path: Path) -> None:
    async with town(tmp_path, "owner") as place, place.denrei():
        place.model.on("a haiku", Say(text="Water finds its way"))
        owner, viewer = await let_in(place, "viewer", "Let in as viewer")
        await owner.ask("write a haiku")
        seen = await viewer.ask("/status 1")
        refused = [await viewer.ask(text) for text in ("write a haiku", "/stop 1", "/people")]

    assert "Water finds its way" in seen
    assert {text.partition(":")[0] for text in refused} == {"You are a viewer here"}
    assert len(place.model.seen("a haiku")) == 1


async def test_who_reads_the_outbox_finds_no_code_that_would_let_them_in(tmp_path: Path) -> None:
    async with town(tmp_path, "owner") as place, place.denrei():
        owner, newcomer = place.phone("owner"), place.phone("newcomer")
        place.platform.people.meet(newcomer.user)
        told = await newcomer.ask("hello, who are you?")
        await owner.next()
        with contextlib.closing(sqlite3.connect(tmp_path / "data" / "denrei.sqlite3")) as books:
            stored = str(books.execute("SELECT messages FROM delivery").fetchall())

    [code] = re.findall(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", told)
    assert newcomer.user in stored
    assert code not in stored
    assert code.replace("-", "") not in stored
