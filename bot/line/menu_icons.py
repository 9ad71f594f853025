"""What can be tapped in a rich menu, and the states, as icons: to be understood without words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from itertools import pairwise

from bot.canvas import Point, Sheet
from bot.line.menu_items import Item
from orchestrator_core.model import MenuState

Draw = Callable[[Sheet, Point, float, str, str], None]

#: Of the sizes of an icon.
_STROKE = 0.2
_EYE_STEPS = 24


def draw_icon(
    sheet: Sheet, what: Item | MenuState, middle: Point, size: float, *, ink: str, paper: str
) -> None:
    """`size`: half of its width. `paper`: what it stands on."""
    ICONS[what](sheet, middle, size, ink, paper)


def _new(sheet: Sheet, middle: Point, size: float, ink: str, _paper: str) -> None:
    x, y = middle
    sheet.line([(x - size, y), (x + size, y)], ink, size * _STROKE * 1.5)
    sheet.line([(x, y - size), (x, y + size)], ink, size * _STROKE * 1.5)


def _use(sheet: Sheet, middle: Point, size: float, ink: str, _paper: str) -> None:
    """Two arrows, each the other way."""
    x, y = middle
    for way in (-1, 1):
        level, tip = y + way * size * 0.42, x - way * size
        sheet.line([(x + way * size, level), (tip, level)], ink, size * _STROKE)
        for side in (-1, 1):
            end = (tip + way * size * 0.4, level + side * size * 0.4)
            sheet.line([(tip, level), end], ink, size * _STROKE)


def _status(sheet: Sheet, middle: Point, size: float, ink: str, _paper: str) -> None:
    """Three bars of a chart."""
    x, y = middle
    for place, height in ((-0.72, 0.8), (0, 1.4), (0.72, 2.0)):
        left, top = x + (place - 0.24) * size, y + (1 - height) * size
        right = left + 0.48 * size
        sheet.box((left, top), (right, y + size), ink, round_by=size * 0.1)


def _stop(sheet: Sheet, middle: Point, size: float, ink: str, _paper: str) -> None:
    x, y = middle
    half = size * 0.82
    sheet.box((x - half, y - half), (x + half, y + half), ink, round_by=size * 0.2)


def _tail(sheet: Sheet, middle: Point, size: float, ink: str, _paper: str) -> None:
    """Lines of a log, each with its dot."""
    x, y = middle
    for level in (-0.72, 0, 0.72):
        at = y + level * size
        sheet.disc((x - size * 0.85, at), size * 0.17, ink)
        sheet.line([(x - size * 0.4, at), (x + size, at)], ink, size * _STROKE)


def _approve(sheet: Sheet, middle: Point, size: float, ink: str, _paper: str) -> None:
    x, y = middle
    bend = (x - size * 0.25, y + size * 0.65)
    ends = (x - size * 0.9, y), (x + size, y - size * 0.65)
    sheet.line([ends[0], bend, ends[1]], ink, size * _STROKE * 1.6)


def _deny(sheet: Sheet, middle: Point, size: float, ink: str, _paper: str) -> None:
    x, y = middle
    half = size * 0.78
    for way in (-1, 1):
        ends = [(x - half, y - way * half), (x + half, y + way * half)]
        sheet.line(ends, ink, size * _STROKE * 1.6)


def _show(sheet: Sheet, middle: Point, size: float, ink: str, paper: str) -> None:
    """An eye."""
    x, y = middle
    turns = [math.tau * step / _EYE_STEPS for step in range(_EYE_STEPS + 1)]
    wide, high = size * 1.15, size * 0.72
    # The square of the sine makes the corners of it.
    lids = [
        (x + wide * math.cos(turn), y + high * math.sin(turn) * abs(math.sin(turn)))
        for turn in turns
    ]
    for start, end in pairwise(lids):
        sheet.line([start, end], ink, size * _STROKE * 0.8)
    sheet.disc(middle, size * 0.34, ink)
    sheet.disc((x + size * 0.1, y - size * 0.1), size * 0.1, paper)


def _idle(sheet: Sheet, middle: Point, size: float, ink: str, paper: str) -> None:
    """A ring."""
    sheet.disc(middle, size * 0.62, ink)
    sheet.disc(middle, size * 0.44, paper)


def _running(sheet: Sheet, middle: Point, size: float, ink: str, _paper: str) -> None:
    """Three dots."""
    x, y = middle
    for place in (-0.7, 0, 0.7):
        sheet.disc((x + place * size, y), size * 0.2, ink)


ICONS: Mapping[Item | MenuState, Draw] = {
    MenuState.IDLE: _idle,
    MenuState.RUNNING: _running,
    Item.NEW: _new,
    Item.USE: _use,
    Item.STATUS: _status,
    Item.STOP: _stop,
    Item.TAIL: _tail,
    Item.APPROVE: _approve,
    Item.DENY: _deny,
    Item.SHOW: _show,
}
