"""What owners do with people: list, name, change, and take away, which ends at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.model import (
    ApprovalState,
    Language,
    NewApproval,
    Origin,
    Person,
    Role,
    Turn,
    TurnState,
)
from orchestrator_core.ports import Topic
from tests.admitted import OPERATOR, VIEWER, Town, home_of, town, with_role
from tests.core import Core
from tests.people import GROUP, OTHER_OWNER, OWNER, STRANGER
from tests.waiting import going, until

HARU = replace(with_role(Role.OPERATOR, "U1234567811"), name="Haru")
NATSU = replace(with_role(Role.VIEWER, "U1234567822"), name="Natsu")


async def asked_by(here: Town, person_id: str, *prompts: str) -> list[Turn]:
    """Their prompts, waiting in a session of their own."""
    core, origin = here.core, Origin(chat=home_of(person_id), person_id=person_id)
    session = await core.session(chat=origin.chat)
    return [await core.ask(session, prompt, origin=origin) for prompt in prompts]


async def revoke(here: Town, person_id: str = OPERATOR) -> str:
    [answer] = await here.say(OWNER, f"/people {person_id} revoke")
    return answer


async def test_everybody_with_a_role_is_listed_and_strangers_are_not() -> None:
    here = await town(HARU)
    [listed] = await here.say(OWNER, "/people")
    lines = listed.splitlines()[2:]

    assert lines == [
        *(f"{one[:9]} · owner" for one in (OWNER, OTHER_OWNER)),
        *("U-operato · operator", "Haru · operator", "U-viewer · viewer"),
    ]


async def test_an_owner_who_never_wrote_is_listed_too() -> None:
    core = Core(owners=frozenset({OWNER, OTHER_OWNER}))
    async with core.store.read() as records:
        known = await core.people.known(records)

    assert [(one.id, one.role) for one in known] == [
        (OWNER, Role.OWNER),
        (OTHER_OWNER, Role.OWNER),
    ]


async def test_a_person_is_shown_with_what_else_they_could_be() -> None:
    here = await town(HARU)
    await here.say(OWNER, "/people haru")
    buttons = (await here.core.deliveries())[-1].messages[0]["buttons"]
    await here.say(OWNER, f"/people {OTHER_OWNER}")
    fixed = (await here.core.deliveries())[-1].messages[0]["buttons"]

    assert [*buttons.values()] == [f"/people {HARU.id} viewer", f"/people {HARU.id} revoke"]
    assert fixed == {}


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("U1234567811", HARU.id),
        ("u1234567811", HARU.id),
        ("hARU", HARU.id),
        ("U12345678", "people.ambiguous"),
        ("U123456782", NATSU.id),
        ("U1", "people.unknown"),
        (STRANGER, "people.unknown"),
        ("nobody", "people.unknown"),
    ],
)
async def test_a_person_is_found_by_id_its_beginning_or_name(reference: str, found: str) -> None:
    here = await town(HARU, NATSU)
    async with here.core.store.read() as records:
        try:
            person_id = (await here.core.people.find(records, reference)).id
        except PersonError as error:
            person_id = error.key

    assert person_id == found


async def test_a_name_is_what_owners_say_it_is() -> None:
    here = await town()
    [said] = await here.say(OWNER, f"/people {VIEWER} name  Aki  from Osaka ")
    person = await here.person(VIEWER)

    assert said == "They are called Aki from Osaka now."
    assert (person.name, person.role) == ("Aki from Osaka", Role.VIEWER)


@pytest.mark.parametrize("said", ["viewer now please", "revoke them all"])
async def test_what_cannot_be_understood_changes_nothing(said: str) -> None:
    here = await town()
    [answer] = await here.say(OWNER, f"/people {OPERATOR} {said}")

    assert answer.startswith("I did not understand that.")
    assert (await here.person(OPERATOR)).role is Role.OPERATOR


async def test_an_owner_of_the_settings_stays_one() -> None:
    here = await town()
    [answer] = await here.say(OWNER, f"/people {OTHER_OWNER} revoke")

    assert "DENREI_OWNERS" in answer
    assert "U-second · owner" in (await here.say(OTHER_OWNER, "/people"))[0]


async def test_nobody_unknown_can_be_changed() -> None:
    core = Core()
    async with core.store.transaction() as records:
        with pytest.raises(PersonError, match=r"people\.unknown"):
            await core.people.set_role(
                records, "U-nobody", Role.VIEWER, by=OWNER, now=core.clock.now()
            )
        with pytest.raises(PersonError, match=r"people\.unknown"):
            await core.people.rename(records, "U-nobody", "x", by=OWNER, now=core.clock.now())


async def test_the_same_role_again_says_nothing_to_anybody_else() -> None:
    here = await town()
    heard = await here.hear(OWNER, f"/people {VIEWER} viewer", home_of(OWNER))

    assert [*heard] == [OWNER]
    assert here.core.store.audit_entries == []


async def test_a_revoked_person_s_prompts_do_not_run_and_owners_are_told() -> None:
    here = await town()
    turns = await asked_by(here, OPERATOR, "one", "two")
    others = await asked_by(here, OWNER, "mine")
    heard = await here.hear(OWNER, f"/people {OPERATOR} revoke", home_of(OWNER))
    after = [(await here.core.read_turn(turn.id)).state for turn in [*turns, *others]]

    assert after == [TurnState.STOPPED, TurnState.STOPPED, TurnState.QUEUED]
    assert heard[OWNER][0].endswith("2 prompts of theirs will not be answered.")
    assert heard[OTHER_OWNER][0].endswith("2 prompts of theirs will not be answered.")
    assert OPERATOR not in heard


async def test_an_operator_who_becomes_a_viewer_loses_their_prompts_too() -> None:
    here = await town()
    [turn] = await asked_by(here, OPERATOR, "one")
    await here.say(OWNER, f"/people {OPERATOR} as viewer")

    assert (await here.core.read_turn(turn.id)).state is TurnState.STOPPED


async def test_a_viewer_who_becomes_an_operator_loses_nothing() -> None:
    here = await town()
    [turn] = await asked_by(here, VIEWER, "asked when they still were one")
    await here.say(OWNER, f"/people {VIEWER} operator")

    assert (await here.core.read_turn(turn.id)).state is TurnState.QUEUED


async def test_what_runs_for_a_revoked_person_is_told_to_end_with_its_open_questions() -> None:
    here = await town()
    [turn] = await asked_by(here, OPERATOR, "one")
    core, now = here.core, here.core.clock.now()
    await core.save_turn(turn, state=TurnState.RUNNING)
    async with core.store.transaction() as records:
        asked = await records.approvals.add(
            NewApproval(
                turn_id=turn.id,
                session_id=turn.session_id,
                nonce="n",
                tool="Bash",
                tool_input={"command": "rm -r build"},
                person_id=OPERATOR,
                created_at=now,
                expires_at=now.replace(year=now.year + 1),
            )
        )
    await revoke(here)
    async with core.store.read() as records:
        question = await records.approvals.get(asked.id)

    assert (await core.read_turn(turn.id)).stop_requested
    assert question.state is ApprovalState.CANCELLED
    assert {Topic.STOPS, Topic.APPROVALS} <= {*core.wakeups.rung}


async def test_a_revoked_person_is_told_no_once_and_gets_no_code() -> None:
    here = await town()
    answer = await revoke(here)
    told = [await here.say(OPERATOR, said) for said in ("/status", "hello?")]

    assert answer == "U-operato is now: without a role."
    assert told == [["Sorry, I only take orders from people my owners have let in."], []]
    assert here.core.codes == []


async def test_a_revoked_person_can_be_let_in_again_by_an_owner() -> None:
    here = await town()
    await revoke(here)
    [again] = await here.say(OWNER, f"/people {OPERATOR} viewer")
    person = await here.person(OPERATOR)

    assert again == "U-operato is now: viewer."
    assert (person.role, person.revoked_at, person.invited_by) == (Role.VIEWER, None, OWNER)


async def test_an_owner_whom_the_settings_no_longer_name_is_what_they_were_made() -> None:
    here = await town()
    await here.say(OTHER_OWNER, "/help")
    stored = await here.person(OTHER_OWNER)
    fewer = Town(Core(owners=frozenset({OWNER})))
    await fewer.settle(stored)
    [refused] = await fewer.say(OTHER_OWNER, "/people")

    assert stored.role is Role.OWNER
    assert refused.startswith("Hello. I do not know you yet.")


async def test_an_owner_by_grant_is_asked_and_told_like_the_others() -> None:
    core = Core()
    made = Person(id="U-third", role=Role.OWNER, granted=Role.OWNER, language=Language.ENGLISH)
    async with core.store.transaction() as records:
        await records.people.save(made)
        at_home = await core.gate.owners_at_home(records)

    assert [person.id for person, _ in at_home] == [OWNER, "U-third"]


async def test_revoking_in_the_middle_of_a_prompt_comes_before_it_or_after_it() -> None:
    """Never between the look at the role and the prompt that it allows."""
    here = await town()
    await asyncio.gather(here.say(OPERATOR, "fix it"), revoke(here))
    async with here.core.store.read() as records:
        assert await records.people.open_turns(OPERATOR) == []


async def test_in_a_group_the_revoked_one_is_not_heard_and_the_others_are() -> None:
    here = await town()
    await revoke(here)

    assert await here.hear(OPERATOR, "/status", GROUP) == {}
    assert await here.say(VIEWER, "/status", chat=GROUP) != []


async def test_when_the_settings_name_an_owner_no_more_what_they_had_waiting_ends() -> None:
    here = Town(Core(owners=frozenset({OWNER})))
    former = Person(id=OTHER_OWNER, role=Role.OWNER, language=Language.ENGLISH)
    made = replace(former, id="U-third", granted=Role.OWNER)
    await here.settle(former, made)
    [turn] = await asked_by(here, OTHER_OWNER, "one")
    [theirs] = await asked_by(here, made.id, "two")
    async with going(here.core.intake().run()):
        await until(lambda: bool(here.core.store.audit_entries))

    [entry] = here.core.store.audit_entries
    assert (entry.actor, entry.action) == ("denrei", "person.role")
    assert (await here.person(OTHER_OWNER)).role is Role.STRANGER
    assert (await here.person(made.id)).role is Role.OWNER
    assert (await here.core.read_turn(turn.id)).state is TurnState.STOPPED
    assert (await here.core.read_turn(theirs.id)).state is TurnState.QUEUED
