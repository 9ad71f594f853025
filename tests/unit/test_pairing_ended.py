"""A code is worth nothing any more once somebody decided about its person some other way."""

from __future__ import annotations

import pytest

from orchestrator_core.model import Role
from tests.people import OWNER, STRANGER
from tests.unit.test_pairing import DAY, knocked


@pytest.mark.parametrize("then", [Role.VIEWER, Role.STRANGER])
async def test_a_code_ends_when_a_role_is_given_or_taken_some_other_way(then: Role) -> None:
    here, code = await knocked()
    core, now = here.core, here.core.clock.now()
    for role in (Role.OPERATOR, Role.STRANGER) if then is Role.STRANGER else (then,):
        async with core.store.transaction() as records:
            await core.people.set_role(records, STRANGER, role, by="cli", now=now)
    before = await here.person(STRANGER)
    [told] = await here.say(OWNER, f"/pair {code} as owner")
    async with core.store.read() as records:
        [pairing] = await records.pairings.of_person(STRANGER, now - DAY)

    assert "already" in told
    assert await here.person(STRANGER) == before
    assert pairing.decided_by == "cli"


async def test_a_stranger_s_code_ends_when_they_are_revoked_before_they_ever_had_a_role() -> None:
    here, code = await knocked()
    core = here.core
    async with core.store.transaction() as records:
        now = core.clock.now()
        await core.people.set_role(records, STRANGER, Role.STRANGER, by="api", now=now)
    [told] = await here.say(OWNER, f"/pair {code} as owner")

    assert "already" in told
    assert (await here.person(STRANGER)).granted is None
