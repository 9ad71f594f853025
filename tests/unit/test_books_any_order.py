"""The books agree with what was spent, whatever order runs, kills and resumes come in.

A world in which the truth is known: processes that count as Claude Code does, on two machines,
and gateways that die. Every call is priced right here, so an estimate is exact; what was neither
seen nor ever told by a saved counter is the only money that may be missing, and it is counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator_core.agent_events import CallSeen, Counted, CounterRead
from orchestrator_core.books import Books
from orchestrator_core.cost_figures import Tally, count_estimate, settle
from orchestrator_core.model import CostEntry, Counter, Run, Session, Spending, Tokens
from tests.fakes.clock import NOON
from tests.fakes.metrics import RecordingMetrics
from tests.fakes.store import FakeStore
from tests.fakes.wakeups import FakeWakeups
from tests.samples import add_session

EVER = Spending(start=NOON - timedelta(days=1))


def a_cent_for_a_token(_model: str, tokens: Tokens) -> Decimal:
    return Decimal(tokens.output) / 100


@dataclass(slots=True)
class World:
    """One session, and the Claude Code that is at work for it, if any."""

    store: FakeStore = field(default_factory=lambda: FakeStore(FakeWakeups()))
    #: The figure that all of it adds up to.
    metrics: RecordingMetrics = field(default_factory=RecordingMetrics)
    session: Session | None = None
    #: What each machine has saved.
    saved: dict[str, Decimal] = field(default_factory=dict)
    home: str = "a"
    total: Decimal | None = None
    #: The running total when it was last told of, within the process.
    told: Decimal = Decimal(0)
    spent: Decimal = Decimal(0)
    #: Of the run under way: all of it, and what was seen of it.
    run_spent: Decimal = Decimal(0)
    run_seen: Decimal = Decimal(0)
    lost: Decimal = Decimal(0)
    turns: int = 0
    calls: int = 0
    asked: bool = False

    @property
    def run(self) -> Run:
        assert self.session is not None
        return Run(session_id=self.session.id, turn_id=self.turns, number=1)

    async def begin(self) -> None:
        async with self.store.transaction() as records:
            self.session = await add_session(records)

    async def ask(self, home: str) -> None:
        """A prompt; on another machine or after a death, to a new process."""
        if self.asked:
            return
        if self.total is not None and home != self.home:
            self.end(saves=True)
        self.turns, self.asked = self.turns + 1, True
        self.run_spent = self.run_seen = Decimal(0)
        if self.total is None:
            self.home, self.total = home, self.saved.get(home, Decimal(0))
            self.told = self.total
            counter = Counter(usd=self.total, home=home)
            await self._note(CounterRead(counter=counter))

    async def call(self, cents: int, *, seen: int) -> None:
        """A call of the model, told of so many times, in parts and again."""
        if not self.asked or self.total is None:
            return
        usd = Decimal(cents) / 100
        self.calls += 1
        self.total += usd
        self.spent += usd
        self.run_spent += usd
        for part in range(1, seen + 1):
            tokens = Tokens(output=cents * part // seen)
            event = CallSeen(
                call_id=f"msg_{self.calls}",
                model="opus",
                tokens=tokens,
                counter=Counter(usd=self.told, home=self.home),
            )
            await self._note(event)
        self.run_seen += usd if seen else 0

    async def finish(self) -> None:
        """The turn ends as it should, and what was told is booked twice."""
        if not self.asked or self.total is None:
            return
        entry = CostEntry(
            session_id=self.run.session_id,
            turn_id=self.turns,
            run=1,
            usd=self.total - self.told,
            usage={},
            created_at=NOON,
            counter=Counter(usd=self.total, home=self.home),
        )
        for _ in range(2):
            await self._settle(entry)
        self.told, self.asked = self.total, False

    async def die(self, *, saves: bool, closed: bool) -> None:
        """The process ends under the run; `closed`: somebody notes that the run is over."""
        if self.total is None:
            return
        if self.asked:
            if not saves:
                self.lost += self.run_spent - self.run_seen
            if closed:
                await self._close()
        self.end(saves=saves)
        self.asked = False

    async def wipe(self) -> None:
        """Another session ends in the same workspace, so this one's saved counter is gone."""
        if self.total is None and self.told_all_that_was_saved:
            self.saved.pop(self.home, None)

    @property
    def told_all_that_was_saved(self) -> bool:
        return self.saved.get(self.home, Decimal(0)) <= self.told

    def end(self, *, saves: bool) -> None:
        if saves and self.total is not None:
            self.saved[self.home] = self.total
        self.total = None

    async def _settle(self, entry: CostEntry) -> None:
        async with self.store.transaction() as records:
            session = await records.sessions.lock(entry.session_id)
            tally = Tally()
            grown = await settle(tally, records, entry)
            cost = session.cost_usd + (grown or 0)
            await records.sessions.save(replace(session, cost_usd=cost))
        tally.tell(self.metrics)

    async def _close(self) -> None:
        async with self.store.transaction() as records:
            session = await records.sessions.lock(self.run.session_id)
            tally, seen = Tally(), await records.costs.close(self.run)
            await count_estimate(tally, records, self.run, seen)
            await records.sessions.save(replace(session, cost_usd=session.cost_usd + seen))
        tally.tell(self.metrics)

    async def _note(self, event: Counted) -> None:
        (await self._books.note(self.run, event, NOON)).tell(self.metrics)

    @property
    def _books(self) -> Books:
        return Books(store=self.store, list_price=a_cent_for_a_token)


Step = Callable[[World], object]
HOMES = st.sampled_from(["a", "b"])
STEPS = st.one_of(
    st.builds(lambda home: lambda world: world.ask(home), HOMES),
    st.builds(
        lambda cents, seen: lambda world: world.call(cents, seen=seen),
        st.integers(min_value=1, max_value=500),
        st.sampled_from([0, 0, 1, 2]),
    ),
    st.just(lambda world: world.finish()),
    st.builds(
        lambda saves, closed: lambda world: world.die(saves=saves, closed=closed),
        st.booleans(),
        st.booleans(),
    ),
    st.just(lambda world: world.wipe()),
)


async def _live(steps: list[Step]) -> tuple[World, Decimal, Decimal]:
    world = World()
    await world.begin()
    for step in steps:
        await step(world)  # type: ignore[misc]
    await world.finish()
    # The next process on each machine tells what was saved there.
    for home in ("a", "b"):
        await world.die(saves=True, closed=True)
        await world.ask(home)
        await world.finish()
    async with world.store.read() as records:
        booked = await records.costs.spent(EVER)
        session = await records.sessions.lock(world.run.session_id)
    return world, booked, session.cost_usd


@settings(max_examples=400, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_no_call_is_counted_twice_and_none_that_anybody_told_of_is_forgotten(
    steps: list[Step],
) -> None:
    world, booked, of_session = asyncio.run(_live(steps))

    assert booked <= world.spent
    assert booked >= world.spent - world.lost
    assert of_session == booked
    assert world.metrics.spent == booked
