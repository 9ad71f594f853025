"""Nothing anybody asks for gets slower as history grows: every list reads little of a long one.

Each statement is recorded as the records make it, and then run once more with a count of what it
touches.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from orchestrator_core.model import AuditFilter, DeliveryState, ReplyToken, Run, Share, Spending
from orchestrator_core.ports import Claim, JobClaim, Kept, Records, TranscriptKey
from storage.store import SqlRecords, SqlStore
from storage.transcripts import SqlTranscripts
from tests.fakes.clock import NOON, FakeClock
from tests.integration.history import CHAT, ROWS, SESSION
from tests.integration.long_history import Long, Recorder, RecorderStore, Statement, long_history

SECOND = timedelta(seconds=1)
EVER = NOON - timedelta(days=3650)
LIMIT = 20


@pytest.fixture(params=["sqlite", "postgres"])
async def long(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Long]:
    async with long_history(request, tmp_path) as opened:
        yield opened


def _claim() -> Claim:
    return Claim(owner="a:1", pool="default", now=NOON, until=NOON + 15 * SECOND)


def _job_claim() -> JobClaim:
    later = NOON + 60 * SECOND
    return JobClaim(name="sweep", runner="a:1", now=NOON, due_by=NOON, until=later, longest=later)


Ask = Callable[[Records], Awaitable[object]]
ASKED: dict[str, Ask] = {
    "inbox.new": lambda r: r.inbox.new(LIMIT),
    "inbox.of_message": lambda r: r.inbox.of_message(CHAT, "o5"),
    "inbox.last_id": lambda r: r.inbox.last_id(),
    "people.known": lambda r: r.people.known(limit=LIMIT),
    "people.open_turns": lambda r: r.people.open_turns("o5"),
    "pairings.recent": lambda r: r.pairings.recent(NOON, limit=LIMIT),
    "pairings.of_person": lambda r: r.pairings.of_person("o5", NOON),
    "pairings.waiting": lambda r: r.pairings.waiting(NOON, limit=LIMIT),
    "pairings.attempts": lambda r: r.pairings.attempts("o5", NOON),
    "people.addressees": lambda r: r.people.addressees([("o5", CHAT), ("o6", CHAT)]),
    "sessions.get": lambda r: r.sessions.get(SESSION),
    "sessions.page": lambda r: r.sessions.page(limit=LIMIT),
    "sessions.page further": lambda r: r.sessions.page(limit=LIMIT, before_number=ROWS // 2),
    "sessions.find by number": lambda r: r.sessions.find("4711"),
    "sessions.find by id": lambda r: r.sessions.find(SESSION),
    "sessions.find by prefix": lambda r: r.sessions.find("aaaaaa"),
    "sessions.find by name": lambda r: r.sessions.find("N77"),
    "turns.claim": lambda r: r.turns.claim(_claim(), limit=LIMIT),
    "turns.take_over": lambda r: r.turns.take_over(_claim(), limit=LIMIT),
    "turns.open_of": lambda r: r.turns.open_of(SESSION),
    "turns.running": lambda r: r.turns.running(),
    "turns.busy_sessions": lambda r: r.turns.busy_sessions(),
    "turns.by_key": lambda r: r.turns.by_key(SESSION, "o5"),
    "leases.renew": lambda r: r.leases.renew("a:1", ["1"], until=NOON),
    "leases.waited_for": lambda r: r.leases.waited_for("a:1"),
    "withdrawals.turns_of": lambda r: r.withdrawals.turns_of(CHAT, "o5"),
    "log.messages": lambda r: r.log.messages(SESSION, limit=LIMIT),
    "log.messages further": lambda r: r.log.messages(SESSION, limit=LIMIT, before_id=ROWS // 2),
    "log.after": lambda r: r.log.after(SESSION, ROWS // 2, LIMIT),
    "log.after the last": lambda r: r.log.after(SESSION, ROWS, LIMIT),
    "deliveries.has_work": lambda r: r.deliveries.has_work(NOON),
    "deliveries.take": lambda r: r.deliveries.take(
        NOON, sender="a:1", until=NOON + SECOND, limit=LIMIT
    ),
    "deliveries.lost": lambda r: r.deliveries.lost(NOON, LIMIT),
    "deliveries.lost at start": lambda r: r.deliveries.lost(None, LIMIT),
    "deliveries.release_held": lambda r: r.deliveries.release_held(NOON),
    "deliveries.waiting": lambda r: r.deliveries.waiting(NOON, after_id=0, limit=LIMIT),
    "deliveries.offer": lambda r: r.deliveries.offer(CHAT, NOON),
    "deliveries.offered": lambda r: r.deliveries.offered(CHAT, NOON),
    "deliveries.beside": lambda r: r.deliveries.beside([CHAT, "U2"], NOON),
    "deliveries.kept": lambda r: r.deliveries.kept(CHAT, limit=LIMIT),
    "deliveries.let_go": lambda r: r.deliveries.let_go(CHAT, NOON),
    "deliveries.is_promised": lambda r: r.deliveries.is_promised(
        CHAT, ReplyToken(value="o5", expires_at=NOON)
    ),
    "quotas.tokens_ending": lambda r: r.quotas.tokens_ending(NOON, NOON + SECOND, limit=LIMIT),
    "quotas.get": lambda r: r.quotas.get("2030-01"),
    "deliveries.by_key": lambda r: r.deliveries.by_key("o5"),
    "deliveries.count": lambda r: r.deliveries.count(DeliveryState.DEAD),
    "deliveries.page": lambda r: r.deliveries.page([DeliveryState.DEAD], limit=LIMIT),
    "deliveries.page of sent": lambda r: r.deliveries.page(
        [DeliveryState.SENT], limit=LIMIT, before_id=ROWS // 2
    ),
    "approvals.pending_of": lambda r: r.approvals.pending_of(5),
    "approvals.pending": lambda r: r.approvals.pending(limit=LIMIT),
    "approvals.denying": lambda r: r.approvals.denying("U1", CHAT),
    "approvals.typing": lambda r: r.approvals.typing("U1", CHAT),
    "approvals.granted": lambda r: r.approvals.granted(SESSION, "f" * 64),
    "audit.page": lambda r: r.audit.page(AuditFilter(), limit=LIMIT),
    "audit.page further": lambda r: r.audit.page(AuditFilter(), limit=LIMIT, before_id=ROWS // 2),
    "audit.page of one": lambda r: r.audit.page(AuditFilter(actor="o5"), limit=LIMIT),
    "audit.page of an action": lambda r: r.audit.page(AuditFilter(action="o5"), limit=LIMIT),
    "audit.page of a session": lambda r: r.audit.page(
        AuditFilter(session_id=SESSION), limit=LIMIT
    ),
    "audit.page since": lambda r: r.audit.page(AuditFilter(since=NOON + 60 * SECOND), limit=LIMIT),
    "audit.after": lambda r: r.audit.after(AuditFilter(), limit=LIMIT, after_id=ROWS // 2),
    "costs.spent_since": lambda r: r.costs.spent_since(NOON),
    "costs.spent by a session": lambda r: r.costs.spent(Spending(start=NOON, session_id=SESSION)),
    "costs.spent by an agent": lambda r: r.costs.spent(Spending(start=NOON, agent="o5")),
    "costs.spent by a person": lambda r: r.costs.spent(Spending(start=NOON, person_id="o5")),
    "costs.spent by a turn": lambda r: r.costs.spent(Spending(start=EVER, turn_id=5)),
    **{
        f"costs.shares by {by}": lambda r, by=by: r.costs.shares(  # type: ignore[misc]
            Spending(start=NOON), by, limit=LIMIT
        )
        for by in Share
    },
    "costs.recent": lambda r: r.costs.recent(SESSION, limit=LIMIT),
    "costs.models_of": lambda r: r.costs.models_of(5, 1),
    "costs.rate_of": lambda r: r.costs.rate_of("o5"),
    "costs.close": lambda r: r.costs.close(Run(session_id=SESSION, turn_id=5, number=1)),
    "costs.waiting": lambda r: r.costs.waiting(),
    "raises.of": lambda r: r.raises.of("day:2030-01-01", NOON),
    "schedules.due": lambda r: r.schedules.due(NOON, limit=LIMIT),
    "schedules.of_person": lambda r: r.schedules.of_person("o5", limit=LIMIT),
    "schedules.of the API": lambda r: r.schedules.of_person(None, limit=LIMIT),
    "schedules.page": lambda r: r.schedules.page(limit=LIMIT, before_id=ROWS // 2),
    "schedules.revoke": lambda r: r.schedules.revoke("o5"),
    "schedules.delete_of_message": lambda r: r.schedules.delete_of_message(CHAT, "o5"),
    "menus.to_change": lambda r: r.menus.to_change(NOON, settled_by=NOON, limit=LIMIT),
    "jobs.claim": lambda r: r.jobs.claim(_job_claim()),
    **{
        f"old_rows.delete {kept}": lambda r, kept=kept: r.old_rows.delete(  # type: ignore[misc]
            kept, before=NOON - timedelta(days=90), limit=LIMIT
        )
        for kept in Kept
    },
    **{
        f"old_rows.delete {kept} when none is old": lambda r, kept=kept: r.old_rows.delete(  # type: ignore[misc]
            kept, before=NOON - timedelta(days=900), limit=LIMIT
        )
        for kept in Kept
    },
}


async def _too_much(long: Long, statements: list[Statement]) -> list[str]:
    """The statements that touch more than is allowed, with their plans."""
    assert statements
    found = [(sql, *await long.touched((sql, values))) for sql, values in statements]
    return [f"{share:.1f} times: {sql}\n{plan}" for sql, share, plan in found if share > 1]


async def test_what_is_asked_of_a_long_history_reads_little_of_it(long: Long) -> None:
    too_much: dict[str, list[str]] = {}
    for name, ask in ASKED.items():
        async with long.store.client_in_transaction() as client:
            recorder = Recorder(client)
            await ask(SqlRecords(cast("Any", recorder), lambda _topic, _key: None))
        too_much[name] = await _too_much(long, recorder.statements)

    offenders = [f"{name}: {one}" for name, found in too_much.items() for one in found]
    assert offenders == [], "\n\n".join(offenders)


async def test_a_conversation_is_read_without_reading_others(long: Long) -> None:
    key = TranscriptKey(project="p", conversation="o5")
    async with long.store.client_in_transaction() as client:
        recorder = Recorder(client)
        transcripts = SqlTranscripts(cast("SqlStore", RecorderStore(recorder)), FakeClock())
        for ask in (transcripts.tail, transcripts.subpaths, transcripts.load):
            await ask(key)

    assert await _too_much(long, recorder.statements) == []


async def test_a_list_that_reads_all_of_it_would_be_found(long: Long) -> None:
    walk: Statement = ("SELECT * FROM session_event ORDER BY created_at, kind LIMIT 1", [])

    assert len(await _too_much(long, [walk])) == 1


@pytest.mark.parametrize("name", [one for one in ASKED if one.startswith("costs.spent")])
async def test_a_sum_of_money_is_found_by_an_index(long: Long, name: str) -> None:
    async with long.store.client_in_transaction() as client:
        recorder = Recorder(client)
        await ASKED[name](SqlRecords(cast("Any", recorder), lambda _topic, _key: None))
    [statement] = recorder.statements
    _, plan = await long.touched(statement)

    assert re.search(r"USING (COVERING )?INDEX|(Index|Index Only|Bitmap Heap) Scan", plan), plan
    assert not re.search(r"\bSCAN\b|Seq Scan", plan), plan
