"""What was allowed for the rest of a session is seen, and ends when somebody says so."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from commands.grants import MOST_LISTED
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Card
from orchestrator_core.model import Grant, Role, Session
from orchestrator_core.rights import Audience
from tests.core import Core
from tests.fakes.clock import NOON
from tests.messages import commands_of, facts_of
from tests.people import OTHER_OWNER, OWNER, at_home
from tests.questions import BASH, OFF_LIST, asked

GRANT = Grant(
    session_id="s",
    mark="1" * 64,
    granted_by=OWNER,
    approval_id=7,
    created_at=NOON,
    text="Bash(make)",
)


async def granted(core: Core, *grants: Grant) -> Session:
    """A session that is current in the owner's chat, with these."""
    await core.know()
    session = await core.session()
    async with core.store.transaction() as records:
        for one in grants:
            await records.approvals.grant(replace(one, session_id=session.id))
    return session


async def left(core: Core, session: Session) -> list[str]:
    async with core.store.read() as records:
        return [one.text for one in await records.approvals.grants(session.id, limit=99)]


async def test_a_yes_for_the_session_is_listed_with_who_said_it_and_a_button_that_ends_it() -> (
    None
):
    core = Core()
    async with asked(core) as question:
        await question.tap(more=True)
        await question.verdict()
        [card] = await core.answers("/approve grants")
        [told] = await core.answers("/approve revoke 1")
        [nothing] = await core.answers("/承認 許可一覧 1")

    assert isinstance(card, Card)
    assert facts_of(card)["1 · U-owner"] == "Bash(rm -rf build\nmake)"
    assert commands_of(card) == ["/approve revoke 1"]
    assert told.text.startswith("Taken back. From now on you are asked again for: Bash(rm -rf")
    assert nothing.text.startswith("Nothing was allowed for the rest of #1")


async def test_what_was_taken_back_is_asked_again_and_stands_in_the_books() -> None:
    core = Core()
    session = await granted(core, GRANT, replace(GRANT, mark="2" * 64, text="Bash(ls)"))
    await core.answers("/approve revoke ＃1")

    entry = core.store.audit_entries[-1]
    assert await left(core, session) == ["Bash(ls)"]
    assert (entry.actor, entry.action, entry.session_id) == (
        OWNER,
        "grant.taken_back",
        session.id,
    )
    assert entry.detail == {"grant_id": 1, "approval_id": 7, "allowed": "Bash(make)"}


@pytest.mark.parametrize("reference", ["2", "", "x", "-1", "9" * 40])
async def test_nothing_is_taken_back_that_is_not_there(reference: str) -> None:
    core = Core()
    session = await granted(core, GRANT)
    with pytest.raises(PersonError) as error:
        await core.answers(f"/approve revoke {reference}")

    assert error.value.key == "grants.no_such"
    assert await left(core, session) == ["Bash(make)"]


@pytest.mark.parametrize("said", ["/approve grants 1", "/approve revoke 1"])
async def test_whoever_may_not_see_the_session_sees_and_ends_nothing(said: str) -> None:
    core = Core(audiences={"claude": Audience(roles=frozenset({Role.OWNER}))})
    session = await granted(core, GRANT)
    await core.know("U-operator")
    async with core.store.transaction() as records:
        known = await records.people.get("U-operator")
        assert known is not None
        operator = replace(known, role=Role.OPERATOR, granted=Role.OPERATOR)
        await records.people.save(operator)
    with pytest.raises(PersonError):
        await core.answers(said, person_id="U-operator")

    assert await left(core, session) == ["Bash(make)"]


async def test_status_leads_to_what_is_allowed_where_something_is() -> None:
    core = Core()
    await granted(core)
    [before] = await core.answers("/status")
    await granted(core, GRANT)
    [after] = await core.answers("/status 2")

    assert "/approve grants 1" not in commands_of(before)
    assert "/approve grants 2" in commands_of(after)


async def test_more_than_a_card_holds_is_said_so() -> None:
    core = Core()
    many = [replace(GRANT, mark=f"{one:064}") for one in range(MOST_LISTED + 1)]
    await granted(core, *many)
    [card] = await core.answers("/approve grants")

    assert isinstance(card, Card)
    assert len(card.buttons) == MOST_LISTED and "There is more" in card.text


async def test_one_from_before_its_words_were_kept_is_named_by_its_question() -> None:
    core = Core()
    await granted(core, replace(GRANT, text=""))
    [card] = await core.answers("/approve grants")

    assert "What call 7 asked for" in facts_of(card).values()


async def test_a_yes_for_the_session_counts_though_one_before_it_has_lost_its_right() -> None:
    """Else the call would be asked for ever, whoever allows it."""
    core = Core(owners=frozenset({OWNER, OTHER_OWNER}))
    async with asked(core, over_the_api=True) as question:
        await question.tap(more=True)
        await question.verdict()
        object.__setattr__(core.gate, "owners", frozenset({OTHER_OWNER}))
        settle = partial(
            core.approvals.settle, question.turn, question.lease, "Bash", BASH, OFF_LIST
        )
        question.waiting = asyncio.create_task(settle())
        async with asyncio.timeout(5):
            while not (waiting := await core.pending_approvals(question.turn.id)):  # noqa: ASYNC110
                await asyncio.sleep(0)
        question.approval = waiting[0]
        await question.tap(more=True, person_id=OTHER_OWNER, chat=at_home(OTHER_OWNER).chat)
        await question.verdict()

        assert (await settle()).allow
