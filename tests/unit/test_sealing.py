"""Codes in messages: sealed while they wait, in clear when they go out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_core.redaction import redact
from orchestrator_core.sealing import LONGEST, Seals

SEALS, OTHERS = Seals(b"key"), Seals(b"another key")
CODE = "ABCD-EFGH"


@given(st.text(min_size=1, max_size=LONGEST).filter(lambda text: len(text.encode()) <= LONGEST))
def test_what_was_sealed_is_opened_wherever_it_stands(words: str) -> None:
    sealed = SEALS.seal(words)

    assert SEALS.open_text(f"a {sealed}, {sealed}") == f"a {words}, {words}"


def test_every_text_of_a_message_is_opened_and_the_rest_stays() -> None:
    sealed = SEALS.seal(CODE)
    message = {"text": f"Code: {sealed}", "contents": [{"n": 1, "x": None}, {"label": sealed}]}

    assert SEALS.opened((message,)) == [
        {"text": f"Code: {CODE}", "contents": [{"n": 1, "x": None}, {"label": CODE}]}
    ]


def test_the_same_code_is_sealed_anew_each_time_and_shows_nothing_of_itself() -> None:
    sealed = {SEALS.seal(CODE) for _ in range(20)}

    assert len(sealed) == 20
    assert not any(CODE in one for one in sealed)


def test_a_sealed_code_is_no_secret_to_be_blackened() -> None:
    sealed = [f"code: {SEALS.seal(CODE)}" for _ in range(200)]

    assert [redact(one) for one in sealed] == sealed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "⟦",
        "⟦hello⟧",
        "⟦" + "A" * 17 + "⟧",
        "⟦" + "A" * 28 + "⟧",
        "⟦" + "A" * 64 + "⟧",
    ],
)
def test_what_was_not_sealed_with_this_key_is_left_as_it_is(text: str) -> None:
    assert SEALS.open_text(text) == text


def test_what_another_key_has_sealed_or_somebody_altered_is_left_as_it_is() -> None:
    foreign, own = OTHERS.seal(CODE), SEALS.seal(CODE)
    altered = own[:1] + ("B" if own[1] == "A" else "A") + own[2:]

    assert SEALS.open_text(foreign) == foreign
    assert SEALS.open_text(altered) == altered


def test_nothing_longer_than_a_block_is_sealed() -> None:
    with pytest.raises(ValueError, match="too long"):
        SEALS.seal("x" * (LONGEST + 1))
