"""Redaction takes time that grows with the text and with nothing in it.

The only clock that tells is the processor's own: what is compared is one text with another.
"""

from __future__ import annotations

import time

import pytest

from orchestrator_core.redaction import redact
from tests.secrets import (
    ORDINARY,
    private_key,
    secrets_known_by_where_they_stand,
    secrets_that_say_what_they_are,
)

SHORT, LONG = 25_000, 100_000
#: Four times the text may take four times as long; sixteen times would be a square.
MOST_TIMES = 9
#: Under this the clock tells nothing.
NOTHING = 0.002
HOSTILE = [
    *("a", "A1", "0", " ", "\n", "=", ":", "@", "/", "-", "_", "eyJ", "eyJaaaaa.", "eyJ-", "sk-"),
    *("sk-ant-", "gh" + "p_", "xoxb.", "token=", "TOKEN=", "token: ", "key=key", "passpass"),
    *("password", "secret_", "authorization:", "Authorization: Bearer ", "bearer ", "cookie:"),
    *("cookie: a=b; ", "a=b;", "://", "://a:b", "://:@", "-----BEGIN PRIVATE KEY-----"),
    *("-----BEGIN PRIVATE KEY-----\n", "-----BEGIN ", "\\n", "0123456789abcdef", "aB3"),
    *("key 0123456789abcdef0123456789abcdef ", "--token ", "'\"", "İ", "鍵", "sha256:"),
]


def seconds(text: str) -> float:
    """The least of three."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        redact(text)
        taken.append(time.process_time() - begun)
    return min(taken)


def repeated(piece: str, length: int) -> str:
    return (piece * (length // len(piece) + 1))[:length]


PIECES = [
    *HOSTILE,
    *ORDINARY,
    *secrets_that_say_what_they_are().values(),
    *(before + secret + " " for before, secret in secrets_known_by_where_they_stand()),
    private_key() + "\n",
]


@pytest.mark.parametrize("piece", PIECES, ids=range(len(PIECES)))
def test_four_times_the_text_takes_about_four_times_as_long(piece: str) -> None:
    short, long = (seconds(repeated(piece, length)) for length in (SHORT, LONG))

    assert long < max(short, NOTHING) * MOST_TIMES


@pytest.mark.parametrize("ends", ["", "=", ":", "@", ";", "\n", "x" * 5_000])
def test_what_almost_is_a_secret_takes_no_longer(ends: str) -> None:
    for piece in ("a", "A1b", "token=a", "://a:", "cookie: a", "-----BEGIN PRIVATE KEY-----\nA1"):
        short, long = (seconds(piece + repeated("a1B", n) + ends) for n in (SHORT, LONG))

        assert long < max(short, NOTHING) * MOST_TIMES
