"""What a message that is no text brings.

https://developers.line.biz/en/reference/messaging-api/#wh-image
Read for what is needed; what is strange in it is left out. Performs no I/O.
"""

from __future__ import annotations

from typing import Any

from bot.line.characters import cleaned, cut_to_units
from orchestrator_core.incoming import MediaSent, UnsupportedSent
from orchestrator_core.model import Chat, JsonObject, MediaKind, ReplyToken

_KINDS = {kind.value: kind for kind in MediaKind}
_LONGEST_NAME = 255
_LONGEST_ID = 64
#: LINE lets people choose up to 50 pictures at once.
_MOST_OF_A_SET = 100


def not_text(
    message: JsonObject,
    chat: Chat,
    person_id: str,
    token: ReplyToken | None,
    message_id: str | None,
) -> MediaSent | UnsupportedSent:
    """A sticker, a place, and what lies somewhere else than with LINE, is not taken."""
    kind = _KINDS.get(message["type"])
    provider = message.get("contentProvider")
    is_elsewhere = isinstance(provider, dict) and provider.get("type") != "line"
    if kind is None or is_elsewhere or message_id is None:
        return UnsupportedSent(
            chat=chat, person_id=person_id, reply_token=token, message_id=message_id
        )
    return MediaSent(
        chat=chat,
        person_id=person_id,
        reply_token=token,
        message_id=message_id,
        kind=kind,
        name=_name(message.get("fileName")),
        size=_number(message.get("fileSize"), 2**53),
        **_place_in_set(message.get("imageSet")),
    )


def _place_in_set(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        return {}
    set_id, total = given.get("id"), _number(given.get("total"), _MOST_OF_A_SET)
    if not isinstance(set_id, str) or not 0 < len(set_id) <= _LONGEST_ID or not total:
        return {}
    index = _number(given.get("index"), total)
    return {"set_id": cleaned(set_id), "set_index": index, "set_total": total}


def _name(given: Any) -> str | None:
    if not isinstance(given, str):
        return None
    return cut_to_units(cleaned(" ".join(given.split())), _LONGEST_NAME) or None


def _number(given: Any, most: int) -> int | None:
    return given if type(given) is int and 0 <= given <= most else None
