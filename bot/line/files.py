"""Files as one card: pictures to look at, and a button for each that opens it.

https://developers.line.biz/en/reference/messaging-api/#f-image
"""

from __future__ import annotations

from bot.line.characters import cleaned, cut_to_clusters, cut_to_units
from bot.line.look import FAINT, INK, PAPER, RULE, written
from orchestrator_core.messages import Files, OfferedFile
from orchestrator_core.model import JsonObject

_ALT_TEXT_LIMIT = 400
_TEXT_LIMIT = 1000
_LABEL_LIMIT = 20
_LABEL_UNITS = 100
_MOST_PICTURES = 4
_MOST_FILES = 10


def render(message: Files) -> JsonObject:
    shown = message.files[:_MOST_FILES]
    pictures = [one for one in shown if one.is_picture][:_MOST_PICTURES]
    text = cleaned(message.text)
    blocks = [written(cut_to_units(text, _TEXT_LIMIT), size="sm", color=INK)]
    blocks += [_picture(one) for one in pictures]
    blocks.append(written(cleaned(message.note), size="xs", color=FAINT, margin="md"))
    box = {"type": "box", "layout": "vertical", "backgroundColor": PAPER, "paddingAll": "lg"}
    return {
        "type": "flex",
        "altText": cut_to_units(text, _ALT_TEXT_LIMIT),
        "contents": {
            "type": "bubble",
            "size": "mega",
            "body": {**box, "contents": blocks},
            "footer": {**box, "spacing": "sm", "contents": [_button(one) for one in shown]},
        },
    }


def _picture(file: OfferedFile) -> JsonObject:
    return {
        "type": "image",
        "url": file.address,
        "margin": "md",
        "size": "full",
        "aspectRatio": "4:3",
        "aspectMode": "fit",
        "backgroundColor": PAPER,
        "action": _opens(file),
    }


def _button(file: OfferedFile) -> JsonObject:
    return {
        "type": "button",
        "style": "secondary",
        "color": RULE,
        "height": "sm",
        "adjustMode": "shrink-to-fit",
        "action": _opens(file),
    }


def _opens(file: OfferedFile) -> JsonObject:
    label = cleaned(f"{file.name} ({file.size})")
    short = cut_to_units(cut_to_clusters(label, _LABEL_LIMIT), _LABEL_UNITS)
    return {"type": "uri", "label": short, "uri": file.address}
