"""The command line, as phones type it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.grammar import CommandLine, fold, parse, split_agent


@pytest.mark.parametrize(
    "text",
    [
        "/new haiku",
        "／new haiku",
        "／ｎｅｗ haiku",
        "／ＮＥＷ　haiku",
        "/NeW\u3000haiku",
        "  /new   haiku  ",
        "/ new haiku",
        "／　new\u3000haiku",
        "/new\nhaiku",
        "/new\thaiku\n",
    ],
)
def test_a_command_is_understood_however_the_keyboard_writes_it(text: str) -> None:
    assert parse(text) == CommandLine(name="new", argument="haiku")


@pytest.mark.parametrize(
    ("text", "name"), [("/新規", "新規"), ("／ﾍﾙﾌﾟ", "ヘルプ"), ("/使う 3", "使う"), ("/?", "?")]
)
def test_japanese_and_signs_are_names_too(text: str, name: str) -> None:
    found = parse(text)

    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "text",
    [
        "/etc/hosts",
        "/etc/hosts is broken",
        "/usr/bin/env python",
        "／ｅｔｃ／ｈｏｓｔｓ",
        "// a comment",
        "/",
        "／　",
        "",
        "   ",
        "look at /etc",
        "1/2 of it",
        "new haiku",
    ],
)
def test_paths_and_plain_texts_are_prompts(text: str) -> None:
    assert parse(text) is None


def test_the_argument_keeps_its_lines_width_and_case() -> None:
    found = parse("/new  Fix:\n\n  ＡＢＣ　を  直して\n")

    assert found == CommandLine(name="new", argument="Fix:\n\n  ＡＢＣ　を  直して")


@pytest.mark.parametrize(
    ("argument", "agent", "rest"),
    [
        ("@reviewer look at it", "reviewer", "look at it"),
        ("＠Ｒｅｖｉｅｗｅｒ　look", "reviewer", "look"),
        ("@reviewer", "reviewer", ""),
        ("@reviewer\nlook", "reviewer", "look"),
        ("look @reviewer", None, "look @reviewer"),
        ("@ reviewer", None, "@ reviewer"),
        ("", None, ""),
    ],
)
def test_an_agent_is_named_in_front(argument: str, agent: str | None, rest: str) -> None:
    assert split_agent(argument) == (agent, rest)


@given(st.text())
def test_no_text_at_all_breaks_the_grammar(text: str) -> None:
    found = parse(text)

    if found is not None:
        assert found.argument == found.argument.strip()
        assert found.name
        assert split_agent(found.argument)[1] in found.argument


@given(
    st.sampled_from("/／"),
    st.text(alphabet=" \u3000\t\n", max_size=3),
    st.sampled_from(["new", "ＮＥＷ", "新規", "ｽﾃｰﾀｽ"]),
    st.text(),
)
def test_whatever_follows_a_name_is_its_argument(
    slash: str, gap: str, name: str, argument: str
) -> None:
    found = parse(f"{slash}{gap}{name} {argument}")

    assert found == CommandLine(name=fold(name), argument=argument.strip())
