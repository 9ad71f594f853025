"""What every Uploads and MadeFiles promises: a file is fetched once, goes with one prompt, and is
told of once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from orchestrator_core.model import (
    Chat,
    ChatKind,
    MadeFile,
    MediaKind,
    NewUpload,
    Refusal,
    ReplyToken,
    Upload,
    UploadState,
)
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON

CHAT = Chat(id="U1", kind=ChatKind.USER)
MINUTE = timedelta(minutes=1)


def sent(message_id: str = "m1", **more: Any) -> NewUpload:
    given: dict[str, Any] = {
        "chat": CHAT,
        "person_id": "U1",
        "message_id": message_id,
        "kind": MediaKind.IMAGE,
        "workspace": "/work",
        "pool": "default",
        "created_at": NOON,
    }
    return NewUpload(**given | more)


async def add(store: Store, *uploads: NewUpload) -> None:
    async with store.transaction() as records:
        for one in uploads:
            assert await records.uploads.add(one)


async def take(store: Store, *, after: timedelta = timedelta(), by: str = "me") -> list[Upload]:
    now = NOON + after
    async with store.transaction() as records:
        return await records.uploads.take(
            now, pool="default", fetcher=by, until=now + MINUTE, limit=10
        )


async def is_due(store: Store) -> bool:
    async with store.read() as records:
        return await records.uploads.has_due(NOON, pool="default")


def stored(upload: Upload, **more: Any) -> Upload:
    found: dict[str, Any] = {"path": "uploads/1.png", "media_type": "image/png", "size": 7}
    return replace(upload, state=UploadState.STORED, **found | more)


async def settle(store: Store, upload: Upload) -> bool:
    async with store.transaction() as records:
        return await records.uploads.settle(upload)


async def test_what_was_sent_comes_back_as_it_was_told(store: Store) -> None:
    token = ReplyToken(value="token", expires_at=NOON + MINUTE)
    new = sent(name="日本.png", set_id="set", set_total=3, reply_token=token)
    await add(store, new)

    async with store.read() as records:
        (kept,) = await records.uploads.waiting("U1", "U1", since=NOON)
    told = (kept.chat, kept.message_id, kept.kind, kept.name, kept.set_id, kept.set_total)
    assert told == (CHAT, "m1", MediaKind.IMAGE, "日本.png", "set", 3)
    assert kept.reply_token == token
    assert (kept.state, kept.due_at, kept.attempts) == (UploadState.WAITING, NOON, 0)


async def test_the_same_message_is_known_the_second_time(store: Store) -> None:
    await add(store, sent(), sent(chat=Chat(id="C1", kind=ChatKind.GROUP)))

    async with store.transaction() as records:
        assert not await records.uploads.add(sent(name="another"))
        assert await records.uploads.count("U1", "U1", since=NOON) == 1


async def test_one_is_taken_by_one_and_again_when_that_one_is_dead(store: Store) -> None:
    await add(store, sent(), sent("m2", pool="other"))

    assert await is_due(store)
    (first,) = await take(store)
    assert not await is_due(store)
    meanwhile = await take(store, by="another")
    (again,) = await take(store, after=MINUTE, by="another")

    assert (first.state, first.fetcher, first.attempts) == (UploadState.FETCHING, "me", 1)
    assert meanwhile == []
    assert (again.id, again.fetcher, again.attempts) == (first.id, "another", 2)


async def test_what_is_released_can_be_taken_at_once(store: Store) -> None:
    await add(store, sent("m1"), sent("m2", pool="other"))
    (held,) = await take(store)
    async with store.transaction() as records:
        await records.uploads.release("other")
    assert not await is_due(store)

    async with store.transaction() as records:
        await records.uploads.release("default")

    (again,) = await take(store, by="another")
    assert again.id == held.id
    assert not await settle(store, stored(held))


async def test_who_comes_too_late_changes_nothing(store: Store) -> None:
    await add(store, sent())
    (late,) = await take(store)
    (mine,) = await take(store, after=MINUTE, by="another")

    assert not await settle(store, stored(late, path="uploads/late.png"))
    assert await settle(store, stored(mine))
    assert not await settle(store, stored(mine))

    async with store.read() as records:
        kept = await records.uploads.get(mine.id)
        assert await records.uploads.get(mine.id + 1) is None
    assert kept is not None
    assert (kept.state, kept.path, kept.fetcher) == (UploadState.STORED, "uploads/1.png", None)


async def test_one_put_off_is_not_taken_before_its_time(store: Store) -> None:
    await add(store, sent())
    (taken,) = await take(store)
    later = replace(taken, state=UploadState.WAITING, due_at=NOON + MINUTE)
    assert await settle(store, later)

    assert await take(store, after=MINUTE / 2) == []
    assert len(await take(store, after=MINUTE)) == 1


async def test_a_file_goes_with_one_prompt_to_its_workspace(store: Store) -> None:
    await add(
        store,
        sent("m1"),
        sent("m2"),
        sent("m3", workspace="/other"),
        sent("m4", person_id="U2"),
        sent("m5", created_at=NOON - MINUTE),
    )

    async with store.transaction() as records:
        first, second = [
            await records.uploads.attach(
                "U1", "U1", workspace="/work", turn_id=turn_id, since=NOON
            )
            for turn_id in (7, 8)
        ]
        of_turn = await records.uploads.of_turn(7)

    assert [one.message_id for one in first] == ["m1", "m2"]
    assert second == []
    assert of_turn == first


async def test_a_refused_file_goes_with_no_prompt(store: Store) -> None:
    await add(store, sent())
    (taken,) = await take(store)
    await settle(store, replace(taken, state=UploadState.REFUSED, why=Refusal.TOO_LARGE))

    async with store.transaction() as records:
        attach = records.uploads.attach
        assert await attach("U1", "U1", workspace="/work", turn_id=7, since=NOON) == []
        (untold,) = await records.uploads.untold("default", limit=5)
    assert untold.why is Refusal.TOO_LARGE


async def test_each_is_told_of_once(store: Store) -> None:
    await add(store, sent("m1"), sent("m2"), sent("m3"))
    for one in (await take(store))[:2]:
        await settle(store, stored(one))

    async with store.transaction() as records:
        untold = [one.id for one in await records.uploads.untold("default", limit=5)]
        assert await records.uploads.tell(untold, NOON) == untold
        assert await records.uploads.tell(untold, NOON) == []
        assert await records.uploads.tell([], NOON) == []
        assert await records.uploads.untold("default", limit=5) == []
    assert len(untold) == 2


async def test_what_is_dropped_goes_with_nothing_and_is_told_of_no_more(store: Store) -> None:
    await add(store, sent())
    (taken,) = await take(store)
    await settle(store, stored(taken))

    async with store.transaction() as records:
        assert await records.uploads.drop("U1", "U1", since=NOON, now=NOON) == 1
        assert await records.uploads.drop("U1", "U1", since=NOON, now=NOON) == 0
        assert await records.uploads.waiting("U1", "U1", since=NOON) == []
        assert await records.uploads.untold("default", limit=5) == []


async def test_the_pictures_of_a_set_are_found_in_their_chat(store: Store) -> None:
    elsewhere = Chat(id="C1", kind=ChatKind.GROUP)
    await add(store, sent("m1", set_id="s"), sent("m2", set_id="s"), sent("m3"))
    await add(store, sent("m4", set_id="s", chat=elsewhere))

    async with store.read() as records:
        found = await records.uploads.of_set("U1", "s")
    assert [one.message_id for one in found] == ["m1", "m2"]


async def test_what_is_taken_back_is_to_be_removed_and_is_not_stored_any_more(
    store: Store,
) -> None:
    await add(store, sent("m1", name="secret"), sent("m2"))
    first, second = await take(store)
    await settle(store, stored(first))
    async with store.transaction() as records:
        await records.uploads.withdraw("U1", "m1")
        await records.uploads.withdraw("U1", "m2")

    assert not await settle(store, stored(second))
    async with store.transaction() as records:
        (gone,) = await records.uploads.to_remove("default", limit=5)
        await records.uploads.removed(gone.id)
        assert await records.uploads.to_remove("default", limit=5) == []
        assert await records.uploads.waiting("U1", "U1", since=NOON) == []
    assert (gone.message_id, gone.path, gone.name) == ("m1", "uploads/1.png", None)


async def test_a_copy_is_kept_until_its_link_is_good_no_more(store: Store) -> None:
    made = MadeFile(
        id="a" * 32,
        turn_id=1,
        person_id="U1",
        name="図.png",
        media_type="image/png",
        content=b"\x89PNG\x00\xff",
        created_at=NOON,
        expires_at=NOON + MINUTE,
    )
    async with store.transaction() as records:
        await records.made_files.add(made)

    async with store.transaction() as records:
        assert await records.made_files.get("b" * 32) is None
        assert await records.made_files.get(made.id) == made
        assert await records.made_files.delete_expired(NOON, limit=5) == 0
        assert await records.made_files.delete_expired(NOON + MINUTE, limit=5) == 1
        assert await records.made_files.get(made.id) is None
