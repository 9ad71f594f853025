"""Claude Code, as the core sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from orchestrator_core.agent_events import AgentEvent
from orchestrator_core.model import (
    JsonObject,
    ProcessMark,
    Session,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """A named way to run Claude."""

    name: str
    model: str | None = None
    system_prompt: str | None = None
    workspace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    allow: bool
    #: What Claude is told when the answer is no.
    message: str = ""


#: Asks whether a tool call that is not allowed by itself may run: tool name, input → answer.
AskPermission = Callable[[str, JsonObject], Awaitable[Verdict]]


class AgentClient(Protocol):
    """One live conversation with Claude; one turn at a time."""

    @property
    def is_alive(self) -> bool:
        """False once it is known to have died; asking it then raises AgentError."""
        ...

    def ask(self, prompt: str, *, permit: AskPermission) -> AsyncGenerator[AgentEvent, None]:
        """Carry out a turn; the last event is Finished. Raises AgentError when Claude dies."""
        ...

    async def interrupt(self) -> None:
        """End the turn under way; its events still end with Finished."""
        ...

    @property
    def process(self) -> ProcessMark | None:
        """The root of all its processes; None when there is none to name."""
        ...

    async def close(self) -> None: ...

    async def kill(self) -> None:
        """End all its processes now, whatever they do."""
        ...


class AgentLauncher(Protocol):
    async def connect(self, session: Session, profile: AgentProfile) -> AgentClient:
        """Start Claude for the session, resuming its conversation. Raises AgentError."""
        ...

    def end_process(self, process: ProcessMark) -> None:
        """End this process and all it has started, if it is one of this host and still lives."""
        ...
