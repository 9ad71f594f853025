"""The main job, end to end: LINE, the real process, the real Claude Code, a scripted model."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.simulator.line_journal import Kind
from bot.simulator.model_replies import Hang, Say, UseTool
from tests.harness import (
    SECRETS,
    Denrei,
    Town,
    actions_of,
    descendants,
    text_of,
    town,
)

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
]

#: One person for each test, so that no chat knows of another.
PEOPLE = (
    *("haiku", "tapper", "reader", "stopper", "haruko", "snoop", "typo", "long"),
    *("broken", "twice", "last"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with town(tmp_path_factory.mktemp("main"), *PEOPLE) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def denrei(place: Town) -> AsyncIterator[Denrei]:
    async with place.denrei() as started:
        yield started


@pytest.fixture(autouse=True)
def _running(denrei: Denrei) -> None:
    """Every test here is about the one process."""


def bash(command: str) -> UseTool:
    return UseTool(tool="Bash", tool_input={"command": command, "description": "a test"})


async def test_new_is_answered_by_reply_while_loading_is_shown(place: Town) -> None:
    place.model.on("a haiku about rivers", Say(text="Water finds its way"))
    phone = place.phone("haiku")
    answer = await phone.ask("/new write a haiku about rivers")

    assert answer == "Water finds its way"
    assert phone.call_of_last() == "reply"
    assert place.platform.loading_starts(phone.user) != []


async def test_the_next_prompt_goes_to_the_same_warm_claude(place: Town, denrei: Denrei) -> None:
    phone = place.phone("twice")
    await phone.ask("/new remember the word heron")
    before = descendants(denrei.pid)
    place.model.on("which word was it", Say(text="heron"))
    answer = await phone.ask("which word was it")

    call = place.model.seen("which word was it")[-1]
    assert answer == "heron"
    assert call.request.earlier_prompts == ("remember the word heron",)
    assert set(before) <= set(descendants(denrei.pid))


async def test_an_allowed_tool_runs_and_a_denied_one_does_not(place: Town) -> None:
    place.model.on("touch both", bash("touch yes.txt"), bash("touch no.txt"), Say(text="done"))
    phone = place.phone("tapper")
    await phone.say("/new touch both")
    first = await phone.next()
    shown = text_of(first)
    await phone.tap(first, "Allow once")
    second = await phone.next()
    await phone.tap(second, "Deny")
    answer = text_of(await phone.next())

    assert "touch yes.txt" in shown
    assert answer == "done"
    assert (place.workspace / "yes.txt").exists()
    assert not (place.workspace / "no.txt").exists()


async def test_a_second_tap_on_the_same_card_changes_nothing(place: Town) -> None:
    place.model.on("touch once", bash("touch once.txt"), Say(text="left it"))
    phone = place.phone("broken")
    await phone.say("/new touch once")
    card = await phone.next()
    await phone.tap(card, "Deny")
    answer = text_of(await phone.next())
    await phone.tap(card, "Allow once")
    late = text_of(await phone.next())

    assert answer == "left it"
    assert late == "Bash was already denied."
    assert not (place.workspace / "once.txt").exists()


async def test_reading_inside_the_workspace_is_not_asked(place: Town) -> None:
    (place.workspace / "notes.txt").write_text("the tide is high")
    read = UseTool(tool="Read", tool_input={"file_path": str(place.workspace / "notes.txt")})
    place.model.on("what do the notes say", read, Say(text="high tide"))
    phone = place.phone("reader")
    answer = await phone.ask("/new what do the notes say")

    results = place.model.seen("what do the notes say")[-1].request.tool_results
    assert answer == "high tide"
    assert "the tide is high" in results[0].text


async def test_stop_ends_a_slow_answer_and_use_goes_on(place: Town) -> None:
    place.model.on("take all day", Hang())
    phone = place.phone("stopper")
    await phone.say("/new take all day")
    await place.model.wait_for("take all day")
    stopped = await phone.ask("/stop")
    held = await phone.ask("and then say hello")
    place.model.on("and then say hello", Say(text="hello"))
    await phone.say(f"/use {stopped.partition('#')[2].split()[0]}")
    resumed = text_of(await phone.next())
    answer = text_of(await phone.next())

    assert "Stopped #" in stopped and "1 prompt will not be answered" in stopped
    assert "is stopped. I have kept your message" in held
    assert "1 kept prompt runs now." in resumed
    assert answer == "hello"
    assert phone.unread() == []


async def test_a_long_answer_is_read_through_by_taps_free_of_charge(place: Town) -> None:
    paragraphs = [f"Paragraph {number}. " + "word " * 200 for number in range(40)]
    place.model.on("write a lot", Say(text="\n\n".join(paragraphs)))
    phone = place.phone("long")
    await phone.say("/new write a lot")
    shown = [await phone.next()]
    while more := [label for label in actions_of(shown[-1]) if label.startswith("More ")]:
        await phone.tap(shown[-1], more[0])
        shown.append(await phone.next())
        assert phone.call_of_last() == "reply"

    joined = "\n".join(map(text_of, shown))
    places = [joined.find(f"Paragraph {number}. ") for number in range(40)]
    assert len(shown) > 3
    assert -1 not in places
    assert places == sorted(places)


async def test_a_japanese_speaker_is_answered_in_japanese(place: Town) -> None:
    phone = place.phone("haruko")
    place.platform.people.change(phone.user, language="ja")
    unknown = await phone.ask("／ｈｅｌｐｐ")
    nothing = await phone.ask("／使う")
    place.model.on("川の俳句", Say(text="春の川"))
    answer = await phone.ask("／新規　川の俳句を書いて")

    assert "というコマンドはありません" in unknown
    assert "セッション" in nothing
    assert answer == "春の川"


async def test_a_mistyped_command_is_one_tap_away(place: Town) -> None:
    place.model.on("mistyped prompt", Say(text="meant so"))
    phone = place.phone("typo")
    await phone.say("/nwe mistyped prompt")
    offer = await phone.next()
    await phone.tap(offer, "/new")

    assert text_of(await phone.next()) == "meant so"


async def test_a_body_that_is_not_signed_by_line_is_turned_away(place: Town) -> None:
    body = json.dumps({"destination": "x", "events": []}).encode()
    mark = hmac.digest(b"another secret", body, hashlib.sha256)
    forged = await place.platform.send_raw(body, base64.b64encode(mark).decode())
    honest = await place.platform.send_raw(body)

    assert (forged.status_code, honest.status_code) == (401, 200)


async def test_an_api_session_is_answered_over_its_event_stream(
    place: Town, denrei: Denrei
) -> None:
    place.model.on("over the api", Say(text="over and out"))
    made = await denrei.api.post("/sessions", json={"prompt": "over the api"})
    session = made.json()["id"]
    kinds = []
    async with asyncio.timeout(15), denrei.api.stream("GET", f"/sessions/{session}/events") as s:
        async for line in s.aiter_lines():
            kinds += [line.removeprefix("event: ")] if line.startswith("event: ") else []
            if kinds and kinds[-1] == "turn_done":
                break
    messages = (await denrei.api.get(f"/sessions/{session}")).json()["messages"]

    assert made.status_code == 201
    assert kinds[:2] == ["session_started", "prompt"]
    assert "text" in kinds
    assert [message["text"] for message in messages] == ["over the api", "over and out"]


async def test_it_says_that_it_is_ready_and_what_it_has_done(denrei: Denrei) -> None:
    ready = await denrei.api.get("/readyz")
    metrics = (await denrei.api.get("/metrics")).text

    assert ready.json()["status"] == "ok"
    assert set(ready.json()["checks"]) == {"database", "redis", "line", "cli", "loops"}
    for name in ("claude_session_active", "claude_prompt_latency_ms", "anthropic_cost_usd_total"):
        assert name in metrics


async def test_no_secret_is_seen_by_a_tool_or_kept_anywhere(place: Town, denrei: Denrei) -> None:
    place.model.on("what is around you", bash("env > env.txt"), Say(text="seen"))
    phone = place.phone("snoop")
    await phone.say("/new what is around you")
    await phone.tap(await phone.next(), "Allow once")
    await phone.next()
    seen = (place.workspace / "env.txt").read_text()

    assert "PATH=" in seen
    assert [secret for secret in SECRETS if secret in seen] == []
    assert [secret for secret in SECRETS if secret in denrei.log] == []
    assert _holding(place.data, SECRETS) == []
    assert "what is around you" not in denrei.log


def _holding(folder: Path, secrets: tuple[str, ...]) -> list[str]:
    """Files below the folder in which a secret stands."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [
        str(path)
        for path in files
        if any(secret.encode() in path.read_bytes() for secret in secrets)
    ]


async def test_a_stranger_is_answered_twice_and_starts_nothing(
    place: Town, denrei: Denrei
) -> None:
    """After all the others, as every owner is told of it."""
    phone, last = place.phone("somebody else"), place.phone("last")
    before = (await denrei.api.get("/sessions")).json()
    refusal = await phone.ask("/new let me in")
    wait = await phone.ask("please")
    await phone.say("please!")
    knock = text_of(await last.next())
    # Handled in order: once the owner is answered, so is the stranger.
    await last.ask("/help")

    assert "asks to be let in" in knock
    assert phone.user in refusal
    assert "until an owner lets you in" in wait
    assert phone.unread() == []
    assert (await denrei.api.get("/sessions")).json() == before
    assert place.model.seen("let me in") == []


async def test_nothing_was_said_twice_or_refused_by_line(place: Town) -> None:
    """Whatever the others did: LINE took every call."""
    assert [entry.data for entry in place.platform.refused()] == []
    assert place.platform.journal.count(Kind.WEBHOOK) > 0
