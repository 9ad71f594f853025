"""A shell line as the plain commands it is made of, for a whitelist to compare.

Not a shell's grammar, on purpose: a line with anything in it that could hide a command
(a substitution, a redirection into a file, a group) has no plain commands, and a person is asked.
"""

from __future__ import annotations

import re

#: What may stand outside of quotes and means nothing but itself.
_PLAIN = re.compile(r"[A-Za-z0-9_\-./:=,@%+^~*?\[\]\u0080-\U0010ffff]")
#: Where output goes without touching a file.
_HARMLESS = re.compile(r"(?<![^\s])(?:2>&1|&?[12]?>\s?/dev/null)(?=[\s;|&]|\Z)")
_SEPARATORS = ("&&", "||", ";", "|", "\n")
_UNFOLDED_IN_QUOTES = frozenset("$`\\!")


def plain_commands(line: str) -> list[str]:
    """Each command with single spaces between its words, quotes kept; empty when the line is
    not plain."""
    if "'" not in line and '"' not in line:
        line = _HARMLESS.sub(" ", line)
    words: list[str] = []
    commands: list[list[str]] = [words]
    rest = line.replace("\r\n", "\n")
    while rest:
        if separator := next((one for one in _SEPARATORS if rest.startswith(one)), None):
            words = []
            commands.append(words)
            rest = rest[len(separator) :]
        elif rest[0] in " \t":
            rest = rest[1:]
        elif word := _word(rest):
            words.append(word)
            rest = rest[len(word) :]
        else:
            return []
    return [" ".join(words) for words in commands if words]


def _word(text: str) -> str:
    """The word the text begins with, as written; empty when it begins with none, or when what it
    stands for cannot be told by looking."""
    end = 0
    while end < len(text):
        character = text[end]
        if character in "'\"":
            closing = text.find(character, end + 1)
            inner = text[end + 1 : closing]
            if closing < 0 or (character == '"' and _UNFOLDED_IN_QUOTES & set(inner)):
                return ""
            end = closing + 1
        elif _PLAIN.match(character):
            end += 1
        else:
            break
    follows = text[end : end + 1]
    return text[:end] if follows in {"", " ", "\t", "\n", ";", "|", "&"} else ""
