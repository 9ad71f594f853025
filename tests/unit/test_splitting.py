"""Long texts are cut where a reader would cut them, and nothing of them is lost."""

from __future__ import annotations

from itertools import accumulate

import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.line.characters import utf16_length
from bot.line.splitting import split

LIMIT = 200

#: Parts that make trouble, so that random texts are full of it.
PARTS = st.one_of(
    st.sampled_from(
        ["\n", "\n\n", "\r\n", " ", "\t", "word ", "sentence. ", "文です。", "x" * 40]
    ),
    st.sampled_from(["👨\u200d👩\u200d👧", "👨", "\u200d", "🇯🇵", "e\u0301", "か\u3099", "\ufe0f"]),
    st.sampled_from(["\ud83d", "\u1112\u1161\u11ab", "ก\u0e33", "\u0301" * 30]),
    st.text(max_size=20),
)
TEXTS = st.lists(PARTS, max_size=200).map("".join)


@settings(max_examples=150, deadline=None)
@given(TEXTS)
@example("e" + "\u0301" * 1000)
@example("😀" * 500)
def test_the_pieces_in_a_row_are_the_text_and_each_fits(text: str) -> None:
    pieces = split(text, LIMIT)

    assert "".join(pieces) == text
    assert all(0 < utf16_length(piece) <= LIMIT for piece in pieces)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_a_cut_never_goes_through_what_a_person_sees_as_one_character(text: str) -> None:
    clusters = regex.findall(r"\X", text)
    ends = set(accumulate(len(cluster) for cluster in clusters))
    cuts = set(accumulate(len(piece) for piece in split(text, LIMIT)))
    longest = max((utf16_length(cluster) for cluster in clusters), default=0)

    # A single cluster longer than a message has to be cut somewhere.
    assert longest > LIMIT // 4 or cuts <= ends


def test_a_short_text_stays_as_it_is() -> None:
    assert split("a\n\n b\n") == ["a\n\n b\n"]


def test_an_empty_text_has_no_pieces() -> None:
    assert split("") == []


def test_paragraphs_come_before_lines() -> None:
    text = "a" * 120 + "\n\n" + "b" * 40 + "\n" + "c" * 100

    assert split(text, 200) == ["a" * 120 + "\n\n", "b" * 40 + "\n" + "c" * 100]


def test_sentences_come_before_words_and_words_before_letters() -> None:
    sentence = "a" * 120 + ". " + "b" * 30 + " " + "c" * 100
    words = "b" * 150 + " " + "c" * 100
    japanese = "あ" * 120 + "。" + "い" * 150

    assert split(sentence, 200)[0] == "a" * 120 + ". "
    assert split(words, 200)[0] == "b" * 150 + " "
    assert split(japanese, 200)[0] == "あ" * 120 + "。"


def test_a_long_text_of_wide_characters_is_cut_by_utf16_units() -> None:
    pieces = split("😀" * 5000)

    assert [utf16_length(piece) for piece in pieces] == [5000, 5000]
