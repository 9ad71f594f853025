"""What `/help` shows, in every language: all of it, in pieces that fit a phone."""

from __future__ import annotations

from itertools import product

import pytest

from bot.line.buttons import QUICK_REPLIES
from bot.line.characters import utf16_length
from commands.help_topics import Topic, in_topic
from orchestrator_core.messages import Say
from orchestrator_core.model import Language
from orchestrator_core.texts import texts_in
from tests.admitted import VIEWER, town
from tests.core import Core
from tests.messages import commands_of
from tests.people import OWNER

COMMANDS = [command.name for command in Core().router.registry]
#: What LINE takes in one text message.
LINE_TEXT = 5000
#: Lines of a phone's screen, more or less, with a bubble's margins.
A_SCREEN = 40


async def shown(language: Language, said: str) -> Say:
    core = Core()
    await core.know(OWNER, language)
    [message] = await core.answers(said)
    assert isinstance(message, Say)
    return message


def test_every_command_is_in_one_topic() -> None:
    registry = Core().router.registry
    placed = [command.name for topic in Topic for command in in_topic(topic, registry)]

    assert sorted(placed) == sorted(COMMANDS)


def test_no_topic_is_called_like_a_command() -> None:
    assert [topic for topic in Topic if Core().router.registry.get(topic)] == []


@pytest.mark.parametrize("language", Language)
async def test_help_names_every_command_and_has_a_button_for_each_topic(
    language: Language,
) -> None:
    message = await shown(language, "/help")

    words = message.text.replace("・", " ").split()
    assert {f"/{name}" for name in COMMANDS} <= {*words}
    assert commands_of(message) == [f"/help {topic}" for topic in Topic]
    assert len(message.text.splitlines()) <= A_SCREEN


@pytest.mark.parametrize("language", Language)
async def test_the_buttons_of_the_topics_lead_to_every_command(language: Language) -> None:
    pages = [await shown(language, f"/help {topic}") for topic in Topic]
    led = [command for page in pages for command in commands_of(page)]

    explained = {f"/help {name}" for name in COMMANDS if name != "help"}
    assert {*led} == explained | {"/help"}
    assert len(led) == len(explained) + len(Topic)


@pytest.mark.parametrize(
    ("language", "word"), [*product(Language, ["", *map(str, Topic), *COMMANDS])]
)
async def test_whatever_help_shows_fits_a_message_of_line(language: Language, word: str) -> None:
    message = await shown(language, f"/help {word}")

    assert utf16_length(message.text) < LINE_TEXT
    assert 1 <= len(message.buttons) <= QUICK_REPLIES


async def test_a_topic_says_of_each_command_how_it_is_typed_and_what_it_does() -> None:
    message = await shown(Language.ENGLISH, "/help money")

    assert message.text.startswith("Money\n\n")
    assert "/cost\nWhat Claude cost" in message.text
    assert commands_of(message)[-1] == "/help"


@pytest.mark.parametrize(
    ("language", "word"),
    [(Language.JAPANESE, "お金"), (Language.ENGLISH, "ＭＯＮＥＹ"), (Language.ENGLISH, "/money")],
)
async def test_a_topic_is_asked_for_as_it_is_called(language: Language, word: str) -> None:
    message = await shown(language, f"/help {word}")

    assert message == await shown(language, "/help money")


async def test_a_title_that_is_also_a_command_s_name_explains_the_command() -> None:
    message = await shown(Language.ENGLISH, "/help Sessions")

    assert message == await shown(Language.ENGLISH, "/help sessions")
    assert commands_of(message) == ["/sessions"]


@pytest.mark.parametrize("typed", ["/?", "／？", "/h", "/ヘルプ"])
async def test_help_answers_to_its_other_words(typed: str) -> None:
    assert await shown(Language.ENGLISH, typed) == await shown(Language.ENGLISH, "/help")


async def test_a_viewer_is_shown_what_a_viewer_may_do_and_no_empty_topic() -> None:
    here = await town()
    await here.say(VIEWER, "/help")
    buttons = (await here.core.deliveries())[-1].messages[-1]["buttons"]
    [work] = await here.say(VIEWER, "/help work")
    texts = texts_in(Language.ENGLISH)

    assert [*buttons] == [texts(f"help.topic.{topic}") for topic in Topic]
    assert "/status" in work
    assert "/new" not in work
