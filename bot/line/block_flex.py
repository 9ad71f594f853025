"""The look of an answer's blocks: Flex components that read well on a phone.

https://developers.line.biz/en/docs/messaging-api/flex-message-elements/
Whatever the answer says about its nesting, what is made of one block is at most six levels deep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from bot.line.blocks import (
    NOWHERE,
    Aligned,
    Block,
    Code,
    Place,
    Prose,
    Span,
    Spans,
    Table,
    words_of,
)
from bot.line.cards import plain_code
from bot.line.characters import utf16_length
from bot.line.look import CODE_INK, CODE_PAPER, FAINT, INK, LINK, PRIMARY, RULE, written
from bot.line.tables import widths
from orchestrator_core.model import JsonObject

_HEADINGS = {1: "lg", 2: "md"}
#: https://developers.line.biz/en/reference/messaging-api/#clipboard-action
_CLIPBOARD = 1000
_DEEPEST = 5
_MOST_QUOTES = 3
#: Pixels: of a list within a list; of a mark and the room behind it.
_STEP = 16
_LINE_SPACING = "4px"


def drawn(blocks: Iterable[Block], *, copy: str) -> list[JsonObject]:
    """`copy`: what stands on code that a tap copies."""
    found: list[JsonObject] = []
    for quotes, group in groupby(blocks, key=lambda block: min(block.place.quotes, _MOST_QUOTES)):
        parts = [part for block, margin in _apart(group) for part in _drawn(block, margin, copy)]
        if quotes and parts:
            found.append(_quoted(parts, quotes))
        else:
            found += parts
    return found


def _quoted(parts: list[JsonObject], quotes: int) -> JsonObject:
    bars = [
        _box([{"type": "filler"}], width="3px", backgroundColor=RULE, cornerRadius="sm")
        for _ in range(quotes)
    ]
    first, *others = parts
    inner = _box([{**first, "margin": "none"}, *others], flex=1)
    return _box([*bars, inner], layout="horizontal", spacing="md", margin="md")


def _apart(blocks: Iterable[Block]) -> Iterator[tuple[Block, str]]:
    """Each with the room above it: what belongs together stands closer."""
    before = NOWHERE
    for block in blocks:
        is_item = before.depth > 0 and bool(block.place.marker)
        is_edge = isinstance(block, Prose) and bool(block.level or not block.spans)
        yield block, "xl" if is_edge else "sm" if is_item else "md"
        before = block.place


def _drawn(block: Block, margin: str, copy: str) -> Iterator[JsonObject]:
    match block:
        case Code():
            yield from _code(block, margin, copy)
        case Table():
            yield _grid(block, margin)
        case Prose() if not block.spans:
            yield {"type": "separator", "margin": margin, "color": RULE}
        case Prose():
            yield from _prose(block, margin)


def _prose(block: Prose, margin: str) -> Iterator[JsonObject]:
    if not words_of(block.spans).strip():
        # Only the line breaks at which it was cut.
        return
    links = dict.fromkeys(span.link for span in block.spans if span.link)
    shown = _words(block.spans, block.level)
    if len(links) == 1 and all(span.link in {"", span.text} for span in block.spans):
        # It says where it leads.
        shown = {**shown, "action": _opening(*links)}
        links = {}
    yield _placed(shown, block.place, margin)
    for link in links:
        row = written(f"↗\u00a0{link}", size="xs", color=LINK, action=_opening(link))
        yield _placed(row, Place(depth=block.place.depth), "sm")


def _words(spans: Spans, level: int) -> JsonObject:
    size = _HEADINGS.get(level, "sm")
    shown = written(words_of(spans), size=size, color=INK, lineSpacing=_LINE_SPACING)
    if level:
        # All of it is bold already.
        return {**shown, "weight": "bold"}
    if any(span != Span(text=span.text) for span in spans):
        del shown["text"]
        shown["contents"] = [_span(span) for span in spans]
    return shown


def _span(span: Span) -> JsonObject:
    look: JsonObject = {"type": "span", "text": span.text}
    if span.bold:
        look["weight"] = "bold"
    if span.italic:
        look["style"] = "italic"
    if span.link:
        look |= {"color": LINK, "decoration": "underline"}
    elif span.code:
        look["color"] = CODE_INK
    if span.struck:
        look["decoration"] = "line-through"
    return look


def _opening(link: str) -> JsonObject:
    return {"type": "uri", "uri": link}


def _placed(component: JsonObject, place: Place, margin: str) -> JsonObject:
    """As far in as its lists are deep, behind its marker."""
    if not place.depth:
        return {**component, "margin": margin}
    inset = (min(place.depth, _DEEPEST) - 1) * _STEP
    if not place.marker:
        return _box([component], paddingStart=f"{inset + _STEP}px", margin=margin)
    look = {"size": "sm", "color": FAINT, "lineSpacing": _LINE_SPACING}
    marker = written(place.marker, **look, flex=0, wrap=False)
    row = [marker, {**component, "flex": 1}]
    more = {"paddingStart": f"{inset}px"} if inset else {}
    return _box(row, layout="horizontal", spacing="sm", margin=margin, **more)


def _code(block: Code, margin: str, copy: str) -> Iterator[JsonObject]:
    code = block.text.strip("\r\n")
    shown = plain_code(code)
    # What looks like something else is not to be copied by a tap.
    copied = code.strip() and shown == code and utf16_length(code) <= _CLIPBOARD
    head: list[JsonObject] = [{"type": "filler"}]
    if block.language:
        head = [written(block.language, size="xxs", color=FAINT, flex=1)]
    if copied:
        head.append(written(copy, size="xxs", color=PRIMARY, weight="bold", flex=0, wrap=False))
    rows = [_box(head, layout="horizontal", spacing="md")] if copied or block.language else []
    if shown.strip():
        rows.append(written(shown, size="xs", color=INK, lineSpacing=_LINE_SPACING))
    if not rows:
        return
    look: JsonObject = {"paddingAll": "md", "cornerRadius": "md", "backgroundColor": CODE_PAPER}
    if copied:
        look["action"] = {"type": "clipboard", "label": copy, "clipboardText": code}
    yield _placed(_box(rows, spacing="sm", **look), block.place, margin)


def _grid(table: Table, margin: str) -> JsonObject:
    shares = widths(table)
    head = _row(table.head, shares, table.aligned, is_head=True)
    rows: list[JsonObject] = [head]
    for row in table.rows:
        rows.append({"type": "separator", "color": RULE})
        rows.append(_row(row, shares, table.aligned, is_head=False))
    look = {"borderColor": RULE, "borderWidth": "normal", "cornerRadius": "md"}
    return _placed(_box(rows, **look), table.place, margin)


def _row(
    row: Sequence[Spans], shares: Sequence[int], aligned: Sequence[Aligned], *, is_head: bool
) -> JsonObject:
    cells = []
    for cell, share, align in zip(row, shares, aligned, strict=True):
        shown = _words(cell, 0) if cell else written("–", size="xs", color=FAINT)
        look: JsonObject = {"size": "xs", "flex": share, "align": align.value}
        cells.append({**shown, **look, **({"weight": "bold"} if is_head else {})})
    paper = {"backgroundColor": CODE_PAPER} if is_head else {}
    return _box(cells, layout="horizontal", spacing="md", paddingAll="sm", **paper)


def _box(contents: list[JsonObject], *, layout: str = "vertical", **more: object) -> JsonObject:
    return {"type": "box", "layout": layout, "contents": contents, **more}
