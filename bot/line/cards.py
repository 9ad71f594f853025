"""Cards as Flex messages that stay within LINE's sizes.

What does not fit on a card is shown whole in texts before it, so that nobody says yes to what
they could not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from bot.line import flex
from bot.line.buttons import ButtonMaker, carried
from bot.line.characters import cleaned, cut_to_units
from bot.line.text_messages import text_objects
from orchestrator_core.messages import Button, Card, Fact
from orchestrator_core.model import JsonObject

#: LINE refuses larger bubbles; https://developers.line.biz/en/reference/messaging-api/#bubble
BUBBLE_BYTES = 30_000

_ALT_TEXT_LIMIT = 400
_BUTTONS = 6
_FACTS = 12
#: How much of code or text a card shows, in UTF-16 units; less is tried when it gets too big.
_ROOM = (1500, 600, 200)

#: Characters that make code look like other code: direction marks, invisible ones, controls.
_DECEIVING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\U000e0000-\U000e007f]"
)


def render(card: Card, maker: ButtonMaker) -> tuple[list[JsonObject], list[Button]]:
    """The message objects, the card last, and the buttons that did not fit on it.

    Raises ValueError when the card has no title.
    """
    if not card.title.strip():
        raise ValueError("A card needs a title.")
    buttons = carried(card.buttons)
    footer = [maker.on_card(one) for one in buttons[:_BUTTONS]]
    best = _Fitted(card, footer, _ROOM[0])
    for room in _ROOM[1:]:
        if best.size > BUBBLE_BYTES:
            best = _Fitted(card, footer, room)
    alt_text = cut_to_units(cleaned(card.summary.strip() or card.title), _ALT_TEXT_LIMIT)
    shown: JsonObject = {"type": "flex", "altText": alt_text, "contents": best.bubble}
    return [*best.before, shown], buttons[_BUTTONS:]


def plain_code(code: str) -> str:
    """Code, a path or a name that looks like what it is: what could deceive the eye is shown as
    an escape."""
    lines = cleaned(code.replace("\r\n", "\n").replace("\0", "\\u{0}"))
    return _DECEIVING.sub(lambda match: f"\\u{{{ord(match[0]):x}}}", lines)


class _Fitted:
    """One bubble, and as texts what it cannot show whole."""

    def __init__(self, card: Card, footer: list[JsonObject], room: int) -> None:
        self._room = room
        self.before: list[JsonObject] = []
        self.bubble = flex.bubble(
            title=self._fit(cleaned(card.title), room // 5),
            text=self._fit(cleaned(card.text), room),
            facts=self._facts(card.facts),
            code=self._fit(plain_code(card.code), room),
            chart=card.chart,
            buttons=footer,
        )

    @property
    def size(self) -> int:
        # As the SDK encodes it: everything beyond ASCII becomes an escape.
        return len(json.dumps(self.bubble))

    def _facts(self, facts: Sequence[Fact]) -> list[Fact]:
        """As many as a card can show; all of them go before it when there are more."""
        if len(facts) > _FACTS:
            lines = [f"{fact.label}: {plain_code(fact.value)}" for fact in facts]
            self.before += text_objects("\n".join(lines))
        return [self._fact(fact) for fact in facts[:_FACTS]]

    def _fact(self, fact: Fact) -> Fact:
        label, value = cleaned(fact.label), plain_code(fact.value)
        shown = Fact(
            label=cut_to_units(label, self._room // 25), value=cut_to_units(value, self._room // 5)
        )
        if shown != Fact(label=label, value=value):
            self.before += text_objects(f"{label}: {value}")
        return shown

    def _fit(self, text: str, room: int) -> str:
        whole = text.strip("\r\n")
        if not whole.strip():
            return ""
        shown = cut_to_units(whole, room)
        if shown != whole:
            self.before += text_objects(whole)
        return shown
