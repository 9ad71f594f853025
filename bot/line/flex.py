"""The look of a card: a Flex bubble.

https://developers.line.biz/en/docs/messaging-api/flex-message-elements/
Knows sizes of type, not sizes of text.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.line.look import CODE_PAPER, FAINT, INK, PAPER, PRIMARY, RULE, written
from orchestrator_core.messages import Bar, Chart, Fact
from orchestrator_core.model import JsonObject

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
    blocks = [written(title, size="md", weight="bold", color=INK)]
    if text:
        blocks.append(written(text, size="sm", color=INK, margin="md"))
    if facts:
        blocks.append(_facts(facts))
    if chart and chart.bars:
        blocks.append(_picture(chart.picture) if chart.picture else _bars(chart.bars))
    if code:
        blocks.append(_code(code))
    return frame(blocks, buttons=buttons)


def frame(
    blocks: Sequence[JsonObject], *, buttons: Sequence[JsonObject], size: str = "mega"
) -> JsonObject:
    """A bubble of these, from top to bottom, with the buttons below."""
    made: JsonObject = {
        "type": "bubble",
        "size": size,
        "body": {
            "type": "box",
            "layout": "vertical",
            "backgroundColor": PAPER,
            "paddingAll": "lg",
            "contents": list(blocks),
        },
    }
    return {**made, "footer": _footer(buttons)} if buttons else made


def button(action: JsonObject, *, primary: bool) -> JsonObject:
    return {
        "type": "button",
        "style": "primary" if primary else "secondary",
        "color": PRIMARY if primary else _SECONDARY,
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
        "contents": [_fact(fact, *_widths(facts)) for fact in facts],
    }


def _widths(facts: Sequence[Fact]) -> tuple[int, int]:
    """How label and value share a line: the longer of the two columns gets more of it."""
    labels, values = (
        max(len(text) for text in column)
        for column in zip(*((fact.label, fact.value) for fact in facts), strict=True)
    )
    return (7, 3) if labels > values and labels > _SHORT_LABEL else (3, 7)


def _fact(fact: Fact, label_width: int, value_width: int) -> JsonObject:
    # Flex takes no empty text.
    return {
        "type": "box",
        "layout": "horizontal",
        "spacing": "md",
        "contents": [
            written(fact.label.strip() or "–", size="xs", color=FAINT, flex=label_width),
            written(fact.value.strip() or "–", size="xs", color=INK, flex=value_width),
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
        "backgroundColor": PRIMARY if bar.share > 0 else RULE,
        # A box may not be empty.
        "contents": [{"type": "filler"}],
    }
    return {
        "type": "box",
        "layout": "horizontal",
        "spacing": "md",
        "alignItems": "center",
        "contents": [
            written(bar.label.strip() or "–", size="xxs", color=FAINT, flex=2),
            {"type": "box", "layout": "vertical", "flex": 6, "contents": [filled]},
            written(bar.value.strip() or "–", size="xxs", color=INK, flex=3, align="end"),
        ],
    }


def _code(code: str) -> JsonObject:
    return {
        "type": "box",
        "layout": "vertical",
        "margin": "lg",
        "paddingAll": "md",
        "cornerRadius": "md",
        "backgroundColor": CODE_PAPER,
        "contents": [written(code, size="xs", color=INK)],
    }


def _footer(buttons: Sequence[JsonObject]) -> JsonObject:
    labels = [one["action"]["label"] for one in buttons]
    abreast = len(buttons) == 2 and all(len(label) <= _SHORT_LABEL for label in labels)  # noqa: PLR2004
    return {
        "type": "box",
        "layout": "horizontal" if abreast else "vertical",
        "spacing": "md",
        "backgroundColor": PAPER,
        "paddingAll": "lg",
        "paddingTop": "none",
        "contents": list(buttons),
    }
