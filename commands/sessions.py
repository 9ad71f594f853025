"""`/sessions [text]`: all sessions, page by page, or those whose name says this."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from commands.grammar import fold
from commands.lookup import use_buttons
from commands.registry import Call
from commands.status import age
from orchestrator_core.messages import Button, Card, Fact, Message, Say
from orchestrator_core.model import Session

#: With the button to the next page as many as a card has room for.
PAGE = 5
#: How many are looked through before the person is asked whether to go on.
MOST_LOOKED_AT = 500
_CHUNK = 100
_BEFORE = re.compile(r"(?P<text>.*?)\s*[<＜]\s*[#＃]?(?P<before>\d{1,18})", re.DOTALL)


class _Found(NamedTuple):
    sessions: list[Session]
    #: Where to go on; None: there is nothing more.
    before: int | None


@dataclass(frozen=True, slots=True)
class Sessions:
    name: ClassVar[str] = "sessions"
    aliases: ClassVar[tuple[str, ...]] = ("一覧", "列表", "เซสชัน", "ls")

    async def run(self, call: Call) -> list[Message]:
        paged = _BEFORE.fullmatch(call.argument)
        text = paged["text"] if paged else call.argument
        found = await _find(call, fold(text), int(paged["before"]) if paged else None)
        if not found.sessions and found.before is None:
            return [_nothing(call, text)]
        return [_card(call, text, found)]


async def _find(call: Call, wanted: str, before: int | None) -> _Found:
    """The newest below `before`, out of not too many."""
    seen: list[Session] = []
    for _ in range(MOST_LOOKED_AT // _CHUNK):
        page = await call.records.sessions.page(limit=_CHUNK, before_number=before)
        for session in page:
            if _is_meant(call, session, wanted):
                if len(seen) == PAGE:
                    return _Found(seen, seen[-1].number)
                seen.append(session)
        if len(page) < _CHUNK:
            return _Found(seen, None)
        before = page[-1].number
    return _Found(seen, before)


def _is_meant(call: Call, session: Session, wanted: str) -> bool:
    if not call.agents.admits(call.person, session.agent):
        return False
    return wanted.removeprefix("@") in fold(f"{session.name or ''}\n{session.agent}")


def _card(call: Call, text: str, found: _Found) -> Card:
    say = call.say
    title = say("sessions.matching", text=text) if text else say("sessions.title")
    buttons = use_buttons(call, found.sessions)
    if found.before is not None:
        older = f"/sessions {text} < {found.before}".replace("  ", " ")
        buttons += (Button(label=say("button.older"), command=older),)
    return Card(
        title=title,
        summary=", ".join(one.label for one in found.sessions) or title,
        text="" if found.sessions else say("sessions.not_so_far"),
        facts=tuple(_fact(call, one) for one in found.sessions),
        buttons=buttons,
    )


def _fact(call: Call, session: Session) -> Fact:
    say = call.say
    parts = [
        say(f"state.{session.state}"),
        say.money(session.cost_usd),
        say("sessions.ago", age=age(call.now - session.updated_at, say)),
    ]
    name = f"{session.name}\n" if session.name else ""
    return Fact(label=f"#{session.number}", value=name + " · ".join(parts))


def _nothing(call: Call, text: str) -> Say:
    if text:
        every = Button(label=call.say("button.sessions"), command="/sessions")
        return Say(text=call.say("sessions.none_matching", text=text), buttons=(every,))
    new = Button(label=call.say("button.new"), command="/new")
    return Say(text=call.say("session.none"), buttons=(new,))
