"""What every Audit promises: what was decided can be read back, and stays as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator_core.model import AuditAction, AuditEntry, AuditFilter, Channel, UnknownAction
from orchestrator_core.ports import Store
from orchestrator_core.secret_shapes import MARK
from tests.fakes.clock import NOON
from tests.secrets import secrets_that_say_what_they_are

DECIDED = AuditEntry(
    actor="U1",
    action=AuditAction.APPROVAL_ALLOWED,
    detail={"tool": "Bash", "input": {"command": "echo 水 \0"}, "n": [1, None]},
    created_at=NOON + timedelta(microseconds=1),
    session_id="a" * 32,
    channel=Channel.WEB,
    address="2001:db8::1",
)
NOTED = AuditEntry(
    actor="denrei",
    action=AuditAction.SESSION_STOP,
    detail={},
    created_at=NOON,
    channel=Channel.DENREI,
)
EVERY = AuditFilter()
MINUTE = timedelta(minutes=1)


async def _entries(store: Store, wanted: AuditFilter = EVERY) -> list[AuditEntry]:
    """In the order in which they were added."""
    async with store.read() as records:
        return await records.audit.after(wanted, limit=100, after_id=0)


async def _add(store: Store, *entries: AuditEntry) -> None:
    for entry in entries:
        async with store.transaction() as records:
            await records.audit.add(entry)


async def test_what_was_added_stands_there_whole_and_in_order(store: Store) -> None:
    async with store.transaction() as records:
        await records.audit.add(DECIDED)
    async with store.transaction() as records:
        await records.audit.add(NOTED)

    assert await _entries(store) == [DECIDED, NOTED]


async def test_the_same_twice_stands_there_twice(store: Store) -> None:
    async with store.transaction() as records:
        await records.audit.add(NOTED)
        await records.audit.add(NOTED)

    assert await _entries(store) == [NOTED, NOTED]


async def test_what_came_to_nothing_does_not_stand_there(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the act is the transaction
        async with store.transaction() as records:
            await records.audit.add(DECIDED)
            raise ZeroDivisionError

    assert await _entries(store) == []


@pytest.mark.parametrize(
    ("actor", "channel"),
    [("U1", "line"), ("api", "api"), ("cli", "cli"), ("web", "web"), ("denrei", "denrei")],
)
async def test_where_it_was_done_is_told_by_who_did_it_unless_said(
    store: Store, actor: str, channel: str
) -> None:
    entry = replace(NOTED, actor=actor, channel=None)
    await _add(store, entry, replace(entry, channel=Channel.WEB))

    assert [one.channel for one in await _entries(store)] == [channel, "web"]


async def test_no_secret_stands_there(store: Store) -> None:
    token = secrets_that_say_what_they_are()["npm"]
    command = {"command": f"npm login --token={token}", "password": "plain"}
    await _add(store, replace(NOTED, detail={"input": command}))

    [entry] = await _entries(store)
    assert entry.detail == {"input": {"command": f"npm login --token={MARK}", "password": MARK}}


async def test_pages_go_back_from_the_newest_and_forth_from_the_oldest(store: Store) -> None:
    entries = [replace(NOTED, detail={"n": n}) for n in range(5)]
    await _add(store, *entries)

    async with store.read() as records:
        newest = await records.audit.page(EVERY, limit=2)
        older = await records.audit.page(EVERY, limit=2, before_id=newest[-1].id)
        oldest = await records.audit.after(EVERY, limit=3, after_id=0)
        rest = await records.audit.after(EVERY, limit=3, after_id=oldest[-1].id)
    assert [*newest, *older] == entries[:0:-1]
    assert [*oldest, *rest] == entries


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (AuditFilter(actor="U1"), [0, 2]),
        (AuditFilter(action="session.stop"), [1, 2]),
        (AuditFilter(session_id="s"), [1, 3]),
        (AuditFilter(since=NOON + 2 * MINUTE), [2, 3]),
        (AuditFilter(actor="U1", action="session.stop", since=NOON), [2]),
        (AuditFilter(since=NOON + 4 * MINUTE), []),
        (AuditFilter(actor="U'1"), []),
    ],
)
async def test_a_filter_leaves_those_that_have_all_of_it(
    store: Store, wanted: AuditFilter, numbers: list[int]
) -> None:
    ask, stop = AuditAction.SESSION_ASK, AuditAction.SESSION_STOP
    facts = [("U1", ask, None), ("U2", stop, "s"), ("U1", stop, None), ("U2", ask, "s")]
    entries = [
        AuditEntry(
            actor=actor,
            action=action,
            detail={"n": number},
            created_at=NOON + number * MINUTE,
            session_id=session_id,
        )
        for number, (actor, action, session_id) in enumerate(facts)
    ]
    await _add(store, *entries)

    async with store.read() as records:
        page = await records.audit.page(wanted, limit=100)
        first = await records.audit.page(wanted, limit=1)
    assert [entry.detail["n"] for entry in await _entries(store, wanted)] == numbers
    assert [entry.detail["n"] for entry in page] == numbers[::-1]
    assert first == page[:1]


async def test_what_another_version_has_noted_can_still_be_read(store: Store) -> None:
    unknown = replace(NOTED, action=UnknownAction("session.explode"))
    await _add(store, unknown)

    assert await _entries(store, AuditFilter(action="session.explode")) == [unknown]
