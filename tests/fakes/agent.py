"""A Claude that plays a script: no process, no network, no time."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from orchestrator_core.agent_events import (
    AgentEvent,
    Finished,
    Opened,
    TextWritten,
    ToolCalled,
    ToolFinished,
)
from orchestrator_core.errors import AgentError, AgentRefusedError
from orchestrator_core.model import Decision, JsonObject, ProcessMark, Ruling, Session
from orchestrator_core.ports import AgentProfile, AskPermission, Picture

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class UseTool:
    """A step of a script: ask for permission as Claude does, then tell how it went."""

    tool: str
    tool_input: JsonObject
    call_id: str = "call-1"
    #: What the policy says of it.
    ruling: Ruling = field(default_factory=lambda: Ruling(decision=Decision.ASK))


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A step of a script: wait until `event` is set or the turn is interrupted."""

    event: asyncio.Event


Step = AgentEvent | UseTool | Hold | Exception
#: What happens for a prompt; an Exception instead of steps is raised at once.
Script = Callable[[str], Sequence[Step] | Exception]


def finished(
    text: str = "", *, cost: str = "0.01", reason: str = "success", is_error: bool = False
) -> Finished:
    return Finished(
        text=text,
        is_error=is_error,
        reason=reason,
        cost_usd=Decimal(cost),
        reported_total_usd=Decimal(cost),
        usage={"input_tokens": 100, "output_tokens": 20},
    )


def answer(text: str, *, cost: str = "0.01") -> list[Step]:
    """The script of a turn that only says something."""
    return [TextWritten(text=text), finished(text, cost=cost)]


def echo(prompt: str) -> list[Step]:
    return answer(f"You wrote: {prompt}")


@dataclass(slots=True)
class FakeAgentLauncher:
    """An AgentLauncher whose clients play `script` and note what is done to them.

    A script that does not end in Finished, and one that was interrupted, gets one at its end.
    """

    script: Script = echo
    #: Raised by the next connects, one each.
    connect_errors: deque[Exception] = field(default_factory=deque)
    clients: list[FakeAgentClient] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    #: What was shown with them, in order.
    pictures: list[Picture] = field(default_factory=list)
    interrupts: int = 0
    closes: list[str] = field(default_factory=list)
    #: Sessions whose client was ended by force.
    kills: list[str] = field(default_factory=list)
    #: Processes that were to be ended.
    ended: list[ProcessMark] = field(default_factory=list)
    #: What permit answered, in order.
    verdicts: list[bool] = field(default_factory=list)
    #: Conversations by Claude's id: what was asked in them.
    conversations: dict[str, list[str]] = field(default_factory=dict)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def connect(self, session: Session, profile: AgentProfile) -> FakeAgentClient:
        if self.connect_errors:
            raise self.connect_errors.popleft()
        resumed = session.claude_session_id or session.forked_from
        if resumed is not None and resumed not in self.conversations:
            raise AgentRefusedError("no_conversation")
        client = FakeAgentClient(self, session, profile)
        self.clients.append(client)
        return client

    def end_process(self, process: ProcessMark) -> None:
        self.ended.append(process)
        for client in self.clients:
            if client.process == process:
                client.die()

    async def wait_for_prompt(self, marker: str, *, count: int = 1, timeout: float = 5) -> None:
        """Until `count` prompts that contain the marker were asked."""

        def asked() -> bool:
            return sum(marker in prompt for prompt in self.prompts) >= count

        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(asked)

    async def note_prompt(self, claude_session_id: str, prompt: str) -> None:
        self.prompts.append(prompt)
        self.conversations.setdefault(claude_session_id, []).append(prompt)
        async with self._changed:
            self._changed.notify_all()


class FakeAgentClient:
    def __init__(
        self, launcher: FakeAgentLauncher, session: Session, profile: AgentProfile
    ) -> None:
        self._launcher = launcher
        self.session = session
        self.profile = profile
        self.is_alive = True
        self._claude_session_id = session.claude_session_id
        copied = None if self._claude_session_id else session.forked_from
        #: What was asked in the conversation that this one begins as a copy of.
        self._copied = list(launcher.conversations[copied]) if copied else []
        self._total = session.reported_total_usd
        self._interrupted = asyncio.Event()
        self._busy = False

    async def ask(
        self, prompt: str, *, permit: AskPermission, pictures: Sequence[Picture] = ()
    ) -> AsyncGenerator[AgentEvent, None]:
        if self._busy or not self.is_alive:
            raise AgentError("not ready for a turn")
        self._busy = True
        self._interrupted.clear()
        self._launcher.pictures.extend(pictures)
        try:
            async for event in self._play(prompt, permit):
                yield event
        finally:
            self._busy = False

    async def interrupt(self) -> None:
        if self._busy:
            self._launcher.interrupts += 1
            self._interrupted.set()

    async def close(self) -> None:
        if self.is_alive:
            self.die()
            self._launcher.closes.append(self.session.id)

    @property
    def process(self) -> ProcessMark:
        number = self._launcher.clients.index(self) + 1
        return ProcessMark(host="here", pid=number, started="then")

    async def kill(self) -> None:
        if self.is_alive:
            self.die()
            self._launcher.kills.append(self.session.id)

    def die(self) -> None:
        """As when the process was killed: a turn under way ends in AgentError."""
        self.is_alive = False
        self._interrupted.set()

    async def _play(self, prompt: str, permit: AskPermission) -> AsyncGenerator[AgentEvent, None]:
        if self._claude_session_id is None:
            self._claude_session_id = str(uuid.uuid4())
            self._launcher.conversations[self._claude_session_id] = self._copied
            yield Opened(claude_session_id=self._claude_session_id)
        await self._launcher.note_prompt(self._claude_session_id, prompt)
        script = self._launcher.script(prompt)
        for step in [script] if isinstance(script, Exception) else script:
            async for event in self._carry_out(step, permit):
                yield event
                if isinstance(event, Finished):
                    return
            if not self.is_alive:
                raise AgentError("the client has died")
            if self._interrupted.is_set():
                break
        stopped = self._interrupted.is_set()
        yield self._ending(finished(reason="aborted_streaming" if stopped else "success"))

    async def _carry_out(
        self, step: Step, permit: AskPermission
    ) -> AsyncGenerator[AgentEvent, None]:
        match step:
            case Exception():
                raise step
            case Hold():
                await self._unless_interrupted(step.event.wait())
            case UseTool():
                yield ToolCalled(call_id=step.call_id, tool=step.tool, tool_input=step.tool_input)
                asking = permit(step.tool, step.tool_input, step.ruling)
                verdict = await self._unless_interrupted(asking)
                if verdict is not None:
                    self._launcher.verdicts.append(verdict.allow)
                    yield ToolFinished(call_id=step.call_id, is_error=not verdict.allow)
            case Finished():
                yield self._ending(step)
            case _:
                yield step

    async def _unless_interrupted(self, waiting: Awaitable[T]) -> T | None:
        """What was waited for; None when the turn was interrupted first, which cancels it."""
        work = asyncio.ensure_future(waiting)
        stop = asyncio.ensure_future(self._interrupted.wait())
        try:
            await asyncio.wait([work, stop], return_when=asyncio.FIRST_COMPLETED)
            return await work if work.done() else None
        finally:
            for task in (work, stop):
                task.cancel()
            await asyncio.wait([work, stop])

    def _ending(self, event: Finished) -> Finished:
        self._total += event.cost_usd
        return replace(event, reported_total_usd=self._total)
