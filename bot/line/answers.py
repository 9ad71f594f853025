"""Claude's answers: as a text where a text says it all, else as cards, page by page.

A page is one bubble; the button below it brings the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.line import flex
from bot.line.block_flex import drawn
from bot.line.blocks import Block, Place, Prose, Span, words_of
from bot.line.buttons import ButtonMaker
from bot.line.characters import cleaned, cut_to_units, utf16_length
from bot.line.look import FAINT, INK, LINK, RULE, written
from bot.line.markdown import read
from bot.line.pages import pages
from bot.line.tables import shaped
from bot.line.text_messages import text_objects
from orchestrator_core.messages import Answer, Button, PageTap
from orchestrator_core.model import JsonObject

#: Longer ones fill the screen: they come in pages too.
_LONGEST_TEXT = 1500
_ALT_TEXT_LIMIT = 400
_TITLE_UNITS = 200
_MOST_HEADINGS = 6
_HEADING_UNITS = 100


def render(answer: Answer, maker: ButtonMaker) -> list[JsonObject]:
    """One page of it. Raises ValueError when there is nothing to see in it."""
    text = cleaned(answer.text)
    if not text.strip():
        raise ValueError("An answer must not be empty.")
    # Of nothing but addresses for links nothing would be seen.
    blocks = list(shaped(read(text))) or [Prose(spans=(Span(text=text),))]
    plain = _plain(blocks)
    if plain is not None and utf16_length(plain) <= _LONGEST_TEXT:
        heading = [answer.title] if answer.is_apart else []
        return text_objects("\n\n".join(filter(None, [*heading, plain, answer.note])))
    return [_Paged(answer, pages(blocks), maker).page()]


def _plain(blocks: Sequence[Block]) -> str | None:
    """All its words, when no looks but bold and italic are lost with them."""
    if not all(isinstance(one, Prose) and _is_plain(one) for one in blocks):
        return None
    return "\n\n".join(words_of(one.spans) for one in blocks if isinstance(one, Prose))


def _is_plain(block: Prose) -> bool:
    # An address in a text can be tapped as it is.
    looks = any(
        span.code or span.struck or span.link not in {"", span.text} for span in block.spans
    )
    return bool(block.spans) and block.place == Place() and not block.level and not looks


class _Paged:
    def __init__(self, answer: Answer, found: list[list[Block]], maker: ButtonMaker) -> None:
        self._answer = answer
        self._pages = found
        self._maker = maker
        self._number = min(max(1, answer.page), len(found))

    def page(self) -> JsonObject:
        answer, number = self._answer, self._number
        parts = [self._head(), *drawn(self._pages[number - 1], copy=answer.words.copy)]
        if number == 1:
            parts += [*self._note(), *self._outline()]
        title = cut_to_units(cleaned(answer.title), _TITLE_UNITS)
        alt_text = answer.summary if number == 1 else f"{title} {self._mark(number)}"
        return {
            "type": "flex",
            "altText": cut_to_units(cleaned(alt_text), _ALT_TEXT_LIMIT),
            "contents": flex.frame(parts, buttons=self._more(), size="giga"),
        }

    def _mark(self, number: int) -> str:
        return f"{number}/{len(self._pages)}"

    def _head(self) -> JsonObject:
        """Whose answer it is, and how it went or which page this is."""
        answer = self._answer
        title = cut_to_units(cleaned(answer.title), _TITLE_UNITS)
        parts = [written(title, size="xs", color=FAINT, weight="bold", flex=1)]
        right = answer.status if self._number == 1 else self._mark(self._number)
        if right:
            parts.append(written(right, size="xs", color=FAINT, flex=0, wrap=False))
        return {"type": "box", "layout": "horizontal", "spacing": "md", "contents": parts}

    def _note(self) -> Iterator[JsonObject]:
        if self._answer.note:
            yield {"type": "separator", "margin": "lg", "color": RULE}
            yield written(self._answer.note, size="sm", color=INK, weight="bold", margin="lg")

    def _outline(self) -> Iterator[JsonObject]:
        """What the next pages are about, each a tap away."""
        headings = [
            (number, words_of(block.spans))
            for number, page in enumerate(self._pages[1:], 2)
            for block in page
            if isinstance(block, Prose) and block.level
        ][:_MOST_HEADINGS]
        if not headings:
            return
        yield {"type": "separator", "margin": "xl", "color": RULE}
        label = self._answer.words.outline
        yield written(label, size="xs", color=FAINT, weight="bold", margin="lg")
        for number, words in headings:
            yield self._heading(number, " ".join(words.split()))

    def _heading(self, number: int, words: str) -> JsonObject:
        shown = cut_to_units(words, _HEADING_UNITS)
        return {
            "type": "box",
            "layout": "horizontal",
            "spacing": "md",
            "margin": "md",
            "action": self._maker.action(Button(label=shown, tap=self._tap(number))),
            "contents": [
                written(shown, size="sm", color=LINK, flex=1),
                written(self._mark(number), size="xs", color=FAINT, flex=0, wrap=False),
            ],
        }

    def _more(self) -> list[JsonObject]:
        following = self._number + 1
        if following > len(self._pages):
            return []
        label = f"{self._answer.words.more} {self._mark(following)}"
        button = Button(label=label, tap=self._tap(following), primary=True)
        return [self._maker.on_card(button)]

    def _tap(self, number: int) -> PageTap:
        answer = self._answer
        return PageTap(turn_id=answer.turn_id, session_id=answer.session_id, page=number)
