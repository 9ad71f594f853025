"""Several people and Denrei in one chat, end to end."""

from __future__ import annotations

from pathlib import Path

from bot.simulator.line_state import user_id
from bot.simulator.model_replies import Say
from tests.harness import Town, text_of, town

GROUP = "C" + "a" * 32


class Group:
    """The group's chat, as all of its members see it."""

    def __init__(self, here: Town) -> None:
        self.here = here
        self._read = 0

    async def say(self, who: str, text: str, *, mention: bool = False, quote: str = "") -> None:
        await self.here.platform.say(
            user_id(who),
            text,
            group_id=GROUP,
            mention_bot=mention,
            quoted_message_id=quote or None,
        )

    async def next(self) -> str:
        self._read += 1
        messages = await self.here.platform.wait_for_messages(GROUP, self._read, 20)
        return text_of(messages[self._read - 1])

    def last_id(self) -> str:
        return str(self.here.platform.accepted(GROUP)[self._read - 1].data["messageId"])


async def test_denrei_answers_when_spoken_to_and_claude_knows_who_speaks(tmp_path: Path) -> None:
    async with town(tmp_path, "aiko", "ben") as here, here.denrei():
        for name in ("aiko", "ben"):
            here.platform.people.change(user_id(name), display_name=name.title())
        group = Group(here)
        here.model.on("one", Say(text="first"))
        here.model.on("two", Say(text="second"))
        here.model.on("three", Say(text="third"))
        await group.say("aiko", "nothing for you")
        await group.say("aiko", "one", mention=True)
        first = await group.next()
        quotable = group.last_id()
        await group.say("ben", "Denrei, two")
        second = await group.next()
        await group.say("ben", "three", quote=quotable)
        third = await group.next()
        prompts = [call.request.prompt for call in here.model.seen(lambda _: True)]

    assert ("first" in first, "second" in second, "third" in third) == (True, True, True)
    asked = [one for one in prompts if one.startswith(("Aiko: ", "Ben: "))]
    assert asked == ["Aiko: one", "Ben: two", "Ben: three"]
    assert not any("nothing for you" in one for one in prompts)
    assert len(here.platform.messages(GROUP)) == 3


async def test_denrei_greets_a_group_and_falls_silent_where_it_was_sent_away(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, "aiko") as here, here.denrei():
        group = Group(here)
        await here.platform.take_in(user_id("aiko"), GROUP)
        greeting = await group.next()
        await here.platform.say_unnamed(GROUP, "stop everything")
        unnamed = await group.next()
        await group.say("mallory", "do it", mention=True)
        await here.platform.send_away(GROUP)
        await here.phone("aiko").ask("/help")

    assert "begins with “denrei”" in greeting
    assert "LINE does not tell me who you are" in unnamed
    calls = [entry.data["call"] for entry in here.platform.accepted(GROUP)]
    assert calls == ["reply", "reply"]


async def test_a_picture_in_a_group_is_taken_when_it_is_quoted(tmp_path: Path) -> None:
    async with town(tmp_path, "aiko", "ben") as here, here.denrei():
        group = Group(here)
        here.model.on("what is it", Say(text="a file"))
        event = await here.platform.send_media(
            user_id("aiko"), b"words", kind="file", file_name="note.txt", group_id=GROUP
        )
        message_id = here.platform.event(event)["message"]["id"]
        await group.say("ben", "what is it", mention=True, quote=message_id)
        answer = await group.next()
        [call] = here.model.seen(lambda call: "what is it" in call.request.prompt)

    assert "a file" in answer
    assert "uploads/1-note.txt" in call.request.body
    assert (here.workspace / "uploads" / "1-note.txt").read_bytes() == b"words"
