"""What people are called, and finding them by it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator_core.model import Language, Person, Role
from tests.admitted import town, with_role
from tests.people import OTHER_OWNER, OWNER

HARU = replace(with_role(Role.OPERATOR, "U1234567811"), name="Haru")


async def test_who_has_no_name_is_shown_as_they_show_themselves_beside_a_short_id() -> None:
    here = await town(replace(HARU, name=None, shown_name="Haru\u202e Tanaka\n"))
    [listed] = await here.say(OWNER, "/people")
    [changed] = await here.say(OWNER, "/people haru tanaka viewer")
    [by_label] = await here.say(OWNER, f"/people Haru Tanaka ({HARU.id[:9]}) name Aki")

    assert f"Haru Tanaka ({HARU.id[:9]}) · operator" in listed
    assert changed == f"Haru Tanaka ({HARU.id[:9]}) is now: viewer."
    assert by_label == "They are called Aki now."


@pytest.mark.parametrize("pretended", ["Haru", HARU.id, HARU.id[:10]])
async def test_nobody_can_show_themselves_as_somebody_else_is_known(pretended: str) -> None:
    other = Person(
        id="U-other",
        role=Role.OPERATOR,
        granted=Role.OPERATOR,
        language=Language.ENGLISH,
        shown_name=pretended,
    )
    here = await town(HARU, other)
    async with here.core.store.read() as records:
        found = await here.core.people.find(records, pretended)

    assert found.id == HARU.id


async def test_an_owner_who_has_not_written_yet_can_be_named() -> None:
    here = await town()
    [said] = await here.say(OWNER, f"/people {OTHER_OWNER} name Natsu")
    listed = (await here.say(OWNER, "/people"))[0]

    assert said == "They are called Natsu now."
    assert "Natsu · owner" in listed
    assert OTHER_OWNER not in listed
