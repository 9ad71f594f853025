"""Who had their role taken away is sent nothing more, whatever was on its way to them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator_core.messages import Say
from orchestrator_core.model import DeliveryState, Language, Origin, Person, Role
from tests.admitted import OPERATOR, Town, home_of, town
from tests.core import Core
from tests.money import spend
from tests.people import GROUP, OTHER_OWNER, OWNER

NO = "Sorry, I only take orders from people my owners have let in."


async def put(here: Town, person_id: str, text: str = "the answer") -> None:
    async with here.core.store.transaction() as records:
        to = Origin(chat=home_of(person_id), person_id=person_id)
        await here.core.outbox.put(records, [Say(text=text)], to=to, now=here.core.clock.now())


async def sent_to(here: Town, person_id: str) -> list[str]:
    courier = here.core.courier()
    while await courier.send_due():
        await courier.settle()
    sent = await here.core.deliveries(DeliveryState.SENT)
    return [one.messages[0]["text"] for one in sent if one.chat_id == person_id]


@pytest.mark.parametrize("door", ["chat", "desk"])
async def test_what_waits_to_be_sent_to_them_is_not_sent(door: str) -> None:
    here = await town()
    await put(here, OPERATOR)
    if door == "chat":
        await here.say(OWNER, f"/people {OPERATOR} revoke")
    else:
        async with here.core.store.transaction() as records:
            await here.core.people.set_role(
                records, OPERATOR, Role.STRANGER, by="cli", now=here.core.clock.now()
            )

    assert await sent_to(here, OPERATOR) == []


async def test_they_are_still_told_no_when_they_write_again() -> None:
    here = await town()
    await put(here, OPERATOR)
    await here.say(OWNER, f"/people {OPERATOR} revoke")
    await here.say(OPERATOR, "/status")

    assert await sent_to(here, OPERATOR) == [NO]


async def test_what_goes_to_others_and_to_groups_is_sent() -> None:
    here = await town()
    async with here.core.store.transaction() as records:
        to = Origin(chat=GROUP, person_id=OPERATOR)
        now = here.core.clock.now()
        await here.core.outbox.put(records, [Say(text="for all")], to=to, now=now)
    await here.say(OWNER, f"/people {OPERATOR} revoke")

    assert await sent_to(here, GROUP.id) == ["for all"]
    assert len(await sent_to(here, OTHER_OWNER)) == 1


async def test_an_owner_whom_the_settings_name_no_more_is_sent_nothing_that_waited() -> None:
    here = Town(Core(owners=frozenset({OWNER})))
    await here.settle(Person(id=OTHER_OWNER, role=Role.OWNER, language=Language.ENGLISH))
    await put(here, OTHER_OWNER)
    async with here.core.store.transaction() as records:
        fallen = await here.core.people.settle(records, now=here.core.clock.now())

    assert fallen == 1
    assert await sent_to(here, OTHER_OWNER) == []


async def test_what_a_viewer_was_told_before_they_became_one_still_arrives() -> None:
    here = await town()
    await put(here, OPERATOR)
    await here.say(OWNER, f"/people {OPERATOR} viewer")

    assert "the answer" in await sent_to(here, OPERATOR)


async def test_no_alert_of_a_budget_reaches_them() -> None:
    """Their last run is booked a moment after they were let go."""
    here = await town()
    core = here.core = Core(owners=frozenset({OWNER}), budget_usd=Decimal(2))
    await here.settle()
    origin = Origin(chat=home_of(OPERATOR), person_id=OPERATOR)
    session = await core.session(chat=origin.chat)
    turn = await core.ask(session, origin=origin)
    await here.say(OWNER, f"/people {OPERATOR} revoke")
    await spend(core, replace(session, person_id=OPERATOR), turn, 2)
    alerts = [one for one in await core.deliveries() if "budget" in str(one.messages).lower()]

    assert {one.chat_id for one in alerts} == {OWNER}
