"""Sessions with queued turns, and claiming them."""

from __future__ import annotations

from datetime import datetime, timedelta

from orchestrator_core.model import DEFAULT_POOL, Lease, Session, Turn
from orchestrator_core.ports import Claim, Claimed, Store
from tests.fakes.clock import NOON
from tests.samples import a_turn, add_session

LATER = NOON + timedelta(minutes=1)
LEASE = timedelta(seconds=15)


def a_claim(owner: str = "worker", *, now: datetime = LATER) -> Claim:
    return Claim(owner=owner, pool=DEFAULT_POOL, now=now, until=now + LEASE)


async def queued(store: Store, *prompts: str) -> tuple[Session, list[Turn]]:
    """A session with these prompts waiting."""
    async with store.transaction() as records:
        session = await add_session(records)
        return session, [
            (await records.turns.enqueue(a_turn(session, text))).turn for text in prompts
        ]


async def claim_one(store: Store, owner: str = "worker") -> Claimed | None:
    async with store.transaction() as records:
        claimed = await records.turns.claim(a_claim(owner), limit=1)
    return claimed[0] if claimed else None


def lease_of(claimed: tuple[Turn, Session] | None) -> Lease:
    assert claimed is not None
    lease = claimed[1].lease
    assert lease is not None
    return lease
