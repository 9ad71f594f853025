"""A call that two different people must allow, end to end."""

from __future__ import annotations

from pathlib import Path

from bot.simulator.model_replies import Say, UseTool
from tests.harness import Town, actions_of, text_of, town

CONFIG = """
[policies]
second_person = ["git.push_force"]
"""
FORCE = UseTool(tool="Bash", tool_input={"command": "git push --force origin main"})


async def test_two_people_must_allow_what_the_config_says(
    tmp_path: Path,
) -> None:
    (tmp_path / "denrei.toml").write_text(CONFIG)
    config = {"DENREI_CONFIG": str(tmp_path / "denrei.toml")}
    async with town(tmp_path, "aya", "ben") as place, place.denrei(**config):
        await _force(place)


async def _force(place: Town) -> None:
    aya, ben = place.phone("aya"), place.phone("ben")
    place.model.on("force it", FORCE, Say(text="after force it"))
    await aya.say("/new force it")
    card = await aya.next()
    to_ben = await ben.next()
    await aya.tap(card, "Allow once")
    noted = text_of(await aya.next())
    await aya.tap(card, "Allow once")
    once_more = text_of(await aya.next())
    await ben.tap(to_ben, "Allow once")
    answer = text_of(await aya.next())

    assert "Two different people must allow it." in text_of(card)
    assert "Allow this session" not in actions_of(card)
    assert "a second person" in noted and "A second person" in once_more
    assert answer == "after force it"
    # It ran: git itself has something to say about the folder.
    assert "denied" not in place.model.seen("force it")[-1].request.tool_results[-1].text
