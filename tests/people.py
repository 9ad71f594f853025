"""Who talks to Denrei in tests, where, and what they say."""

from __future__ import annotations

from orchestrator_core.incoming import TextSaid
from orchestrator_core.model import Chat, ChatKind, Origin, ReplyToken

OWNER, OTHER_OWNER, STRANGER = "U-owner", "U-second", "U-stranger"
HOME = Chat(id=OWNER, kind=ChatKind.USER)
GROUP = Chat(id="C-group", kind=ChatKind.GROUP)


def at_home(person_id: str = OWNER, reply_token: ReplyToken | None = None) -> Origin:
    chat = Chat(id=person_id, kind=ChatKind.USER)
    return Origin(chat=chat, person_id=person_id, reply_token=reply_token)


def says(
    text: str,
    *,
    person_id: str = OWNER,
    chat: Chat | None = None,
    reply_token: ReplyToken | None = None,
) -> TextSaid:
    where = chat or Chat(id=person_id, kind=ChatKind.USER)
    return TextSaid(chat=where, person_id=person_id, text=text, reply_token=reply_token)
