"""LINE's limits that its SDK's models do not know: lengths, counts, sizes.

https://developers.line.biz/en/reference/messaging-api/#message-objects and, for how lengths
are counted, https://developers.line.biz/en/docs/messaging-api/text-character-count/
Looks only at JSON; types were checked before.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from urllib.parse import urlsplit

from bot.simulator.line_state import JsonObject

#: One thing wrong: what, and where (`messages[0].text`).
Violation = tuple[str, str]

_TEXT_LIMIT = 5000
_ALT_TEXT_LIMIT = 400
_LABEL_LIMIT = 20
_FLEX_LABEL_LIMIT = 40
_POSTBACK_LIMIT = 300
_URL_LIMIT = 2000
_BUBBLE_BYTES = 30_000
_CAROUSEL_BYTES = 50_000
_BUBBLES = 12
_ACTION_LIMITS = {
    "data": _POSTBACK_LIMIT,
    "displayText": _POSTBACK_LIMIT,
    "text": 300,
    "uri": 1000,
    "clipboardText": 1000,
}
_FLAG_LETTERS = {chr(code) for code in range(0x1F1E6, 0x1F200)}
_SKIN_TONES = {chr(code) for code in range(0x1F3FB, 0x1F400)}
_SCHEMES = {"http", "https", "line", "tel"}
_REQUIRED_OF_ACTION = {
    "postback": "data",
    "message": "text",
    "uri": "uri",
    "clipboard": "clipboardText",
    "datetimepicker": "data",
}


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def graphemes(text: str) -> int:
    """How many characters a person sees, near enough: marks, joined emoji and flags count once."""
    count = 0
    joined = flag_open = False
    for character in text:
        regional = character in _FLAG_LETTERS
        if not (joined or _extends(character) or (regional and flag_open)):
            count += 1
        flag_open = regional and not flag_open
        joined = character == "\u200d"
    return count


def _extends(character: str) -> bool:
    return character in _SKIN_TONES or unicodedata.category(character) in {"Mn", "Me", "Mc", "Cf"}


def message_violations(message: JsonObject, where: str) -> Iterator[Violation]:
    match message["type"]:
        case "text" | "textV2":
            yield from _text(message, "text", _TEXT_LIMIT, where)
        case "image":
            yield from _https(message, "originalContentUrl", where)
            yield from _https(message, "previewImageUrl", where)
        case "template":
            yield from _text(message, "altText", _ALT_TEXT_LIMIT, where)
            yield from _template(message["template"], f"{where}.template")
        case "flex":
            yield from _text(message, "altText", _ALT_TEXT_LIMIT, where)
            yield from _flex(message["contents"], f"{where}.contents")
    yield from _quick_reply(message, where)
    yield from _longer(message.get("sender") or {}, "name", 20, f"{where}.sender")


def action_violations(
    action: JsonObject, where: str, *, label: int, needs_label: bool
) -> Iterator[Violation]:
    text = action.get("label")
    if needs_label and not text:
        yield "May not be empty", f"{where}.label"
    if graphemes(text or "") > label:
        yield f"Length must be between 0 and {label}", f"{where}.label"
    required = _REQUIRED_OF_ACTION.get(action["type"])
    if required is not None and not action.get(required):
        yield "May not be empty", f"{where}.{required}"
    for name, limit in _ACTION_LIMITS.items():
        yield from _longer(action, name, limit, where)
    if action["type"] == "uri" and urlsplit(action.get("uri") or "").scheme not in _SCHEMES:
        yield "Invalid action URI", f"{where}.uri"


def _text(holder: JsonObject, name: str, limit: int, where: str) -> Iterator[Violation]:
    value = holder.get(name)
    if not value or not value.strip():
        yield "May not be empty", f"{where}.{name}"
    else:
        yield from _longer(holder, name, limit, where)


def _longer(holder: JsonObject, name: str, limit: int, where: str) -> Iterator[Violation]:
    if utf16_length(holder.get(name) or "") > limit:
        yield f"Length must be between 0 and {limit}", f"{where}.{name}"


def _count(items: list[JsonObject], least: int, most: int, where: str) -> Iterator[Violation]:
    if not least <= len(items) <= most:
        yield f"Size must be between {least} and {most}", where


def _https(holder: JsonObject, name: str, where: str) -> Iterator[Violation]:
    yield from _longer(holder, name, _URL_LIMIT, where)
    if urlsplit(holder.get(name) or "").scheme != "https":
        yield "Must be an HTTPS URL", f"{where}.{name}"


def _quick_reply(message: JsonObject, where: str) -> Iterator[Violation]:
    reply = message.get("quickReply")
    if reply is None:
        return
    items = reply.get("items") or []
    yield from _count(items, 1, 13, f"{where}.quickReply.items")
    for number, item in enumerate(items):
        place = f"{where}.quickReply.items[{number}].action"
        if item.get("action") is None:
            yield "May not be empty", place
        else:
            yield from action_violations(
                item["action"], place, label=_LABEL_LIMIT, needs_label=True
            )


def _actions(holder: JsonObject, least: int, most: int, where: str) -> Iterator[Violation]:
    actions = holder.get("actions") or []
    yield from _count(actions, least, most, f"{where}.actions")
    for number, action in enumerate(actions):
        place = f"{where}.actions[{number}]"
        yield from action_violations(action, place, label=_LABEL_LIMIT, needs_label=True)


def _template(template: JsonObject, where: str) -> Iterator[Violation]:
    match template["type"]:
        case "buttons":
            yield from _titled(template, 160, where)
            yield from _actions(template, 1, 4, where)
        case "confirm":
            yield from _text(template, "text", 240, where)
            yield from _actions(template, 2, 2, where)
        case "carousel":
            columns = template.get("columns") or []
            yield from _count(columns, 1, 10, f"{where}.columns")
            for number, column in enumerate(columns):
                yield from _titled(column, 120, f"{where}.columns[{number}]")
                yield from _actions(column, 1, 3, f"{where}.columns[{number}]")
        case "image_carousel":
            columns = template.get("columns") or []
            yield from _count(columns, 1, 10, f"{where}.columns")
            for number, column in enumerate(columns):
                place = f"{where}.columns[{number}]"
                yield from _https(column, "imageUrl", place)
                yield from action_violations(
                    column["action"], f"{place}.action", label=12, needs_label=False
                )


def _titled(holder: JsonObject, text_limit: int, where: str) -> Iterator[Violation]:
    """A picture or a title leaves room for sixty characters only."""
    full = holder.get("title") or holder.get("thumbnailImageUrl")
    yield from _longer(holder, "title", 40, where)
    yield from _text(holder, "text", 60 if full else text_limit, where)


def _flex(container: JsonObject, where: str) -> Iterator[Violation]:
    if container["type"] == "carousel":
        bubbles = container.get("contents") or []
        yield from _count(bubbles, 1, _BUBBLES, f"{where}.contents")
        yield from _heavier(container, _CAROUSEL_BYTES, where)
        for number, bubble in enumerate(bubbles):
            yield from _bubble(bubble, f"{where}.contents[{number}]")
    else:
        yield from _bubble(container, where)


def _bubble(bubble: JsonObject, where: str) -> Iterator[Violation]:
    yield from _heavier(bubble, _BUBBLE_BYTES, where)
    for block in ("header", "hero", "body", "footer"):
        if bubble.get(block) is not None:
            yield from _component(bubble[block], f"{where}.{block}")


def _heavier(container: JsonObject, limit: int, where: str) -> Iterator[Violation]:
    encoded = json.dumps(container, ensure_ascii=False, separators=(",", ":"))
    if len(encoded.encode("utf-8", "surrogatepass")) > limit:
        yield f"Must be no larger than {limit} bytes", where


def _component(component: JsonObject, where: str) -> Iterator[Violation]:
    kind = component["type"]
    if kind in {"text", "span"} and not component.get("contents") and not component.get("text"):
        yield "must be non-empty text", f"{where}.text"
    if kind == "image":
        yield from _https(component, "url", where)
    if component.get("action") is not None:
        yield from action_violations(
            component["action"],
            f"{where}.action",
            label=_FLEX_LABEL_LIMIT,
            needs_label=kind == "button",
        )
    for number, child in enumerate(component.get("contents") or []):
        yield from _component(child, f"{where}.contents[{number}]")
