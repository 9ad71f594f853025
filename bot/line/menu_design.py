"""Rich menus as LINE takes them, each with its picture.

https://developers.line.biz/en/reference/messaging-api/#rich-menu-object
The name holds a mark of all the rest: a menu of the same name is the same menu.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bot.canvas import Sheet, Typeface
from bot.fonts import NoFontError, font_for
from bot.line.menu_icons import draw_icon
from bot.line.menu_items import ITEMS, Item
from orchestrator_core.model import JsonObject, Language, MenuState
from orchestrator_core.texts import Texts, texts_in

WIDTH, HEIGHT = 1200, 405
PREFIX = "denrei"
_MARK_LENGTH = 16
_GAP, _ROUND = 10, 28
_ICON, _ICON_ALONE, _TYPE = 58, 84, 52
#: Dark in itself: the same picture is shown in LINE's light and dark themes.
_PAPER, _TILE, _INK = "#10181F", "#22303C", "#FFFFFF"
_TILES = {
    Item.NEW: "#0B6B3A",
    Item.STOP: "#B3261E",
    Item.APPROVE: "#0B6B3A",
    Item.DENY: "#B3261E",
}

FindFont = Callable[[Language, str], Typeface | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    state: MenuState
    language: Language
    name: str
    body: JsonObject
    picture: bytes = field(repr=False)
    #: Whether this machine had a font for the words.
    has_words: bool


def designs(
    languages: Iterable[Language] = tuple(Language), find_font: FindFont = font_for
) -> list[Design]:
    return [
        _design(state, texts_in(language), find_font)
        for language in languages
        for state in MenuState
    ]


def _design(state: MenuState, say: Texts, find_font: FindFont) -> Design:
    words = {item: say(f"menu.{item}") for item in ITEMS[state]}
    try:
        face, has_words = find_font(say.language, "".join(words.values())), True
    except NoFontError:
        face, has_words = None, False
    sheet = _drawn(state, words if has_words else {}, face)
    body = _body(state, words, say("menu.bar"))
    told = json.dumps(body, sort_keys=True).encode() + sheet.mark().encode()
    mark = hashlib.sha256(told).hexdigest()[:_MARK_LENGTH]
    name = f"{PREFIX} {state} {say.language} {mark}"
    return Design(
        state=state,
        language=say.language,
        name=name,
        body={**body, "name": name},
        picture=sheet.png(),
        has_words=has_words,
    )


def _body(state: MenuState, words: dict[Item, str], bar: str) -> JsonObject:
    items = ITEMS[state]
    width = WIDTH // len(items)
    return {
        "size": {"width": WIDTH, "height": HEIGHT},
        "selected": True,
        "chatBarText": bar,
        "areas": [
            {
                "bounds": {"x": place * width, "y": 0, "width": width, "height": HEIGHT},
                "action": {"type": "message", "label": words[item], "text": item.command},
            }
            for place, item in enumerate(items)
        ],
    }


def _drawn(state: MenuState, words: dict[Item, str], face: Typeface | None) -> Sheet:
    sheet, items = Sheet(WIDTH, HEIGHT, _PAPER), ITEMS[state]
    width = WIDTH / len(items)
    for place, item in enumerate(items):
        left, middle = place * width, (place + 0.5) * width
        tile = _TILES.get(item, _TILE)
        corner, other = (left + _GAP, _GAP), (left + width - _GAP, HEIGHT - _GAP)
        sheet.box(corner, other, tile, round_by=_ROUND)
        word = words.get(item)
        if word is None:
            draw_icon(sheet, item, (middle, HEIGHT / 2), _ICON_ALONE, ink=_INK, paper=tile)
            continue
        draw_icon(sheet, item, (middle, HEIGHT * 0.36), _ICON, ink=_INK, paper=tile)
        room = width - 6 * _GAP
        below = (middle, HEIGHT * 0.76)
        sheet.words(below, word, _INK, size=_TYPE, face=face, within=room)
    return sheet
