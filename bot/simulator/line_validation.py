"""Checks request bodies as LINE does: first their types, with the SDK's models, then the limits.

Raises RefusalError with LINE's own error shape. Knows nothing of HTTP frameworks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from bot.simulator.line_limits import (
    Violation,
    action_violations,
    graphemes,
    message_violations,
    utf16_length,
)
from bot.simulator.line_state import JsonObject

BODY_LIMIT = 2 * 1024 * 1024
_MESSAGES = 5
_RECEIVERS = 500
_MENU_WIDTHS = (800, 2500)
_MENU_HEIGHT = 250
_MENU_RATIO = 1.45
_MENU_NAME = 300
_MENU_BAR = 14
_MENU_AREAS = 20


class RefusalError(Exception):
    """LINE says no: what goes into the answer."""

    def __init__(
        self,
        status: int,
        message: str,
        details: Sequence[Violation] = (),
        *,
        headers: dict[str, str] | None = None,
        extra: JsonObject | None = None,
    ) -> None:
        self.status = status
        self.message = message
        self.details = [{"message": what, "property": where} for what, where in details]
        self.headers = headers or {}
        self.extra = extra or {}
        super().__init__(f"{status} {message}")

    def to_json(self) -> JsonObject:
        body: JsonObject = {"message": self.message, **self.extra}
        return {**body, "details": self.details} if self.details else body


def read_json(body: bytes) -> JsonObject:
    if len(body) > BODY_LIMIT:
        raise RefusalError(413, "The request entity is too large.")
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusalError(
            400, "The request body could not be parsed as JSON (line: -, column: -)"
        ) from None
    if not isinstance(read, dict):
        raise RefusalError(400, "The request body must be a JSON object")
    return read


def check_messages(body: JsonObject) -> tuple[JsonObject, ...]:
    """The messages of a reply, push or multicast, all in order."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not 1 <= len(messages) <= _MESSAGES:
        raise _refusal([(f"Size must be between 1 and {_MESSAGES}", "messages")])
    _refuse(
        [
            violation
            for number, one in enumerate(messages)
            for violation in _violations_of(one, number)
        ]
    )
    return tuple(messages)


def check_receivers(body: JsonObject) -> list[str]:
    to = body.get("to")
    if not isinstance(to, list) or not 1 <= len(to) <= _RECEIVERS:
        raise _refusal([(f"Size must be between 1 and {_RECEIVERS}", "to")])
    if not all(isinstance(one, str) for one in to):
        raise _refusal([("Must be a list of strings", "to")])
    return to


def check_flag(body: JsonObject, name: str) -> None:
    if not isinstance(body.get(name, False), bool):
        raise _refusal([("Must be true or false", name)])


def check_rich_menu(body: JsonObject) -> None:
    # Imported when needed: it takes 0.8 s.
    from linebot.v3.messaging.models.rich_menu_request import RichMenuRequest  # noqa: PLC0415

    _refuse(_model_violations(RichMenuRequest, body, ""))
    _refuse(list(_menu_violations(body)))


def _refuse(violations: list[Violation]) -> None:
    if violations:
        raise _refusal(violations)


def _refusal(violations: list[Violation]) -> RefusalError:
    plural = "s" if len(violations) > 1 else ""
    summary = f"The request body has {len(violations)} error{plural}"
    return RefusalError(400, summary, violations)


def _violations_of(message: Any, number: int) -> list[Violation]:
    # Imported when needed: it takes 0.8 s.
    from linebot.v3.messaging.models.message import Message  # noqa: PLC0415

    where = f"messages[{number}]"
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return [("May not be empty", f"{where}.type")]
    return _model_violations(Message, message, where) or list(message_violations(message, where))


def _model_violations(model: Any, body: JsonObject, where: str) -> list[Violation]:
    """What the SDK's model finds wrong. It names a violation by its innermost field only."""
    prefix = f"{where}." if where else ""
    try:
        read = model.from_dict(body).to_dict()
    except (KeyError, TypeError, AttributeError, RecursionError):
        return [("The value is not of the expected shape", where)]
    except ValueError as error:
        found = getattr(error, "errors", None)
        if found is None:
            return [("The value of the property 'type' is not supported", f"{prefix}type")]
        return [
            (str(one["msg"]), prefix + ".".join(str(part) for part in one["loc"]))
            for one in found()
        ]
    return list(_misshapen(body, read, where))


def _misshapen(given: Any, read: Any, where: str) -> Iterator[Violation]:
    """Where the models took something for an object or a list that is none: they read an empty
    text as an empty object."""
    if isinstance(read, dict | list) and type(given) is not type(read):
        yield "The value is not of the expected shape", where
    elif isinstance(read, dict):
        for name in read.keys() & given.keys():
            yield from _misshapen(given[name], read[name], f"{where}.{name}" if where else name)
    elif isinstance(read, list):
        for number, (one, its) in enumerate(zip(given, read, strict=False)):
            yield from _misshapen(one, its, f"{where}[{number}]")


def _menu_violations(menu: JsonObject) -> Iterator[Violation]:
    width, height = menu["size"]["width"], menu["size"]["height"]
    if not _MENU_WIDTHS[0] <= width <= _MENU_WIDTHS[1]:
        yield "Must be between {} and {}".format(*_MENU_WIDTHS), "size.width"
    if height < _MENU_HEIGHT or width / height < _MENU_RATIO:
        yield f"Must be at least {_MENU_HEIGHT} and width / {_MENU_RATIO} at most", "size.height"
    if utf16_length(menu["name"]) > _MENU_NAME:
        yield f"Length must be between 0 and {_MENU_NAME}", "name"
    if graphemes(menu["chatBarText"]) > _MENU_BAR:
        yield f"Length must be between 0 and {_MENU_BAR}", "chatBarText"
    if len(menu["areas"]) > _MENU_AREAS:
        yield f"Size must be between 0 and {_MENU_AREAS}", "areas"
    for number, area in enumerate(menu["areas"]):
        place = f"areas[{number}].action"
        yield from action_violations(area["action"], place, label=20, needs_label=False)
