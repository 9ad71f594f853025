"""What the real Claude Code tells of its costs before and after its death, and where it stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from bot.simulator.model_replies import Say, Usage, UseTool
from orchestrator_core.agent_events import CallSeen, CounterRead, Finished
from orchestrator_core.books import Books
from orchestrator_core.errors import AgentError
from orchestrator_core.metering import EXHAUSTED
from orchestrator_core.model import CostEntry, Run, Session, Standing, Tokens
from orchestrator_core.ports import AgentClient
from orchestrator_core.prices import list_price
from tests.fakes.claude_cli import PRICES, RealClaude, real_claude
from tests.fakes.clock import NOON
from tests.fakes.conversation import PROFILE, Conversation, allow
from tests.fakes.store import FakeStore
from tests.fakes.wakeups import FakeWakeups
from tests.samples import add_session

#: A cent a call at 4 and 20 dollars for a million tokens.
USAGE = Usage(input_tokens=1000, output_tokens=300)
CENT = Decimal("0.01")
STEP = UseTool(tool="Bash", tool_input={"command": "true"}, usage=USAGE)


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[RealClaude]:
    async with real_claude(tmp_path) as real:
        yield real


async def test_every_call_is_told_of_once_with_all_its_tokens(real: RealClaude) -> None:
    real.model.on("twice", STEP, Say(text="done", usage=USAGE))
    conversation = real.conversation()
    client = await real.launcher.connect(conversation.session, PROFILE)
    try:
        [*_, finished] = await conversation.take(client, "twice", permit=allow)
    finally:
        await client.close()

    begun, *calls = conversation.counted
    last = {call.call_id: call.tokens for call in calls if isinstance(call, CallSeen)}
    assert isinstance(begun, CounterRead) and begun.counter.usd == 0
    assert list(last.values()) == [Tokens(input=1000, output=300)] * 2
    assert isinstance(finished, Finished) and finished.cost_usd == 2 * CENT
    [part] = finished.by_model
    assert (part.model, part.usd, part.tokens) == (
        PROFILE.model,
        2 * CENT,
        Tokens(input=2000, output=600),
    )


async def test_the_list_price_of_the_model_is_what_claude_code_reckons_with() -> None:
    assert list_price(str(PROFILE.model), Tokens(input=1000, output=300)) == CENT


@pytest.mark.parametrize(("limit", "calls"), [("0.015", 2), ("0.02", 2), ("0.021", 3)])
async def test_a_turn_ends_with_the_call_that_reaches_its_limit(
    real: RealClaude, limit: str, calls: int
) -> None:
    real.model.on("many", *[STEP] * 5, Say(text="done", usage=USAGE))
    conversation = real.conversation()
    profile = replace(PROFILE, max_budget_usd=Decimal(limit))
    client = await real.launcher.connect(conversation.session, profile)
    try:
        [*_, finished] = await conversation.take(client, "many", permit=allow)
    finally:
        await client.close()

    assert isinstance(finished, Finished)
    assert (finished.reason, finished.cost_usd) == (EXHAUSTED, calls * CENT)
    assert finished.cost_usd - Decimal(limit) < CENT
    assert len(real.model.seen("many")) == calls


class Ledger:
    """A session in the books, and what a gateway notes of its turns."""

    def __init__(self, real: RealClaude) -> None:
        self.store = FakeStore(FakeWakeups())
        self.conversation = real.conversation()
        self.turns = 0
        self._changed = asyncio.Condition()

    async def begin(self) -> None:
        async with self.store.transaction() as records:
            session = await add_session(records)
        self.conversation = Conversation(
            replace(self.conversation.session, id=session.id, number=session.number)
        )

    async def take(self, client: AgentClient, prompt: str) -> None:
        """A turn, whose cost is booked as it is seen and when it is told."""
        self.turns += 1
        run = Run(session_id=self.conversation.session.id, turn_id=self.turns, number=1)
        async for event in client.ask(prompt, permit=allow):
            self.conversation.remember(event)
            if isinstance(event, CallSeen | CounterRead):
                await Books(store=self.store).note(run, event, NOON)
            elif isinstance(event, Finished):
                await self._book(run, event)
            async with self._changed:
                self._changed.notify_all()

    async def wait_for(self, usd: Decimal) -> None:
        """Until so much is in the books."""
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(lambda: sum(one for one, _ in self.entries) >= usd)

    async def _book(self, run: Run, finished: Finished) -> None:
        entry = CostEntry(
            session_id=run.session_id,
            turn_id=run.turn_id,
            run=run.number,
            usd=finished.cost_usd,
            usage={},
            created_at=NOON,
            by_model=finished.by_model,
            counter=finished.counter,
        )
        async with self.store.transaction() as records:
            await records.costs.book(entry)

    @property
    def session(self) -> Session:
        return self.conversation.session

    @property
    def entries(self) -> list[tuple[Decimal, Standing]]:
        return [(entry.usd, entry.standing) for entry in self.store.cost_entries]


async def test_the_books_agree_with_the_model_across_kills_in_the_middle_of_turns(
    real: RealClaude,
) -> None:
    """Told, killed in the middle, told again: not a call is missing, none is there twice."""
    ledger = Ledger(real)
    await ledger.begin()
    real.model.on("first", Say(text="done", usage=USAGE))
    real.model.on("cut", STEP, UseTool(tool="Bash", tool_input={"command": "cat"}, usage=USAGE))
    real.model.on("last", STEP, Say(text="done", usage=USAGE))
    client = await real.launcher.connect(ledger.session, PROFILE)
    await ledger.take(client, "first")
    turn = asyncio.create_task(ledger.take(client, "cut"))
    await ledger.wait_for(3 * CENT)
    real.kill(client)
    with pytest.raises(AgentError):
        await turn
    await client.close()
    client = await real.launcher.connect(ledger.session, PROFILE)
    await ledger.take(client, "last")
    await client.close()

    assert ledger.entries == [
        (CENT, Standing.TOLD),
        (2 * CENT, Standing.FINAL),
        (2 * CENT, Standing.TOLD),
    ]
    assert sum(usd for usd, _ in ledger.entries) == real.model.billed_usd(PRICES)


async def test_what_was_saved_but_never_heard_settles_the_estimate(real: RealClaude) -> None:
    """The gateway stops listening in the middle; Claude Code ends in good order."""
    ledger = Ledger(real)
    await ledger.begin()
    real.model.on("left", STEP, STEP, Say(text="done", usage=USAGE))
    real.model.on("next", Say(text="done", usage=USAGE))
    client = await real.launcher.connect(ledger.session, PROFILE)
    run = Run(session_id=ledger.session.id, turn_id=1, number=1)
    ledger.turns = 1
    events = client.ask("left", permit=allow)
    async for event in events:
        ledger.conversation.remember(event)
        if isinstance(event, CallSeen | CounterRead):
            await Books(store=ledger.store).note(run, event, NOON)
        if isinstance(event, CallSeen) and event.tokens.output == 300:
            break
    await events.aclose()
    await client.close()
    seen = ledger.entries
    client = await real.launcher.connect(ledger.session, PROFILE)
    await ledger.take(client, "next")
    await client.close()

    assert seen == [(CENT, Standing.SEEN)]
    assert ledger.entries[0][1] is Standing.TOLD
    assert sum(usd for usd, _ in ledger.entries) == real.model.billed_usd(PRICES)
