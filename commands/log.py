"""`/log [session]`: the conversation of a session, page by page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from commands.addressing import the_meant
from commands.grammar import fold
from commands.registry import Call
from commands.status import age
from orchestrator_core.desk import SessionDesk
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import Session, SessionMessage

PAGE = 6
#: Of each message; the whole of a longer one has a button.
SHOWN_CHARACTERS = 300
_MOST_BUTTONS = 4
_AT = re.compile(
    r"(?P<session>.*?)\s*\b(?P<how>before|whole|前|全文)\s+(?P<id>\d{1,18})", re.DOTALL
)
_WHOLE = frozenset({"whole", "全文"})


@dataclass(frozen=True, slots=True)
class Log:
    desk: SessionDesk

    name: ClassVar[str] = "log"
    aliases: ClassVar[tuple[str, ...]] = ("履歴",)

    async def run(self, call: Call) -> list[Message]:
        at = _AT.fullmatch(fold(call.argument))
        session = await the_meant(call, self.desk, at["session"] if at else call.argument)
        if at and at["how"] in _WHOLE:
            return [await _whole(call, session, int(at["id"]))]
        return [await _page(call, session, int(at["id"]) if at else None)]


async def _page(call: Call, session: Session, before: int | None) -> Say:
    log = call.records.log
    # One more tells whether there is anything before them.
    found = await log.messages(session.id, limit=PAGE + 1, before_id=before)
    shown = found[-PAGE:]
    if not shown:
        raise PersonError("log.empty", label=session.label)
    cut = [one for one in shown if len(one.text) > SHOWN_CHARACTERS]
    buttons = [
        Button(
            label=call.say("log.whole", id=one.id), command=f"/log {session.number} whole {one.id}"
        )
        for one in cut[-_MOST_BUTTONS:]
    ]
    if len(found) > PAGE:
        earlier = f"/log {session.number} before {shown[0].id}"
        buttons.insert(0, Button(label=call.say("button.earlier"), command=earlier))
    parts = [session.label, *(_entry(call, one, whole=False) for one in shown)]
    return Say(text="\n\n".join(parts), buttons=tuple(buttons))


async def _whole(call: Call, session: Session, message_id: int) -> Say:
    found = await call.records.log.messages(session.id, limit=1, before_id=message_id + 1)
    if not found or found[0].id != message_id:
        raise PersonError("log.no_such", id=message_id, label=session.label)
    back = f"/log {session.number}"
    button = Button(label=call.say("button.log"), command=back)
    return Say(text=_entry(call, found[0], whole=True), buttons=(button,))


def _entry(call: Call, message: SessionMessage, *, whole: bool) -> str:
    say = call.say
    head = say(f"log.{message.role}", id=message.id, age=age(call.now - message.created_at, say))
    text = message.text.strip() or say("log.taken_back")
    if not whole and len(text) > SHOWN_CHARACTERS:
        text = text[:SHOWN_CHARACTERS].rstrip() + " …"
    return f"{head}\n{text}"
