"""Makes JSON shallow enough to be read: what is nested too deeply is left out, the rest stays.

Counts brackets and steps over texts; whether the whole is JSON is for others to say.
"""

from __future__ import annotations

import hashlib
import re

#: LINE's own events are some six levels deep.
DEEPEST = 100

#: A text, ended or not, or a bracket. Possessive, so that no text is gone through twice.
_PART = re.compile(r'"[^"\\]*+(?:\\(?:.|\Z)[^"\\]*+)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)


def shallow(text: str) -> str:
    """The same with a mark in place of each part below the deepest level.

    Brackets that are never closed leave a text that is no JSON.
    """
    kept: list[str] = []
    depth = done = cut = 0
    for part in _PART.finditer(text):
        if part[0] in ("[", "{"):
            depth += 1
            if depth == DEEPEST + 1:
                kept.append(text[done : part.start()])
                cut, done = part.start(), len(text)
        elif part[0] in ("]", "}"):
            if depth == DEEPEST + 1:
                done = part.end()
                kept.append(_mark(text[cut:done]))
            depth -= 1
    return "".join(kept) + text[done:]


def _mark(part: str) -> str:
    # Different parts stay different: an event that has no id is known by what it holds.
    digest = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()
    return f'{{"nestedTooDeeply":"{digest}"}}'
