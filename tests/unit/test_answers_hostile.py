"""Answers made to be hard to show: none keeps the process busy, and all of them end."""

from __future__ import annotations

import time

import pytest

from bot.line.markdown import read
from bot.line.pages import pages
from bot.line.tables import shaped

#: Of one processor; everybody else waits for that long.
SECONDS = 2.0
SIZE = 200_000
HARD = {
    "a long name of a language": "```" + "a" * 3000 + "\n" + "b" * 5000,
    "a fence that never ends": "```" + "a" * SIZE,
    "many looks": "`a` " * (SIZE // 4),
    "many bold words": "**a** b " * (SIZE // 8),
    "many lines": "a\n" * (SIZE // 2),
    "many addresses": "https://a.example " * (SIZE // 18),
    "many links": "[a](https://a.example) " * (SIZE // 23),
    "a link of many words": "[" + "a\n" * (SIZE // 2) + "](relative)",
    "a wide table": f"|{'x' * 50_000}|b|c|d|e|\n|-|-|-|-|-|\n" + "|1|\n" * 16_000,
    "a long table": "|a|b|\n|-|-|\n" + "|1|2|\n" * (SIZE // 6),
    "many paragraphs": "a\n\n" * (SIZE // 3),
    "many items": "- a\n" * (SIZE // 4),
    "many stars": "*" * SIZE,
    "many stars apart": "*a " * (SIZE // 3),
    "many escapes": "\\*" * (SIZE // 2),
    "many signs": "&amp;" * (SIZE // 5),
}


@pytest.mark.parametrize("hard", HARD)
def test_a_hard_answer_is_cut_into_pages_in_time(hard: str) -> None:
    begun = time.process_time()

    found = pages(list(shaped(read(HARD[hard]))))

    assert len(found) < 2500
    assert time.process_time() - begun < SECONDS
