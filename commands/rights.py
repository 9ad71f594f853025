"""Asks the table of rights on behalf of the one who calls, and says no."""

from __future__ import annotations

from commands.registry import Call
from orchestrator_core.agents import DEFAULT_AGENT
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button
from orchestrator_core.rights import Action, may


def demand(call: Call, action: str) -> None:
    """Raises PersonError when the caller's role does not allow it."""
    role = call.person.role
    if not may(role, action):
        raise PersonError(f"rights.refused.{role}", buttons=_instead(call))


def demand_agent(call: Call, name: str) -> None:
    """Raises PersonError when the caller may not use this agent, or be in its sessions."""
    if not call.agents.admits(call.person, name):
        raise PersonError("rights.agent", name=name, buttons=agent_buttons(call, "/new @"))


def agent_for(call: Call, name: str | None) -> str:
    """The agent a new session of this chat starts with. Raises PersonError when there is none
    of this name, or the caller may not use it."""
    if name is None:
        # The default one is not everybody's.
        open_to = call.agents.open_to(call.person)
        name = open_to[0] if open_to else DEFAULT_AGENT
    elif name.casefold() not in call.agents.profiles:
        raise PersonError("agent.unknown", name=name, buttons=agent_buttons(call, "/new @"))
    demand_agent(call, name.casefold())
    return name.casefold()


def agent_buttons(call: Call, command: str) -> tuple[Button, ...]:
    """One for each agent that the caller may use."""
    return tuple(
        Button(label=f"@{name}", command=f"{command}{name}")
        for name in call.agents.open_to(call.person)
    )


def _instead(call: Call) -> tuple[Button, ...]:
    if not may(call.person.role, Action.STATUS):
        return ()
    return (Button(label=call.say("button.status"), command="/status"),)
