"""What every Costs promises about runs that Claude has not told of, and about shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from orchestrator_core.model import (
    CostEntry,
    Counter,
    ModelCost,
    Run,
    SeenCall,
    Session,
    Share,
    Spending,
    Standing,
    Tokens,
)
from orchestrator_core.ports import Records, Store
from tests.fakes.clock import NOON
from tests.samples import a_turn, add_session

RUN = Run(session_id="s", turn_id=1, number=1)
EVER = Spending(start=NOON - timedelta(days=1))
HOME = Counter(usd=Decimal("0.5"), home="here")


def call(usd: str, call_id: str = "msg_1", *, model: str = "opus", tokens: int = 10) -> SeenCall:
    cost = ModelCost(model=model, usd=Decimal(usd), tokens=Tokens(input=tokens, output=1))
    return SeenCall(call_id=call_id, cost=cost, at=NOON, counter=HOME)


def told(usd: str, *, run: Run = RUN, **models: str) -> CostEntry:
    return CostEntry(
        session_id=run.session_id,
        turn_id=run.turn_id,
        run=run.number,
        usd=Decimal(usd),
        usage={},
        created_at=NOON,
        by_model=tuple(
            ModelCost(model=name, usd=Decimal(part), tokens=Tokens(output=7))
            for name, part in models.items()
        ),
        counter=HOME,
    )


async def _sum(records: Records) -> Decimal:
    return await records.costs.spent(EVER)


async def test_calls_of_a_run_add_up_and_each_counts_once(store: Store) -> None:
    async with store.transaction() as records:
        for one in (call("0.1"), call("0.1"), call("0.2", "msg_2"), call("0.15")):
            assert await records.costs.see(RUN, one) == 0
        assert await _sum(records) == Decimal("0.35")


async def test_a_call_never_shrinks(store: Store) -> None:
    async with store.transaction() as records:
        await records.costs.see(RUN, call("0.2"))
        await records.costs.see(RUN, call("0.1"))
        assert await _sum(records) == Decimal("0.2")


async def test_what_is_told_takes_the_place_of_what_was_seen(store: Store) -> None:
    async with store.transaction() as records:
        await records.costs.see(RUN, call("0.3"))
        assert await records.costs.settle(told("0.25", opus="0.25")) == Decimal("0.25")
        await records.costs.see(RUN, call("0.4", "msg_2"))
        assert await _sum(records) == Decimal("0.25")
        [shares] = await records.costs.shares(EVER, Share.MODEL, limit=5)

    assert (shares.key, shares.usd, shares.tokens) == ("opus", Decimal("0.25"), Tokens(output=7))


async def test_booking_unasked_takes_the_place_of_what_was_seen_too(store: Store) -> None:
    async with store.transaction() as records:
        await records.costs.see(RUN, call("0.3"))
        await records.costs.book(told("0.25", opus="0.2", haiku="0.05"))
        await records.costs.book(told("9", opus="9"))
        shares = await records.costs.shares(EVER, Share.MODEL, limit=5)
        assert await _sum(records) == Decimal("0.25")

    assert [(one.key, one.usd) for one in shares] == [
        ("opus", Decimal("0.2")),
        ("haiku", Decimal("0.05")),
    ]


async def test_many_runs_are_booked_at_once(store: Store) -> None:
    runs = [replace(RUN, turn_id=turn) for turn in range(1, 6)]
    async with store.transaction() as records:
        for run in runs:
            await records.costs.book(told("1", run=run, opus="1"))
    async with store.read() as records:
        [share] = await records.costs.shares(EVER, Share.MODEL, limit=5)
        assert await _sum(records) == share.usd == 5


async def test_a_closed_run_gives_its_estimate_once(store: Store) -> None:
    async with store.transaction() as records:
        await records.costs.see(RUN, call("0.3"))
        closed = [await records.costs.close(RUN) for _ in range(2)]
        [entry] = await records.costs.recent("s", limit=5)

    assert closed == [Decimal("0.3"), 0]
    assert (entry.usd, entry.standing, entry.counter) == (
        Decimal("0.3"),
        Standing.ESTIMATED,
        HOME,
    )


async def test_closing_a_run_that_was_told_or_never_seen_gives_nothing(store: Store) -> None:
    async with store.transaction() as records:
        await records.costs.book(told("1"))
        assert await records.costs.close(RUN) == 0
        assert await records.costs.close(replace(RUN, number=2)) == 0


async def test_what_a_closed_run_is_found_to_cost_more_is_told(store: Store) -> None:
    """Its session has counted the estimate already."""
    async with store.transaction() as records:
        await records.costs.see(RUN, call("0.3"))
        await records.costs.close(RUN)
        more = await records.costs.see(RUN, call("0.1", "msg_2"))
        difference = await records.costs.settle(told("0.45"))
        again = await records.costs.settle(told("0.45"))

    assert (more, difference, again) == (Decimal("0.1"), Decimal("0.05"), None)


async def test_an_opened_run_is_there_before_its_first_call(store: Store) -> None:
    other = Counter(usd=Decimal(9), home="there")
    async with store.transaction() as records:
        await records.costs.open(RUN, HOME, NOON)
        await records.costs.open(RUN, other, NOON)
        await records.costs.see(RUN, replace(call("0.1"), counter=other))
        [entry] = await records.costs.recent("s", limit=5)

    assert (entry.usd, entry.standing, entry.counter) == (Decimal("0.1"), Standing.SEEN, HOME)


async def test_recent_entries_come_newest_first_and_of_one_session(store: Store) -> None:
    async with store.transaction() as records:
        for turn in (1, 2, 3):
            await records.costs.open(replace(RUN, turn_id=turn), HOME, NOON)
        await records.costs.open(replace(RUN, session_id="t", turn_id=4), HOME, NOON)
        recent = await records.costs.recent("s", limit=2)

    assert [entry.turn_id for entry in recent] == [3, 2]


async def test_an_entry_can_be_rewritten(store: Store) -> None:
    async with store.transaction() as records:
        await records.costs.see(RUN, call("0.3"))
        [entry] = await records.costs.recent("s", limit=1)
        counter = Counter(usd=Decimal(1), home="here")
        models = (ModelCost(model="opus", usd=Decimal("0.5")),)
        told_now = replace(entry, usd=Decimal("0.5"), standing=Standing.TOLD, counter=counter)
        await records.costs.rewrite(replace(told_now, by_model=models))
        [found] = await records.costs.recent("s", limit=1)

        assert replace(found, by_model=()) == told_now
        assert await records.costs.models_of(1, 1) == list(models)


async def test_the_models_of_a_run_under_way_are_those_of_its_calls(store: Store) -> None:
    async with store.transaction() as records:
        for one in (call("0.1"), call("0.2", "msg_2"), call("0.3", "msg_3", model="haiku")):
            await records.costs.see(RUN, one)
        models = {one.model: one for one in await records.costs.models_of(1, 1)}

    assert {name: one.usd for name, one in models.items()} == {
        "opus": Decimal("0.3"),
        "haiku": Decimal("0.3"),
    }
    assert models["opus"].tokens == Tokens(input=20, output=2)


async def test_a_model_s_rate_is_what_it_last_cost_when_it_was_told(store: Store) -> None:
    async with store.transaction() as records:
        await records.costs.book(told("1", opus="1"))
        await records.costs.book(told("2", run=replace(RUN, turn_id=2), opus="2"))
        await records.costs.see(replace(RUN, turn_id=3), call("3"))
        rate = await records.costs.rate_of("opus")

        assert rate is not None and (rate.usd, rate.tokens) == (Decimal(2), Tokens(output=7))
        assert await records.costs.rate_of("sonnet") is None


async def test_spending_is_told_by_session_agent_and_person(store: Store) -> None:
    async with store.transaction() as records:
        sessions = [await add_session(records) for _ in range(2)]
        first, second = [
            await _spend(records, one, usd) for one, usd in zip(sessions, ("1", "2"), strict=True)
        ]
        everything = {
            by: await records.costs.shares(EVER, by, limit=5)
            for by in (Share.SESSION, Share.AGENT, Share.PERSON)
        }
        of_one = await records.costs.spent(replace(EVER, session_id=first.id))
        of_agent = await records.costs.spent(replace(EVER, agent="default"))
        of_nobody = await records.costs.spent(replace(EVER, person_id="U9"))
        largest = await records.costs.shares(EVER, Share.SESSION, limit=1)

    found = {by: [(one.key, one.usd) for one in shares] for by, shares in everything.items()}
    assert found == {
        Share.SESSION: [(second.id, Decimal(2)), (first.id, Decimal(1))],
        Share.AGENT: [("default", Decimal(3))],
        Share.PERSON: [("U1", Decimal(3))],
    }
    assert (of_one, of_agent, of_nobody) == (Decimal(1), Decimal(3), Decimal(0))
    assert [one.key for one in largest] == [second.id]


async def test_spending_ends_before_its_end(store: Store) -> None:
    async with store.transaction() as records:
        await records.costs.book(told("1"))
        later = replace(
            told("2", run=replace(RUN, turn_id=2)), created_at=NOON + timedelta(days=1)
        )
        await records.costs.book(later)
        until = replace(EVER, end=NOON + timedelta(days=1))

        assert await records.costs.spent(until) == 1
        assert await records.costs.spent(replace(EVER, turn_id=2)) == 2


async def test_the_first_queued_prompt_of_each_session_waits(store: Store) -> None:
    async with store.transaction() as records:
        session, idle = await add_session(records), await add_session(records)
        turns = [(await records.turns.enqueue(a_turn(session))).turn for _ in range(2)]
        waiting = await records.costs.waiting()

    assert [(one.session_id, one.agent, one.person_id, one.turn_id) for one in waiting] == [
        (session.id, "default", "U1", turns[0].id)
    ]
    assert idle.id not in {one.session_id for one in waiting}


async def _spend(records: Records, session: Session, usd: str) -> Session:
    turn, _ = await records.turns.enqueue(a_turn(session))
    run = Run(session_id=session.id, turn_id=turn.id, number=1)
    await records.costs.book(told(usd, run=run))
    return session
