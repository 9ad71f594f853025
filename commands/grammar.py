"""The command line: `/name argument`, as phones type it. No I/O."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

#: A slash of either width, a word, then white space of any kind (U+3000 included).
_COMMAND = re.compile(r"\s*[/／]\s*(?P<name>[^\s/／]+)(?:\s+(?P<argument>.*))?\s*", re.DOTALL)
_AGENT = re.compile(r"[@＠](?P<agent>\S+)(?:\s+(?P<rest>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    #: Folded: half-width and lower-case.
    name: str
    #: As typed, without the white space around it.
    argument: str


def parse(text: str) -> CommandLine | None:
    """The command in `text`; None when it is plain text (a file path such as `/etc/hosts` too)."""
    match = _COMMAND.fullmatch(text)
    if match is None:
        return None
    return CommandLine(name=fold(match["name"]), argument=(match["argument"] or "").strip())


def split_agent(argument: str) -> tuple[str | None, str]:
    """`@agent rest` → the agent's folded name and the rest; without `@`, None and all of it."""
    match = _AGENT.fullmatch(argument)
    if match is None:
        return None, argument
    return fold(match["agent"]), (match["rest"] or "").strip()


def fold(word: str) -> str:
    """One form for every width and case a keyboard may produce."""
    return unicodedata.normalize("NFKC", word).casefold()
