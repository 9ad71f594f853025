"""Pictures and files on their way from a phone to Claude, end to end."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import httpx
import pytest
from PIL import Image

from bot.simulator.line_faults import Fault
from bot.simulator.model_replies import Say, UseTool
from bot.simulator.model_script import SeenCall
from tests.harness import Town, actions_of, text_of, town


def picture(color: str = "red") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (30, 20), color).save(made, "PNG")
    return made.getvalue()


def uploads(here: Town) -> list[str]:
    folder = here.workspace / "uploads"
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def asked(here: Town, words: str) -> list[SeenCall]:
    return here.model.seen(
        lambda call: call.request.prompt.startswith(words) and not call.request.is_background
    )


async def test_a_picture_goes_with_the_next_words_and_claude_is_shown_it(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as here, here.denrei():
        haru = here.phone("haru")
        here.model.on("what is it", Say(text="It is red."))
        await here.platform.send_media(haru.user, picture())
        noted = await haru.next()
        answer = await haru.ask("what is it")
        [call] = asked(here, "what is it")

    assert text_of(noted).startswith("Got Picture")
    assert list(actions_of(noted)) == ["Have a look", "Drop"]
    assert [call.data["call"] for call in here.platform.accepted(haru.user)] == ["reply", "reply"]
    assert "It is red." in answer
    assert uploads(here) == ["1-image.png"]
    assert base64.b64encode(picture()).decode() in call.request.body
    assert "uploads/1-image.png (image/png" in call.request.body


async def test_twenty_pictures_at_once_are_one_message_and_one_prompt(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as here, here.denrei():
        haru = here.phone("haru")
        here.model.on("Have a look", Say(text="Twenty pictures."))
        await here.platform.send_album(haru.user, [picture()] * 20)
        noted = await haru.next()
        await haru.tap(noted, "Have a look")
        answer = text_of(await haru.next())
        [call] = asked(here, "Have a look")

    assert "and 10 more" in text_of(noted)
    assert "Twenty pictures." in answer
    assert haru.unread() == []
    assert len(uploads(here)) == 20
    assert call.request.body.count('"type":"image"') == 20


async def test_a_zip_is_no_picture_whatever_it_is_called(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as here, here.denrei():
        haru = here.phone("haru")
        here.model.on("unpack it", Say(text="Unpacked."))
        await here.platform.send_media(haru.user, b"PK\x03\x04 and more")
        refused = text_of(await haru.next())
        await here.platform.send_media(
            haru.user, b"PK\x03\x04 and more", kind="file", file_name="../../cat.png"
        )
        noted = text_of(await haru.next())
        answer = await haru.ask("unpack it")
        [call] = asked(here, "unpack it")

    assert refused == "Picture: not taken, its content is something else."
    assert "cat.png" in noted
    assert "Unpacked." in answer
    assert uploads(here) == ["2-cat.png.zip"]
    assert '"type":"image"' not in call.request.body


async def test_what_is_too_large_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "denrei.toml").write_text("[media]\nmost_mb = 0.001\n")
    config = {"DENREI_CONFIG": str(tmp_path / "denrei.toml")}
    async with town(tmp_path, "haru") as here, here.denrei(**config):
        haru = here.phone("haru")
        await here.platform.send_media(haru.user, b"x" * 5000, kind="file", file_name="big.txt")
        refused = text_of(await haru.next())

    assert refused == "big.txt: not taken, it is larger than 1 KB."
    assert uploads(here) == []


@pytest.mark.parametrize(
    "message",
    [
        {"type": "sticker", "packageId": "1", "stickerId": "2"},
        {"type": "location", "title": "here", "latitude": 35.0, "longitude": 139.0},
        {"type": "hologram"},
    ],
)
async def test_what_is_no_file_gets_a_short_answer(
    tmp_path: Path, message: dict[str, object]
) -> None:
    async with town(tmp_path, "haru") as here, here.denrei():
        haru = here.phone("haru")
        await here.platform.send_odd(haru.user, message)
        answer = text_of(await haru.next())

    assert answer.startswith("I can read text, pictures, films, sound and files.")


async def test_a_picture_of_before_a_crash_is_fetched_after_it_and_asked_about_once(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, "haru") as here:
        haru = here.phone("haru")
        here.model.on("what is it", Say(text="It is red."))
        here.platform.faults.order(Fault.HANG, calls=["content"])
        async with here.denrei() as first:
            await here.platform.send_media(haru.user, picture())
            await haru.say("what is it")
            await haru.loading()
            await first.kill()
        async with here.denrei():
            answer = text_of(await haru.next(timeout=60))
        calls = asked(here, "what is it")

    assert "It is red." in answer
    assert len(calls) == 1
    assert '"type":"image"' in calls[0].request.body
    assert uploads(here) == ["1-image.png"]
    assert haru.unread() == []


async def test_a_stranger_s_picture_is_not_fetched(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as here, here.denrei():
        mallory = here.phone("mallory")
        await here.platform.send_media(mallory.user, picture())
        told = text_of(await mallory.next())

    assert "Got" not in told
    assert not (here.workspace / "uploads").exists()


async def test_a_file_claude_made_is_shown_and_can_be_fetched_by_its_link_alone(
    tmp_path: Path,
) -> None:
    public = "https://denrei.example.com"
    async with (
        town(tmp_path, "haru") as here,
        here.denrei(DENREI_PUBLIC_URL=public) as denrei,
        httpx.AsyncClient(base_url=denrei.url) as anybody,
    ):
        haru = here.phone("haru")
        here.model.on(
            "list it",
            UseTool(tool="Bash", tool_input={"command": "echo a,b > data.csv"}),
            Say(text="I wrote `data.csv`."),
        )
        await haru.say("list it")
        message = await haru.next()
        if "Allow once" in actions_of(message):
            await haru.tap(message, "Allow once")
            message = await haru.next()
        offered = await haru.next()
        [action] = actions_of(offered).values()
        path = action["uri"].removeprefix(public)
        fetched = await anybody.get(path)
        altered = await anybody.get(path.replace(".", "0.", 1))

    assert "list it: done" in text_of(message)
    assert "I made data.csv." in text_of(offered)
    assert (fetched.status_code, fetched.text) == (200, "a,b\n")
    assert fetched.headers["content-disposition"].startswith("attachment")
    assert fetched.headers["x-content-type-options"] == "nosniff"
    assert altered.status_code == 404
