"""`/more [#session] [page]`: on in an answer that is longer than a page, and its buttons."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from commands.addressing import named_first
from commands.grammar import fold
from commands.registry import Call
from commands.rights import demand_agent
from orchestrator_core.answers import answer_of
from orchestrator_core.desk import SessionDesk
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Message, PageTap

#: What follows the page that came by itself.
_NEXT = 2
_PAGE = re.compile(r"[1-9][0-9]{0,5}")


@dataclass(frozen=True, slots=True)
class More:
    desk: SessionDesk

    name: ClassVar[str] = "more"
    aliases: ClassVar[tuple[str, ...]] = ("続き", "更多", "เพิ่มเติม")

    async def run(self, call: Call) -> list[Message]:
        session, call = await named_first(call, self.desk)
        asked = fold(call.argument)
        if asked and not _PAGE.fullmatch(asked):
            raise PersonError("more.no_page")
        last = await call.records.log.answer(session.id)
        if last is None or not last.text.strip():
            raise PersonError("more.none", label=session.label)
        page = int(asked) if asked else _NEXT
        return [answer_of(session, last.turn_id, last.text, call.say, page=page)]


async def take_page(call: Call, tap: PageTap) -> list[Message]:
    """Raises PersonError when there is no such answer any more."""
    session = await call.records.sessions.get(tap.session_id)
    if session is None:
        raise PersonError("more.gone")
    demand_agent(call, session.agent)
    answer = await call.records.log.answer(session.id, turn_id=tap.turn_id)
    if answer is None or not answer.text.strip():
        raise PersonError("more.gone")
    return [answer_of(session, answer.turn_id, answer.text, call.say, page=tap.page)]
