"""Colours and the one form of text that everything drawn in Flex shares.

Every colour is set, so that a card reads the same in LINE's light and dark themes, which differ
between its apps in what they do to a colour left open.
"""

from __future__ import annotations

from orchestrator_core.model import JsonObject

PAPER = "#FFFFFF"
INK = "#16202B"
FAINT = "#5B6875"
RULE = "#E3E8ED"
CODE_PAPER = "#F0F3F6"
#: White on this, and this on white, reads at 6.5 to 1.
PRIMARY = "#0B6B3A"
#: Of what can be opened; on white it reads at 7 to 1.
LINK = "#0B57A4"
#: Of code among words; on white it reads at 7 to 1.
CODE_INK = "#9A3412"


def written(words: str, *, size: str, color: str, **more: object) -> JsonObject:
    return {"type": "text", "text": words, "wrap": True, "size": size, "color": color, **more}
