"""The look of a card: a Flex bubble.

https://developers.line.biz/en/docs/messaging-api/flex-message-elements/
Every colour is set, so that a card reads the same in LINE's light and dark themes, which differ
between its apps in what they do to a colour left open. Knows sizes of type, not sizes of text.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator_core.messages import Bar, Chart, Fact
from orchestrator_core.model import JsonObject

_PAPER = "#FFFFFF"
_INK = "#16202B"
_FAINT = "#5B6875"
_RULE = "#E3E8ED"
_CODE_PAPER = "#F0F3F6"
#: White on this reads at 5.9 to 1.
_PRIMARY = "#0B6B3A"
_SECONDARY = "#E3E8ED"
#: Two labels up to this many characters stand side by side.
_SHORT_LABEL = 12


def bubble(
    *,
    title: str,
    text: str,
    facts: Sequence[Fact],
    code: str,
    chart: Chart | None = None,
    buttons: Sequence[JsonObject],
) -> JsonObject:
    """Empty parts are left out. `buttons` are made by `button`."""
    blocks = [_text(title, size="md", weight="bold", color=_INK)]
    if text:
        blocks.append(_text(text, size="sm", color=_INK, margin="md"))
    if facts:
        blocks.append(_facts(facts))
    if chart and chart.bars:
        blocks.append(_picture(chart.picture) if chart.picture else _bars(chart.bars))
    if code:
        blocks.append(_code(code))
    made: JsonObject = {
        "type": "bubble",
        "size": "mega",
        "body": {
            "type": "box",
            "layout": "vertical",
            "backgroundColor": _PAPER,
            "paddingAll": "lg",
            "contents": blocks,
        },
    }
    return {**made, "footer": _footer(buttons)} if buttons else made


def button(action: JsonObject, *, primary: bool) -> JsonObject:
    return {
        "type": "button",
        "style": "primary" if primary else "secondary",
        "color": _PRIMARY if primary else _SECONDARY,
        "height": "sm",
        "adjustMode": "shrink-to-fit",
        "action": action,
    }


def _facts(facts: Sequence[Fact]) -> JsonObject:
    return {
        "type": "box",
        "layout": "vertical",
        "spacing": "sm",
        "margin": "lg",
        "contents": [_fact(fact) for fact in facts],
    }


def _fact(fact: Fact) -> JsonObject:
    # Flex takes no empty text.
    return {
        "type": "box",
        "layout": "horizontal",
        "spacing": "md",
        "contents": [
            _text(fact.label.strip() or "–", size="xs", color=_FAINT, flex=3),
            _text(fact.value.strip() or "–", size="xs", color=_INK, flex=7),
        ],
    }


def _picture(url: str) -> JsonObject:
    return {
        "type": "image",
        "url": url,
        "margin": "lg",
        "size": "full",
        "aspectRatio": "2:1",
        "aspectMode": "fit",
    }


def _bars(bars: Sequence[Bar]) -> JsonObject:
    return {
        "type": "box",
        "layout": "vertical",
        "spacing": "sm",
        "margin": "lg",
        "contents": [_bar(bar) for bar in bars],
    }


def _bar(bar: Bar) -> JsonObject:
    filled: JsonObject = {
        "type": "box",
        "layout": "vertical",
        "height": "12px",
        "width": f"{max(1, round(100 * bar.share))}%",
        "cornerRadius": "sm",
        "backgroundColor": _PRIMARY if bar.share > 0 else _RULE,
        # A box may not be empty.
        "contents": [{"type": "filler"}],
    }
    return {
        "type": "box",
        "layout": "horizontal",
        "spacing": "md",
        "alignItems": "center",
        "contents": [
            _text(bar.label.strip() or "–", size="xxs", color=_FAINT, flex=2),
            {"type": "box", "layout": "vertical", "flex": 6, "contents": [filled]},
            _text(bar.value.strip() or "–", size="xxs", color=_INK, flex=3, align="end"),
        ],
    }


def _code(code: str) -> JsonObject:
    return {
        "type": "box",
        "layout": "vertical",
        "margin": "lg",
        "paddingAll": "md",
        "cornerRadius": "md",
        "backgroundColor": _CODE_PAPER,
        "contents": [_text(code, size="xs", color=_INK)],
    }


def _footer(buttons: Sequence[JsonObject]) -> JsonObject:
    labels = [one["action"]["label"] for one in buttons]
    abreast = len(buttons) == 2 and all(len(label) <= _SHORT_LABEL for label in labels)  # noqa: PLR2004
    return {
        "type": "box",
        "layout": "horizontal" if abreast else "vertical",
        "spacing": "md",
        "backgroundColor": _PAPER,
        "paddingAll": "lg",
        "paddingTop": "none",
        "contents": list(buttons),
    }


def _text(text: str, *, size: str, color: str, **more: str | int) -> JsonObject:
    return {"type": "text", "text": text, "wrap": True, "size": size, "color": color, **more}
