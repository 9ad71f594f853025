"""Rich menus as LINE takes them, each with its picture.

https://developers.line.biz/en/reference/messaging-api/#rich-menu-object
The name holds a mark of all the rest: a menu of the same name is the same menu.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.canvas import Sheet, Typeface
from bot.fonts import NoFontError, font_for
from bot.line.menu_icons import draw_icon
from bot.line.menu_items import COLUMNS, PLACES, STATE_COLUMN, Item
from orchestrator_core.model import JsonObject, Language, MenuState
from orchestrator_core.texts import Texts, texts_in

WIDTH, HEIGHT = 1200, 405
_COLUMN = WIDTH // COLUMNS
PREFIX = "denrei"
_MARK_LENGTH = 16
_GAP, _ROUND = 10, 28
_ICON, _ICON_ALONE, _TYPE = 58, 84, 50
#: Dark in itself: the same picture is shown in LINE's light and dark themes.
_PAPER, _TILE, _INK, _QUIET = "#10181F", "#22303C", "#FFFFFF", "#9FB3C2"
_TILES = {
    Item.NEW: "#0B6B3A",
    Item.STOP: "#B3261E",
    Item.APPROVE: "#0B6B3A",
    Item.DENY: "#B3261E",
}

FindFont = Callable[[Language, str], Typeface | None]
#: By item, and by the state itself.
Words = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    state: MenuState
    language: Language
    name: str
    body: JsonObject
    picture: bytes = field(repr=False)
    #: Whether this machine had a font for the words.
    has_words: bool


class _Look(NamedTuple):
    ink: str
    paper: str
    face: Typeface | None


def designs(
    languages: Iterable[Language] = tuple(Language), find_font: FindFont = font_for
) -> list[Design]:
    return [
        _design(state, texts_in(language), find_font)
        for language in languages
        for state in MenuState
    ]


def _design(state: MenuState, say: Texts, find_font: FindFont) -> Design:
    words = {str(place.item): say(f"menu.{place.item}") for place in PLACES[state]}
    if state is not MenuState.WAITING:
        words[state] = say(f"state.{state}")
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


def _body(state: MenuState, words: Words, bar: str) -> JsonObject:
    return {
        "size": {"width": WIDTH, "height": HEIGHT},
        "selected": True,
        "chatBarText": bar,
        "areas": [
            {
                "bounds": {
                    "x": place.column * _COLUMN,
                    "y": 0,
                    "width": place.columns * _COLUMN,
                    "height": HEIGHT,
                },
                "action": {
                    "type": "message",
                    "label": words[place.item],
                    "text": place.item.command,
                },
            }
            for place in PLACES[state]
        ],
    }


def _drawn(state: MenuState, words: Words, face: Typeface | None) -> Sheet:
    sheet = Sheet(WIDTH, HEIGHT, _PAPER)
    for place in PLACES[state]:
        left, right = place.column * _COLUMN, (place.column + place.columns) * _COLUMN
        tile = _TILES.get(place.item, _TILE)
        corner, other = (left + _GAP, _GAP), (right - _GAP, HEIGHT - _GAP)
        sheet.box(corner, other, tile, round_by=_ROUND)
        look = _Look(ink=_INK, paper=tile, face=face)
        _draw_in(sheet, (left + right) / 2, place.item, words.get(place.item), look)
    if state is not MenuState.WAITING:
        # Without a tile: it cannot be tapped.
        middle = (STATE_COLUMN + 0.5) * _COLUMN
        look = _Look(ink=_QUIET, paper=_PAPER, face=face)
        _draw_in(sheet, middle, state, words.get(state), look)
    return sheet


def _draw_in(
    sheet: Sheet, middle: float, what: Item | MenuState, word: str | None, look: _Look
) -> None:
    high, size = (HEIGHT * 0.36, _ICON) if word else (HEIGHT / 2, _ICON_ALONE)
    draw_icon(sheet, what, (middle, high), size, ink=look.ink, paper=look.paper)
    if word:
        room = _COLUMN - 5 * _GAP
        below = (middle, HEIGHT * 0.76)
        sheet.words(below, word, look.ink, size=_TYPE, face=look.face, within=room)
