"""Every character there is: none ends the process, none parts words that bash keeps whole."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_core.guard import Outcome
from orchestrator_core.guard.bash_source import Source
from orchestrator_core.guard.bash_tree import parse
from orchestrator_core.guard.syntax import Command, Literal
from tests.guard.cases import judged, standard_guard

GUARD = standard_guard()
FAR_AWAY = """
from orchestrator_core.guard.bash_tree import parse
for code in range(0x10000, 0x110000, 997):
    parse("{" + chr(code))
"""


def test_no_character_ends_the_process() -> None:
    """A fault here is a signal, in about every second process that begins."""
    several = [subprocess.Popen([sys.executable, "-c", FAR_AWAY]) for _ in range(8)]

    assert [one.wait() for one in several] == [0] * 8


@given(st.text())
def test_the_grammar_is_given_latin_letters_alone_and_told_texts_are_whole(text: str) -> None:
    source = Source(text)
    given_to_it = source.data.decode()

    assert max(given_to_it, default="") <= "\xff"
    assert not {"\x85", "\xa0"} & set(given_to_it)
    assert source.between(0, len(source.data)) == text


@pytest.mark.parametrize(
    "letter", ["\u3000", "\u2028", "\x85", "\xa0", "\u2003", "à", "\U00031860"]
)
def test_what_bash_holds_for_a_letter_parts_no_words(letter: str) -> None:
    (command,) = parse(f"a{letter}b c").items

    assert isinstance(command, Command)
    assert command.words == (
        (Literal(f"a{letter}b", quoted=False),),
        (Literal("c", quoted=False),),
    )


@pytest.mark.parametrize("other", ["Fü", "Fxx", "F\u3000", "F??", "F\xc3\xa9"])
def test_only_its_own_word_ends_a_here_document(other: str) -> None:
    command = f"cat <<'Fé'\n{other}\ncat <<E\nFé\nrm -rf /\nE\n"

    assert judged(GUARD, "Bash", {"command": command}).outcome is not Outcome.FINE


def test_words_are_read_as_they_were_written() -> None:
    (command,) = parse("echo 日本語 'データ😀' \"à {é}\"").items

    assert isinstance(command, Command)
    assert command.source == "echo 日本語 'データ😀' \"à {é}\""
    assert [
        "".join(part.text for part in word if isinstance(part, Literal)) for word in command.words
    ] == ["echo", "日本語", "データ😀", "à {é}"]
