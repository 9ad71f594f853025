"""Which session is meant where one may be named first: `#3 text`, `@api-fix text`."""

from __future__ import annotations

import re
from dataclasses import replace

from commands.lookup import find_visible, the_current, the_session
from commands.registry import Call
from commands.rights import demand_agent
from orchestrator_core.desk import SessionDesk
from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import TextSaid
from orchestrator_core.messages import Button
from orchestrator_core.model import Session

_NAMED = re.compile(r"\s*[#＃](?P<name>\S+)(?:\s+(?P<rest>.*))?", re.DOTALL)
_ADDRESSED = re.compile(r"\s*[@＠][#＃]?(?P<name>[^\s@＠]+)(?:\s+(?P<rest>.*))?", re.DOTALL)


async def the_meant(call: Call, desk: SessionDesk, reference: str = "") -> Session:
    """The one named, else the chat's current one. Raises PersonError when there is none."""
    if reference:
        return await the_session(call, reference)
    current = await the_current(call, desk)
    if current is None:
        raise PersonError("session.none")
    return current


async def named_first(call: Call, desk: SessionDesk) -> tuple[Session, Call]:
    """`#3 rest` → that session and the rest; without `#`, the current one and all of it."""
    match = _NAMED.fullmatch(call.argument)
    if match is None:
        return await the_meant(call, desk), call
    rest = replace(call, argument=(match["rest"] or "").strip())
    return await the_session(call, match["name"]), rest


def addressed(text: str) -> tuple[str, str] | None:
    """`@name rest` → both; None for a text that is for nobody by name."""
    match = _ADDRESSED.fullmatch(text)
    return (match["name"], (match["rest"] or "").strip()) if match else None


async def the_addressed(call: Call, name: str, text: str) -> Session:
    """Raises PersonError where no session or more than one has this name; its buttons send the
    text to one of them."""
    found = await find_visible(call, name)
    if len(found) == 1:
        return found[0]
    if found:
        buttons = tuple(
            Button(label=one.label, command=f"@{one.number} {text}".strip()) for one in found
        )
        raise PersonError("session.ambiguous", buttons=buttons, reference=name)
    new = f"/new @{name} {text}".strip()
    is_agent = name.casefold() in call.agents.open_to(call.person)
    buttons = (Button(label=call.say("button.new"), command=new),) if is_agent else ()
    raise PersonError("address.unknown", buttons=buttons, name=name)


async def the_quoted(call: Call, said: TextSaid) -> Session | None:
    """The session that wrote what is quoted, or was asked it; None where nobody can tell.

    Raises PersonError when it is not for this person.
    """
    if said.quoted_message_id is None:
        return None
    records, chat_id = call.records, call.chat.id
    session_id = await records.sent_messages.session_of(chat_id, said.quoted_message_id)
    if session_id is None:
        asked = await records.withdrawals.turns_of(chat_id, said.quoted_message_id)
        session_id = asked[0].session_id if asked else None
    session = await records.sessions.get(session_id) if session_id else None
    if session is not None:
        demand_agent(call, session.agent)
    return session
