"""What every Sessions promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import Mode, Session, SessionState
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON
from tests.samples import CHAT, add_session


async def _sessions(store: Store, *names: str | None) -> list[Session]:
    async with store.transaction() as records:
        made = []
        for name in names:
            session = replace(await add_session(records), name=name)
            await records.sessions.save(session)
            made.append(session)
    return made


async def _find(store: Store, reference: str) -> list[int]:
    async with store.read() as records:
        return [session.number for session in await records.sessions.find(reference)]


async def test_a_new_session_is_idle_and_numbered_upwards(store: Store) -> None:
    async with store.transaction() as records:
        first, second = await add_session(records), await add_session(records)

    assert first == Session(
        id=first.id,
        number=first.number,
        name=None,
        chat=CHAT,
        person_id="U1",
        agent="default",
        workspace="/w",
        state=SessionState.IDLE,
        created_at=NOON,
        updated_at=NOON,
    )
    assert second.number == first.number + 1


async def test_the_id_cannot_be_guessed(store: Store) -> None:
    first, second = await _sessions(store, None, None)

    assert len(first.id) == len(second.id) == 32
    assert set(first.id + second.id) <= set("0123456789abcdef")
    assert first.id[:8] != second.id[:8]


async def test_a_session_over_the_api_has_no_chat(store: Store) -> None:
    async with store.transaction() as records:
        session = await records.sessions.add(
            chat=None, person_id=None, agent="a", workspace="/w", now=NOON
        )

    async with store.read() as records:
        assert await records.sessions.get(session.id) == session
    assert session.chat is None


async def test_everything_that_changes_is_saved(store: Store) -> None:
    async with store.transaction() as records:
        session = replace(
            await add_session(records),
            name="川の俳句",
            state=SessionState.STOPPED,
            updated_at=NOON + timedelta(microseconds=1),
            claude_session_id="claude-1",
            cost_usd=Decimal("1.234567891"),
            reported_total_usd=Decimal("0.000000001"),
            last_line="done ✅",
            model="opus",
            mode=Mode.PLAN,
            head="message-9",
            forked_from="claude-0",
            forked_at="message-5",
        )
        await records.sessions.save(session)

    async with store.read() as records:
        assert await records.sessions.get(session.id) == session


async def test_what_it_was_added_with_stays(store: Store) -> None:
    async with store.transaction() as records:
        session = await add_session(records)
        other = replace(
            session,
            chat=None,
            person_id=None,
            agent="another",
            workspace="/another",
            created_at=NOON + timedelta(days=1),
        )
        await records.sessions.save(other)

    async with store.read() as records:
        assert await records.sessions.get(session.id) == session


async def test_text_that_no_database_can_keep_is_kept_as_far_as_it_goes(store: Store) -> None:
    """The real ones put U+FFFD in place of NUL and lone surrogates; none of them fails."""
    async with store.transaction() as records:
        session = await add_session(records)
        await records.sessions.save(replace(session, last_line="a\0b\ud83d"))

    async with store.read() as records:
        kept = await records.sessions.get(session.id)
    assert kept is not None
    assert kept.last_line in {"a\ufffdb\ufffd", "a\0b\ud83d"}


async def test_an_unknown_session_is_none_and_cannot_be_locked(store: Store) -> None:
    async with store.transaction() as records:
        assert await records.sessions.get("f" * 32) is None
        with pytest.raises(NotFoundError):
            await records.sessions.lock("f" * 32)


async def test_it_is_found_by_number(store: Store) -> None:
    _, second = await _sessions(store, None, None)

    assert await _find(store, str(second.number)) == [second.number]


async def test_it_is_found_by_its_id_and_any_prefix_of_four_characters(store: Store) -> None:
    _, session = await _sessions(store, None, None)

    for reference in (session.id, session.id[:4], session.id[:6].upper(), session.id[:31]):
        assert session.number in await _find(store, reference)
    assert session.number not in await _find(store, session.id[:3] + "zz")


async def test_a_shorter_prefix_finds_nothing(store: Store) -> None:
    sessions = await _sessions(store, None)

    # With letters in it, so that it is no number.
    assert await _find(store, sessions[0].id[:2] + "x") == []


@pytest.mark.parametrize("reference", ["Fix the TEST", "fix the test", "FIX THE TEST"])
async def test_it_is_found_by_its_exact_name_in_any_case(store: Store, reference: str) -> None:
    named, _ = await _sessions(store, "Fix the test", "Fix the tests")

    assert await _find(store, reference) == [named.number]


@pytest.mark.parametrize(("name", "reference"), [("ÉTÉ", "été"), ("Ｈａｉｋｕ", "ｈＡＩＫＵ")])
async def test_case_is_ignored_in_other_scripts_too(
    store: Store, name: str, reference: str
) -> None:
    (named,) = await _sessions(store, name)

    assert await _find(store, reference) == [named.number]


@pytest.mark.parametrize("reference", ["%", "____", "%%%%", "f_x", "", "*", "'", "\\", "ab%d"])
async def test_signs_of_a_pattern_mean_themselves(store: Store, reference: str) -> None:
    await _sessions(store, "fix", None)
    (named,) = await _sessions(store, "100%_\\ done")

    assert await _find(store, reference) == []
    assert await _find(store, "100%_\\ DONE") == [named.number]


async def test_a_number_no_session_can_have_finds_nothing(store: Store) -> None:
    await _sessions(store, None)

    assert await _find(store, "9" * 40) == []


async def test_what_is_found_comes_newest_first_and_ten_at_most(store: Store) -> None:
    sessions = await _sessions(store, *(["same"] * 12))

    newest_first = [session.number for session in reversed(sessions)]
    assert await _find(store, "SAME") == newest_first[:10]


async def test_a_session_meant_in_two_ways_is_found_once(store: Store) -> None:
    (session,) = await _sessions(store, None)
    async with store.transaction() as records:
        await records.sessions.save(replace(session, name=str(session.number)))

    assert await _find(store, str(session.number)) == [session.number]


async def test_pages_go_from_the_newest_down(store: Store) -> None:
    sessions = await _sessions(store, *([None] * 5))
    numbers = [session.number for session in reversed(sessions)]

    async with store.read() as records:
        first = await records.sessions.page(limit=3)
        second = await records.sessions.page(limit=3, before_number=first[-1].number)
        third = await records.sessions.page(limit=3, before_number=second[-1].number)
    assert [session.number for session in first + second] == numbers
    assert third == []
