"""One run of a turn: ask Claude, write down what it tells, end it early when asked to."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from orchestrator_core.agent_events import (
    ApiRetried,
    Counted,
    Finished,
    Opened,
    Told,
)
from orchestrator_core.approvals import ApprovalDesk
from orchestrator_core.beginnings import Beginnings
from orchestrator_core.errors import AgentError, AgentRefusedError, LeaseLostError
from orchestrator_core.leases import LeaseKeeper
from orchestrator_core.loading import Loading, loading_shown
from orchestrator_core.metering import EXHAUSTED, Metering
from orchestrator_core.model import Decision, JsonObject, Lease, Ruling, Session, Turn
from orchestrator_core.offering import Offers
from orchestrator_core.ports import (
    AgentClient,
    AgentProfile,
    Clock,
    Messenger,
    Metrics,
    Prompt,
    Records,
    Store,
    Verdict,
)
from orchestrator_core.progress import tell_of_retry
from orchestrator_core.prompt_words import PromptWords
from orchestrator_core.run_notes import note_event, update_session
from orchestrator_core.run_outcome import Ending, RunResult
from orchestrator_core.warm_clients import WarmClients

logger = logging.getLogger(__name__)

#: How long an interrupted Claude may take to wind up before it is ended hard.
INTERRUPT_GRACE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTools:
    """What every run works with."""

    store: Store
    clients: WarmClients
    leases: LeaseKeeper
    approvals: ApprovalDesk
    messenger: Messenger
    clock: Clock
    metrics: Metrics
    timeout: timedelta
    #: None: nothing is counted before a turn's end.
    metering: Metering | None = None
    #: None: Claude is told the prompt and no more.
    words: PromptWords | None = None
    #: None: no files are offered.
    offers: Offers | None = None
    beginnings: Beginnings = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "beginnings", Beginnings(self.store))


@dataclass(slots=True, kw_only=True)
class TurnRun:
    turn: Turn
    #: As it was claimed.
    session: Session
    lease: Lease
    #: None when there is no such agent any more.
    profile: AgentProfile | None
    tools: RunTools
    _ending: Ending | None = field(init=False, default=None)
    _reached: bool = field(init=False, default=False)
    _claude_session_id: str | None = field(init=False, default=None)
    _client: AgentClient | None = field(init=False, default=None)
    _end: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    #: By the rule.
    _forbidden: dict[str, Ruling] = field(init=False, default_factory=dict)

    @property
    def asked(self) -> bool:
        """Whether the prompt may have gone out."""
        return self._reached

    def end(self, ending: Ending) -> None:
        """Ask the run to end early; the first reason given counts, unless the lease is lost."""
        if self._ending is None or ending is Ending.LOST:
            self._ending = ending
            self._end.set()

    async def execute(self) -> RunResult:
        """Never raises for a fault of Claude's: that is a result too."""
        whole, spent = False, Decimal(0)
        try:
            async with loading_shown(self.tools.messenger, self.turn.chat) as loading:
                result = await self._with_files(await self._converse(loading))
            whole = result.finished is not None or not result.asked
            spent = result.finished.cost_usd if result.finished else spent
            whole = whole and result.ending is not Ending.LOST
        except AgentError as error:
            logger.warning(
                "claude failed",
                extra={"turn_id": self.turn.id, "why": _reason(error)},
                exc_info=not isinstance(error, AgentRefusedError),
            )
            result = RunResult(
                error=error,
                ending=self._ending,
                asked=self._reached,
                claude_session_id=self._claude_session_id,
                forbidden=tuple(self._forbidden.values()),
            )
        finally:
            # After a fault of our own too: a second client must never stand beside this one.
            release = self.tools.clients.release
            await release(self.session.id, self._client, keep=whole, spent=spent)
        return result

    async def _converse(self, loading: Loading) -> RunResult:
        if self.profile is None:
            raise AgentRefusedError("no_agent")
        profile = await self._affordable(self.profile)
        client = self._client = await self.tools.clients.acquire(self.session, profile)
        prompt = await self._prompt()
        await self._mark_reached(client)
        if self._ending is not None:
            return RunResult(ending=self._ending, asked=False)
        asking = asyncio.create_task(self._consume(client, prompt, loading), name="ask")
        ending = asyncio.create_task(self._end.wait(), name="end")
        try:
            timeout = (self.profile.timeout or self.tools.timeout).total_seconds()
            await asyncio.wait(
                [asking, ending], timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if not asking.done():
                self.end(Ending.TIMED_OUT)
                await self._wind_up(client, asking)
            finished = None if asking.cancelled() else asking.result()
            exhausted = finished is not None and finished.reason == EXHAUSTED
            return RunResult(
                finished=finished,
                error=AgentRefusedError("budget") if exhausted else None,
                ending=self._ending,
                claude_session_id=self._claude_session_id,
                forbidden=tuple(self._forbidden.values()),
            )
        finally:
            await _cancel(asking, ending)

    async def _wind_up(self, client: AgentClient, asking: asyncio.Task[Finished]) -> None:
        if self._ending is Ending.LOST:
            # Two must never work on one session: no time for good order.
            await client.kill()
            await _cancel(asking)
            return
        try:
            async with asyncio.timeout(INTERRUPT_GRACE_SECONDS):
                await client.interrupt()
                await asyncio.wait([asking])
        except TimeoutError:
            logger.warning("claude did not stop when asked", extra={"turn_id": self.turn.id})
            await _cancel(asking)

    async def _consume(self, client: AgentClient, prompt: Prompt, loading: Loading) -> Finished:
        async def permit(tool: str, tool_input: JsonObject, ruling: Ruling) -> Verdict:
            if ruling.decision is Decision.DENY and ruling.rule:
                self._forbidden.setdefault(ruling.rule, ruling)
            if ruling.decision is not Decision.ASK:
                return await self._permit(tool, tool_input, ruling)
            loading.hold()
            try:
                return await self._permit(tool, tool_input, ruling)
            finally:
                loading.again()

        asking = client.ask(prompt.text, permit=permit, pictures=prompt.pictures)
        async with aclosing(asking) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event
                if isinstance(event, Counted):
                    await self._count(event)
                else:
                    await self._write_down(event)
        raise AgentError("the turn ended without a result")

    async def _with_files(self, result: RunResult) -> RunResult:
        if self.tools.offers is None or result.finished is None:
            return result
        answer = result.finished.text
        return replace(result, files=await self.tools.offers.of(self.turn, self.session, answer))

    async def _prompt(self) -> Prompt:
        if self.tools.words is None:
            return Prompt(text=self.turn.prompt)
        return await self.tools.words.of(self.turn, self.session, ended=self._end)

    async def _count(self, event: Counted) -> None:
        metering = self.tools.metering
        if metering is not None and await metering.note(self.session, self.turn, event):
            self.end(Ending.SPENT)

    async def _affordable(self, profile: AgentProfile) -> AgentProfile:
        """The profile with what the turn may cost. Raises AgentRefusedError: nothing is left."""
        if self.tools.metering is None:
            return profile
        left = await self.tools.metering.left(self.session, self.turn)
        return replace(profile, max_budget_usd=left)

    async def _permit(self, tool: str, tool_input: JsonObject, ruling: Ruling) -> Verdict:
        settle = self.tools.approvals.settle
        try:
            verdict = await settle(self.turn, self.lease, tool, tool_input, ruling)
        except LeaseLostError:
            self.end(Ending.LOST)
        else:
            # Minutes may have gone by, or this process was paused.
            if not verdict.allow or self.tools.leases.holds(self.lease):
                return verdict
        return Verdict(allow=False, message="This session was taken over elsewhere.")

    async def _mark_reached(self, client: AgentClient) -> None:
        """Before the first word goes out: from here on the run may have had effects."""
        try:
            if client.process is not None and client.process != self.session.cli:
                async with self.tools.store.transaction() as records:
                    await records.leases.note_cli(self.lease, client.process)
            if self._ending is None and not await self.tools.beginnings.begin(
                self.turn.id, self.lease
            ):
                self.end(Ending.STOPPED)
        except LeaseLostError:
            self.end(Ending.LOST)
        self._reached = self._ending is None

    async def _write_down(self, event: Told) -> None:
        """Never raises: what Claude is paid for must not end because a note of it failed."""
        if isinstance(event, ApiRetried):
            self.tools.metrics.count("api_retries", status=str(event.status or "none"))
        if isinstance(event, Opened):
            self._claude_session_id = event.claude_session_id
        try:
            async with self.tools.store.transaction() as records:
                session = await records.leases.hold(self.lease)
                await update_session(records, session, event)
                await note_event(records, self.turn, event, self.tools.clock.now())
                await self._tell(records, event)
        except LeaseLostError:
            self.end(Ending.LOST)
        except Exception:
            logger.exception("event not written", extra={"turn_id": self.turn.id})

    async def _tell(self, records: Records, event: Told) -> None:
        if isinstance(event, ApiRetried):
            outbox, now = self.tools.approvals.outbox, self.tools.clock.now()
            await tell_of_retry(records, outbox, self.turn.id, event, now=now)


def _reason(error: AgentError) -> str:
    return error.reason if isinstance(error, AgentRefusedError) else type(error).__name__


async def _cancel(*tasks: asyncio.Task[object]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
