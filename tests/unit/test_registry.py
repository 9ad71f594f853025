"""Which command answers which word."""

from __future__ import annotations

from typing import ClassVar

import pytest

from commands.registry import Call, Registry
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Message
from tests.core import Core


class One:
    name: ClassVar[str] = "one"
    aliases: ClassVar[tuple[str, ...]] = ("eins",)

    async def run(self, call: Call) -> list[Message]:
        return []


class Clash(One):
    name: ClassVar[str] = "two"
    aliases: ClassVar[tuple[str, ...]] = ("ＯＮＥ",)


class OtherClash(One):
    name: ClassVar[str] = "Eins"
    aliases: ClassVar[tuple[str, ...]] = ()


@pytest.fixture
def registry() -> Registry:
    return Core().router.registry


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("new", "new"),
        ("NEW", "new"),
        ("ｎｅｗ", "new"),
        ("新規", "new"),
        ("使う", "use"),
        ("状態", "status"),
        ("停止", "stop"),
        ("ヘルプ", "help"),
        ("ﾍﾙﾌﾟ", "help"),
        ("?", "help"),
    ],
)
def test_a_command_answers_to_its_name_and_aliases(
    registry: Registry, word: str, name: str
) -> None:
    found = registry.get(word)

    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    ("word", "name"),
    [("nwe", "new"), ("statsu", "status"), ("Stpo", "stop"), ("ヘルフ", "ヘルプ"), ("停", "停止")],
)
def test_a_slip_of_the_thumb_is_near_a_command(registry: Registry, word: str, name: str) -> None:
    """In the script it was typed in."""
    assert registry.get(word) is None
    assert registry.nearest(word) == name


def test_a_word_like_none_is_near_none(registry: Registry) -> None:
    assert registry.nearest("qqqqqqqq") is None


def test_commands_are_shown_in_their_order(registry: Registry) -> None:
    names = [command.name for command in registry]

    assert names == [
        *("new", "use", "agent", "status", "more", "stop"),
        *("interrupt", "sessions", "name", "log", "tail", "queue", "retry", "fork"),
        *("model", "mode", "files", "approve", "deny"),
        *("budget", "cost", "pair", "people", "schedule", "quota", "inbox", "lang", "whoami"),
        "help",
    ]


@pytest.mark.parametrize("other", [One(), Clash(), OtherClash()])
def test_two_commands_cannot_answer_to_one_word(other: One) -> None:
    with pytest.raises(ValueError, match="one word"):
        Registry(One(), other)


@pytest.mark.parametrize(("word", "nearest"), [("stattus", "status"), ("qqqq", "help")])
async def test_help_for_what_is_no_command_says_so(word: str, nearest: str) -> None:
    with pytest.raises(PersonError) as error:
        await Core().answers(f"/help {word}")

    assert (error.value.key, error.value.facts["nearest"]) == ("command.unknown", nearest)
