"""Claude Code, as the core sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Protocol

from orchestrator_core.agent_events import AgentEvent
from orchestrator_core.model import (
    JsonObject,
    Mode,
    ProcessMark,
    Ruling,
    Session,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """Claude Code's own walls around the commands it runs; it asks nobody to leave them."""

    #: Hosts that commands may reach; none of them: no network.
    domains: tuple[str, ...] = ()
    #: Directories besides the workspace that commands may write to.
    writable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProfile:
    """A named way to run Claude."""

    name: str
    model: str | None = None
    system_prompt: str | None = None
    workspace: str | None = None
    #: What runs unasked unless the guard objects, as `tool_rules` reads it.
    allowed_tools: tuple[str, ...] = ()
    #: The guard's rules that do not count for it.
    relaxed: tuple[str, ...] = ()
    #: MCP servers by name, with `${NAME}` where a secret goes.
    mcp_servers: Mapping[str, JsonObject] = field(default_factory=dict)
    #: What goes there. For the servers alone.
    mcp_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Which of a checkout's and the user's own settings count.
    setting_sources: tuple[str, ...] = ()
    #: A turn that takes longer is stopped; None: as for every agent.
    timeout: timedelta | None = None
    #: None: its commands run without one.
    sandbox: Sandbox | None = None
    #: The user of the operating system it runs as; None: Denrei's own.
    run_as: str | None = None
    #: What it may cost until it ends; None: no limit.
    max_budget_usd: Decimal | None = None
    #: How freely it works; a session's own choice.
    mode: Mode = Mode.DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    allow: bool
    #: What Claude is told when the answer is no.
    message: str = ""
    #: In place of what Claude gave; None: that.
    updated_input: JsonObject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What Claude is told of a turn."""

    text: str
    #: That it is shown with it.
    pictures: tuple[Picture, ...] = ()


#: Told of every tool call before it runs: tool name, input, what the policy says of it → the
#: answer. A ruling that asks is put to a person; the others are written down.
AskPermission = Callable[[str, JsonObject, Ruling], Awaitable[Verdict]]


class AgentClient(Protocol):
    """One live conversation with Claude; one turn at a time."""

    @property
    def is_alive(self) -> bool:
        """False once it is known to have died; asking it then raises AgentError."""
        ...

    def ask(
        self, prompt: str, *, permit: AskPermission, pictures: Sequence[Picture] = ()
    ) -> AsyncGenerator[AgentEvent, None]:
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
