"""Files people send: fetched once, whatever happens meanwhile, and told of shortly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator_core.errors import (
    ContentGoneError,
    ContentNotReadyError,
    MessengerUnclearError,
    PersonError,
)
from orchestrator_core.fetching import GIVE_UP_AFTER, Fetcher
from orchestrator_core.incoming import MediaSent, Unsent
from orchestrator_core.model import Chat, ChatKind, MediaKind, Upload, UploadState
from orchestrator_core.ports import AgentProfile
from orchestrator_core.upload_notes import UploadNotes
from tests.core import Core, token
from tests.fakes.content import FakeContent
from tests.people import HOME, OWNER
from tests.samples import an_event

TEXT = b"some words\n"


@dataclass(slots=True)
class World:
    core: Core
    content: FakeContent
    fetcher: Fetcher

    async def send(self, message_id: str, content: bytes = TEXT, **more: Any) -> None:
        self.content.contents[message_id] = content
        given: dict[str, Any] = {
            "chat": HOME,
            "person_id": OWNER,
            "reply_token": token(self.core, f"token-{message_id}"),
            "message_id": message_id,
            "kind": MediaKind.FILE,
            "name": "note.txt",
        }
        await self.core.answers(MediaSent(**given | more))

    async def work(self) -> None:
        """Fetch and tell what is due now."""
        found = True
        while found:
            found = await self.fetcher.fetch_due()
        await self.fetcher.remove_withdrawn()
        await self.fetcher.notes.tell("default")

    async def uploads(self) -> list[Upload]:
        async with self.core.store.read() as records:
            found = [await records.uploads.get(number) for number in range(1, 40)]
        return [one for one in found if one is not None]

    async def said(self) -> list[str]:
        async with self.core.store.read() as records:
            sent = await records.deliveries.take(
                self.core.clock.now(), sender="me", until=self.core.clock.now(), limit=50
            )
        return [message["text"] for delivery in sent for message in delivery.messages]


@pytest.fixture
async def world(tmp_path: Path) -> World:
    core = Core(profiles={"claude": AgentProfile(name="claude", workspace=str(tmp_path))})
    await core.know()
    content = FakeContent()
    notes = UploadNotes(store=core.store, outbox=core.outbox, clock=core.clock, most_bytes=1000)
    fetcher = Fetcher(
        me="me",
        pool="default",
        store=core.store,
        content=content,
        notes=notes,
        wakeups=core.wakeups,
        clock=core.clock,
        metrics=core.metrics,
        most_bytes=1000,
    )
    return World(core, content, fetcher)


async def test_a_file_is_put_into_the_workspace_and_told_of_by_reply(
    world: World, tmp_path: Path
) -> None:
    await world.send("m1")
    await world.work()

    [upload] = await world.uploads()
    assert (upload.state, upload.path) == (UploadState.STORED, "uploads/1-note.txt")
    assert (tmp_path / "uploads/1-note.txt").read_bytes() == TEXT
    assert await world.said() == ["Got note.txt (11 B). It goes with your next message."]


async def test_pictures_sent_at_once_are_told_of_once_they_are_all_there(world: World) -> None:
    await world.send("m1", set_id="s", set_index=1, set_total=2)
    await world.work()
    before = await world.said()
    await world.send("m2", set_id="s", set_index=2, set_total=2)
    await world.work()

    assert before == []
    [told] = await world.said()
    assert told == "Got note.txt (11 B), note.txt (11 B). They go with your next message."


async def test_a_set_of_which_a_part_never_comes_is_told_of_after_a_while(world: World) -> None:
    await world.send("m1", set_id="s", set_index=1, set_total=2)
    await world.work()
    world.core.clock.advance(timedelta(seconds=10))
    await world.work()

    assert len(await world.said()) == 1


@pytest.mark.parametrize("error", [ContentNotReadyError, MessengerUnclearError, TimeoutError])
async def test_what_cannot_be_had_yet_is_fetched_later(
    world: World, error: type[Exception]
) -> None:
    world.content.errors.append(error())
    await world.send("m1")
    await world.work()
    [before] = await world.uploads()
    world.core.clock.advance(timedelta(seconds=2))
    await world.work()

    [after] = await world.uploads()
    assert (before.state, after.state) == (UploadState.WAITING, UploadState.STORED)
    assert after.attempts == 2


async def test_what_never_comes_is_given_up(world: World) -> None:
    world.content.errors.append(ContentNotReadyError())
    await world.send("m1")
    world.core.clock.advance(GIVE_UP_AFTER)
    await world.work()

    assert await world.said() == [
        "note.txt: LINE did not give it to me. Please send it again later."
    ]


@pytest.mark.parametrize(
    ("content", "kind", "errors", "told"),
    [
        (b"x" * 1001, MediaKind.FILE, [], "it is larger than 1000 B"),
        (b"PK\x03\x04", MediaKind.IMAGE, [], "its content is something else"),
        (b"", MediaKind.VIDEO, [], "its content is something else"),
        (TEXT, MediaKind.FILE, [ContentGoneError()], "LINE does not have it any more"),
    ],
)
async def test_what_is_not_taken_is_told_with_the_reason(
    world: World, content: bytes, kind: MediaKind, errors: list[Exception], told: str
) -> None:
    world.content.errors.extend(errors)
    await world.send("m1", content, kind=kind)
    await world.work()

    [said] = await world.said()
    assert told in said
    [upload] = await world.uploads()
    assert (upload.state, upload.path) == (UploadState.REFUSED, None)


async def test_a_workspace_that_takes_no_file_is_said_to(world: World, tmp_path: Path) -> None:
    (tmp_path / "uploads").write_text("in the way")
    await world.send("m1")
    await world.work()

    assert "does not take files" in (await world.said())[0]


async def test_a_message_that_comes_twice_is_fetched_once(world: World) -> None:
    await world.send("m1")
    await world.send("m1")
    await world.work()

    assert world.content.fetched == ["m1"]


async def test_what_a_dead_process_held_is_fetched_again(world: World, tmp_path: Path) -> None:
    await world.send("m1")
    now = world.core.clock.now()
    async with world.core.store.transaction() as records:
        until = now + timedelta(seconds=75)
        await records.uploads.take(now, pool="default", fetcher="dead", until=until, limit=1)
    await world.work()
    before = list(world.content.fetched)
    await world.fetcher.recover(alone=True)
    await world.work()

    assert (before, world.content.fetched) == ([], ["m1"])
    assert (tmp_path / "uploads/1-note.txt").exists()


async def test_a_file_taken_back_while_it_is_fetched_does_not_stay(
    world: World, tmp_path: Path
) -> None:
    async def take_back() -> None:
        async with world.core.store.transaction() as records:
            await records.uploads.withdraw(HOME.id, "m1")

    world.content.meanwhile = take_back
    await world.send("m1")
    await world.work()

    assert not (tmp_path / "uploads/1-note.txt").exists()
    assert await world.said() == []


async def test_a_file_taken_back_later_is_deleted(world: World, tmp_path: Path) -> None:
    await world.send("m1")
    await world.work()
    core = world.core
    unsent = core.reader.means(Unsent(chat=HOME, message_id="m1"))
    await core.store.take_in([replace(an_event(payload=unsent), chat_id=HOME.id)])
    await core.intake().handle_new()
    there = (tmp_path / "uploads/1-note.txt").exists()
    await world.work()

    assert there
    assert not (tmp_path / "uploads/1-note.txt").exists()


async def test_no_more_than_thirty_wait_at_a_time(world: World) -> None:
    for number in range(30):
        await world.send(f"m{number}")

    with pytest.raises(PersonError, match=r"upload\.too_many"):
        await world.send("one more")


async def test_in_a_group_pictures_are_left_to_the_people(world: World) -> None:
    await world.send("m1", chat=Chat(id="C1", kind=ChatKind.GROUP))

    assert await world.uploads() == []


async def test_files_can_be_listed_asked_about_and_dropped(world: World) -> None:
    await world.send("m1")
    await world.work()
    listed = await world.core.only_answer("/files")
    dropped = await world.core.only_answer("/files drop")
    with pytest.raises(PersonError, match=r"files\.none"):
        await world.core.answers("/files ask")
    await world.send("m2")
    await world.core.answers("/files ask what is it")

    assert listed == "1 file goes with your next message: note.txt (11 B)"
    assert dropped == "Dropped 1 file."
    [_, second] = await world.uploads()
    assert second.turn_id == 1
    assert (await world.core.read_turn(1)).prompt == "what is it"
