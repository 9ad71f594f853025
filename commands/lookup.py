"""Finding the session a person means, and showing sessions to choose from."""

from __future__ import annotations

from collections.abc import Sequence

from commands.grammar import fold
from commands.registry import Call
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Say
from orchestrator_core.model import Session

#: As many as fit below a message.
MOST_LISTED = 12


async def the_session(call: Call, reference: str) -> Session:
    """The one session meant. Raises PersonError when there is none or more than one."""
    folded = fold(reference).removeprefix("#")
    found = await call.records.sessions.find(folded)
    # The buttons that choose name sessions by number: it must never be ambiguous itself.
    numbered = [session for session in found if str(session.number) == folded]
    found = numbered or found or await call.records.sessions.find(reference)
    if not found:
        recent = await call.records.sessions.page(limit=MOST_LISTED)
        raise PersonError("session.unknown", buttons=use_buttons(recent), reference=reference)
    if len(found) > 1:
        raise PersonError("session.ambiguous", buttons=use_buttons(found), reference=reference)
    return found[0]


async def list_sessions(call: Call) -> Say:
    """The newest sessions, each a button that takes it up."""
    sessions = await call.records.sessions.page(limit=MOST_LISTED)
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
        text="\n".join([call.say("session.choose"), "", *lines]), buttons=use_buttons(sessions)
    )


def use_buttons(sessions: Sequence[Session]) -> tuple[Button, ...]:
    return tuple(
        Button(label=session.label, command=f"/use {session.number}") for session in sessions
    )
