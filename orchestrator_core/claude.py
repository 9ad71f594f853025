"""Drives one Claude Code process through claude-agent-sdk; the only importer of that library.

Its messages become `agent_events`, its errors AgentErrors, its permission questions go to the
policy and then to whoever asked for the turn. Importing this takes a second:
`claude_launcher` does it when it must.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import claude_agent_sdk as sdk

from orchestrator_core.agent_events import (
    AgentEvent,
    Opened,
    TextWritten,
    ToolCalled,
    ToolFinished,
)
from orchestrator_core.claude_counting import Counting, counter_home, tells_usage
from orchestrator_core.claude_ending import ClientEnd
from orchestrator_core.claude_launcher import ClaudeOptions
from orchestrator_core.claude_messages import cost_report, finished, retried
from orchestrator_core.claude_permissions import Gatekeeper
from orchestrator_core.claude_pictures import Asked, asked_with
from orchestrator_core.claude_processes import MARK, end_processes_of
from orchestrator_core.claude_setup import setup_for
from orchestrator_core.claude_transcript_files import lay_out
from orchestrator_core.claude_transcripts import mirror_for
from orchestrator_core.errors import AgentError, AgentRefusedError
from orchestrator_core.model import JsonObject, ProcessMark, Session
from orchestrator_core.ports import AgentProfile, AskPermission, Picture

logger = logging.getLogger(__name__)

_NO_USE_RETRYING = (401, 403)
_REFUSALS = {"authentication_failed": "auth", "billing_error": "billing"}


class ClaudeClient:
    """The AgentClient of the real Claude Code. Made by `connect`."""

    def __init__(self, options: ClaudeOptions, session: Session, profile: AgentProfile) -> None:
        self._session_id = session.id
        self._grace = options.grace
        mark = f"{options.mark_of(session)}{uuid.uuid4().hex}"
        self._end = ClientEnd(mark, grace=options.grace)
        self._gatekeeper = Gatekeeper(options.policy, profile, Path(session.workspace))
        self._mirror = mirror_for(options, session)
        env = options.cli_environment(profile) | options.warden_environment(profile)
        self._sdk = sdk.ClaudeSDKClient(
            sdk.ClaudeAgentOptions(
                **setup_for(options, session, profile),
                session_store=cast("sdk.SessionStore | None", self._mirror),
                env=env | {MARK: mark},
                can_use_tool=self._can_use_tool,
                hooks={"PreToolUse": [sdk.HookMatcher(hooks=[self._before], on_failure="block")]},
            )
        )
        home = counter_home(options.environment.get("CLAUDE_CONFIG_DIR", ""))
        self._counting = Counting(home=home, reported_usd=session.reported_total_usd)
        self._claude_session_id = session.claude_session_id
        #: The last message of the conversation's own.
        self._head: str | None = None
        # Read ahead without bound: a slow listener must not hold up the answer to an interrupt,
        # which comes on the same pipe. A turn's messages are the most it can hold.
        self._inbox: asyncio.Queue[sdk.Message | AgentError] = asyncio.Queue()
        self._turn_over = asyncio.Event()
        self._turn_over.set()
        self._reading: asyncio.Task[None] | None = None
        self._ended: AgentError | None = None

    @classmethod
    async def connect(
        cls, options: ClaudeOptions, session: Session, profile: AgentProfile
    ) -> ClaudeClient:
        client = cls(options, session, profile)
        # What a gateway that was killed left running must not go on beside us.
        await asyncio.to_thread(end_processes_of, options.mark_of(session))
        if profile.run_as is None:
            # Another user's home is theirs: nothing is written there in our name.
            project = sdk.project_key_for_directory(session.workspace)
            await lay_out(options, session, project=project)
        try:
            await client._sdk.connect()
            client._end.note_root(client._sdk._transport)  # noqa: SLF001 - as said there
            await client._counting.ask_beginning(client._request)
        except Exception as error:
            raise _agent_error(error) from error
        else:
            client._reading = asyncio.create_task(client._read())
        finally:
            if client._reading is None:
                # A cancelled start leaves a process behind otherwise.
                client._end.now()
        return client

    @property
    def is_alive(self) -> bool:
        return self._ended is None

    @property
    def process(self) -> ProcessMark | None:
        return self._end.root

    @property
    def pids(self) -> list[int]:
        """The warden, the CLI and what its tools have started, as far as they can be found."""
        return self._end.pids

    async def ask(
        self, prompt: str, *, permit: AskPermission, pictures: Sequence[Picture] = ()
    ) -> AsyncGenerator[AgentEvent, None]:
        await self._begin(asked_with(prompt, pictures), permit)
        try:
            for beginning in self._counting.beginning():
                yield beginning
            while True:
                message = await self._inbox.get()
                if isinstance(message, AgentError):
                    raise message
                for event in self._events(message):
                    yield event
                if isinstance(message, sdk.ResultMessage):
                    return
        finally:
            # The next turn must find the client idle, however this one was left.
            await self.interrupt()
            self._gatekeeper.forget()
            self._forget_leftovers()

    async def interrupt(self) -> None:
        if self._turn_over.is_set():
            return
        try:
            async with asyncio.timeout(self._grace):
                await self._sdk.interrupt()
                await self._turn_over.wait()
        except Exception:
            logger.exception("claude did not stop", extra={"session_id": self._session_id})
            await self._end.by_force()
            await self._end.of_reading(self._reading)
            self._turn_over.set()

    async def close(self) -> None:
        """In good order, so that the transcript and the costs are saved; else by force."""
        try:
            await self.interrupt()
        finally:
            await self._leave()

    async def kill(self) -> None:
        await self._end.by_force()
        await self._leave()

    async def _leave(self) -> None:
        try:
            await self._end.leave(self._sdk.disconnect, self._reading)
        finally:
            if self._mirror is not None:
                await self._mirror.close(self._grace)

    async def _begin(self, prompt: Asked, permit: AskPermission) -> None:
        if not self._turn_over.is_set():
            raise AgentError("a turn is under way already")
        if self._ended is not None:
            raise self._ended
        self._forget_leftovers()
        self._turn_over.clear()
        self._gatekeeper.permit = permit
        try:
            await self._sdk.query(prompt)
        except Exception as error:
            self._turn_over.set()
            raise _agent_error(error) from error

    async def _request(self, asked: JsonObject) -> Any:
        """Ask the CLI what no public call asks it."""
        query: Any = self._sdk._query  # noqa: SLF001 - as said above
        return await query._send_control_request(asked)  # noqa: SLF001

    def _forget_leftovers(self) -> None:
        while not self._inbox.empty():
            self._inbox.get_nowait()

    async def _read(self) -> None:
        ended = AgentError("Claude Code has ended")
        try:
            async for message in self._sdk.receive_messages():
                if isinstance(message, sdk.StreamEvent) and not tells_usage(message.event):
                    continue
                self._inbox.put_nowait(message)
                if isinstance(message, sdk.AssistantMessage) and not message.parent_tool_use_id:
                    self._head = message.uuid or self._head
                if isinstance(message, sdk.ResultMessage):
                    self._counting.read(cost_report(message))
                    self._turn_over.set()
        except Exception as error:  # noqa: BLE001 - its text may quote what Claude wrote
            name = type(error).__name__
            logger.error("claude died", extra={"session_id": self._session_id, "error": name})  # noqa: TRY400
            ended = _agent_error(error)
            # Its warden may have been killed, and the tools' processes live on.
            await self._end.by_force()
        finally:
            self._ended = ended
            self._inbox.put_nowait(ended)
            self._turn_over.set()

    def _events(self, message: sdk.Message) -> Iterator[AgentEvent]:
        # Not on its first mention: before the model has answered nothing is on disk, and
        # resuming a conversation that was never written fails for ever.
        if isinstance(message, sdk.AssistantMessage | sdk.ResultMessage) and (
            message.session_id and message.session_id != self._claude_session_id
        ):
            self._claude_session_id = message.session_id
            yield Opened(claude_session_id=message.session_id)
        match message:
            case sdk.SystemMessage(subtype="api_retry", data=data):
                if data.get("error_status") in _NO_USE_RETRYING:
                    raise AgentRefusedError("auth")
                yield retried(data)
            case sdk.StreamEvent(event=event, parent_tool_use_id=parent):
                yield from self._counting.streamed(event, parent)
            case sdk.AssistantMessage(message_id=call_id, model=model, usage=usage):
                yield from self._counting.spoken(call_id, model, usage)
                yield from _spoken(message)
            case sdk.UserMessage(content=list(blocks)):
                yield from _tool_ends(blocks)
            case sdk.ResultMessage():
                cost = self._counting.take()
                yield finished(message, cost, home=self._counting.home, head=self._head)
            case _:
                pass

    async def _before(
        self, hook: sdk.HookInput, call_id: str | None, _context: sdk.HookContext
    ) -> sdk.HookJSONOutput:
        decision, reason = await self._gatekeeper.before(cast("JsonObject", hook), call_id)
        answer = sdk.PreToolUseHookSpecificOutput(
            hookEventName="PreToolUse", permissionDecision=decision.value
        )
        if reason:
            answer["permissionDecisionReason"] = reason
        return {"hookSpecificOutput": answer}

    async def _can_use_tool(
        self, tool: str, tool_input: JsonObject, context: sdk.ToolPermissionContext
    ) -> sdk.PermissionResult:
        verdict = await self._gatekeeper.ask(
            tool, tool_input, context.tool_use_id, why=context.decision_reason or ""
        )
        if not verdict.allow:
            return sdk.PermissionResultDeny(message=verdict.message)
        return sdk.PermissionResultAllow(updated_input=verdict.updated_input)


def _spoken(message: sdk.AssistantMessage) -> Iterator[AgentEvent]:
    if message.error in _REFUSALS:
        raise AgentRefusedError(_REFUSALS[message.error])
    for block in message.content:
        match block:
            # What a subagent says is for the agent; what the CLI says about an error is in
            # the result.
            case sdk.TextBlock(text=text) if not (message.parent_tool_use_id or message.error):
                yield TextWritten(text=text)
            case sdk.ToolUseBlock(id=call_id, name=tool, input=tool_input):
                yield ToolCalled(call_id=call_id, tool=tool, tool_input=tool_input)


def _tool_ends(blocks: list[Any]) -> Iterator[ToolFinished]:
    for block in blocks:
        if isinstance(block, sdk.ToolResultBlock):
            yield ToolFinished(call_id=block.tool_use_id, is_error=bool(block.is_error))


def _agent_error(error: Exception) -> AgentError:
    if isinstance(error, sdk.CLINotFoundError) or isinstance(error.__cause__, PermissionError):
        return AgentRefusedError("no_cli")
    if "Working directory does not exist" in str(error):
        return AgentRefusedError("no_workspace")
    if "No conversation found" in str(error):
        return AgentRefusedError("no_conversation")
    return AgentError(f"Claude Code failed: {type(error).__name__}")
