"""Finding the session a person means, and showing sessions to choose from.

Sessions of agents that the person may not use are not there for them.
"""

from __future__ import annotations

from collections.abc import Sequence

from commands.grammar import fold
from commands.registry import Call
from commands.rights import demand_agent
from orchestrator_core.desk import SessionDesk
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Say
from orchestrator_core.model import Session
from orchestrator_core.rights import Action, may

#: As many as fit below a message.
MOST_LISTED = 12
_MOST_PAGES = 10


async def the_session(call: Call, reference: str) -> Session:
    """The one session meant. Raises PersonError when there is none or more than one."""
    found = await find_visible(call, reference)
    if not found:
        buttons = use_buttons(call, await _recent(call))
        raise PersonError("session.unknown", buttons=buttons, reference=reference)
    if len(found) > 1:
        buttons = use_buttons(call, found)
        raise PersonError("session.ambiguous", buttons=buttons, reference=reference)
    return found[0]


async def find_visible(call: Call, reference: str) -> list[Session]:
    """Those a person may mean by it: one, by its number, whatever others are called."""
    folded = fold(reference).removeprefix("#")
    found = await _visible(call, folded)
    # The buttons that choose name sessions by number: it must never be ambiguous itself.
    numbered = [session for session in found if str(session.number) == folded]
    return numbered or found or await _visible(call, reference)


async def the_current(call: Call, desk: SessionDesk) -> Session | None:
    """The chat's current session; None where there is none. Raises PersonError when it is not
    for this person."""
    session = await desk.current(call.records, call.chat)
    if session is not None:
        demand_agent(call, session.agent)
    return session


async def list_sessions(call: Call) -> Say:
    """The newest sessions, each a button that takes it up."""
    sessions = await _recent(call)
    if not sessions:
        return Say(
            text=call.say("session.none"),
            buttons=(Button(label=call.say("button.new"), command="/new"),),
        )
    lines = [
        call.say("session.line", label=session.label, state=call.say(f"state.{session.state}"))
        for session in sessions
    ]
    return Say(
        text="\n".join([call.say("session.choose"), "", *lines]),
        buttons=use_buttons(call, sessions),
    )


def use_buttons(call: Call, sessions: Sequence[Session]) -> tuple[Button, ...]:
    """What the person can do with them: take one up, or only look at it."""
    word = "use" if may(call.person.role, Action.USE) else "status"
    return tuple(
        Button(label=session.label, command=f"/{word} {session.number}") for session in sessions
    )


async def _visible(call: Call, reference: str) -> list[Session]:
    found = await call.records.sessions.find(reference)
    return [one for one in found if call.agents.admits(call.person, one.agent)]


async def _recent(call: Call) -> list[Session]:
    """The newest that the person may see, out of not too many."""
    seen: list[Session] = []
    before: int | None = None
    for _ in range(_MOST_PAGES):
        page = await call.records.sessions.page(limit=MOST_LISTED, before_number=before)
        seen += [one for one in page if call.agents.admits(call.person, one.agent)]
        if len(seen) >= MOST_LISTED or len(page) < MOST_LISTED:
            break
        before = page[-1].number
    return seen[:MOST_LISTED]
