"""How somebody is let in: a code, once, for a while, and not by trying."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator_core.model import AuditAction, Role
from orchestrator_core.pairing import (
    ALPHABET,
    CODE_LENGTH,
    LIFE,
    MOST_PER_PERSON,
    MOST_WAITING,
    MOST_WRONG,
    WRONG_WINDOW,
    folded,
    new_code,
    shown,
)
from tests.admitted import OPERATOR, Town, home_of, town
from tests.people import GROUP, OTHER_OWNER, OWNER, STRANGER

MOMENT = timedelta(seconds=1)
DAY = timedelta(days=1)
UNKNOWN = "I know no such code."


async def knocked(person_id: str = STRANGER) -> tuple[Town, str]:
    """Somebody who was given a code."""
    here = await town()
    await here.say(person_id, "hello")
    return here, here.core.codes[-1]


def wrong(number: int) -> str:
    """A code that nobody has."""
    return "2" * 7 + ALPHABET[number % len(ALPHABET)]


def test_a_code_is_eight_signs_that_cannot_be_taken_for_others() -> None:
    codes = {new_code() for _ in range(50)}

    assert len(codes) == 50
    assert all(len(code) == CODE_LENGTH and {*code} <= {*ALPHABET} for code in codes)
    assert not {*"01ILOU"} & {*ALPHABET}


@pytest.mark.parametrize("typed", ["abcd-efgh", "ＡＢＣＤ－ＥＦＧＨ", "AbCd.EfGh", " ABCDEFGH\n"])
def test_a_code_may_be_typed_in_any_width_case_and_grouping(typed: str) -> None:
    assert folded(typed) == "ABCDEFGH"


async def test_a_stranger_gets_a_code_and_every_owner_a_card_with_it() -> None:
    here = await town()
    heard = await here.hear(STRANGER, "hello", home_of(STRANGER))
    code = shown(here.core.codes[0])
    cards = [one for one in await here.core.deliveries() if one.chat_id != STRANGER]

    assert code in heard[STRANGER][0]
    assert {card.chat_id for card in cards} == {OWNER, OTHER_OWNER}
    [card] = here.core.pairing.seals.opened(cards[0].messages)
    assert [*card["buttons"].values()] == [
        f"/pair {code} as operator",
        f"/pair {code} as viewer",
        f"/pair {code} refuse",
    ]


async def test_the_code_itself_is_not_stored_with_the_pairing() -> None:
    here, code = await knocked()
    async with here.core.store.read() as records:
        [pairing] = await records.pairings.of_person(STRANGER, here.core.clock.now() - DAY)

    assert code not in pairing.mark
    assert pairing.mark == here.core.pairing.mark(code)
    assert len(pairing.mark) == 64


async def test_no_message_that_is_stored_holds_a_code() -> None:
    here, code = await knocked()
    await here.say(OWNER, f"/pair {shown(code)}")
    stored = str(await here.core.deliveries())

    assert len(await here.core.deliveries()) == 4
    assert code not in folded(stored)


async def test_in_a_group_nobody_gets_a_code() -> None:
    here = await town()

    assert await here.hear(STRANGER, "hello", GROUP) == {}
    assert here.core.codes == []


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER, Role.OWNER])
async def test_an_accepted_person_has_the_role_from_their_next_word_on(role: Role) -> None:
    here, code = await knocked()
    heard = await here.hear(OWNER, f"/pair {shown(code)} as {role}", home_of(OWNER))
    answer = await here.say(STRANGER, "/status")
    person = await here.person(STRANGER)

    assert heard[OWNER][0].startswith(f"{STRANGER[:9]} is {role} now.")
    assert heard[STRANGER] == [
        f"You have been let in as {role}. Send /help to see what you can do."
    ]
    assert heard[OTHER_OWNER] == [f"{STRANGER[:9]} ({STRANGER}) is now: {role}."]
    assert answer == ["There is no session yet. Send me a task to start one."]
    assert (person.role, person.granted, person.invited_by) == (role, role, OWNER)


async def test_who_was_let_in_is_in_the_audit_without_the_code() -> None:
    here, code = await knocked()
    await here.say(OWNER, f"/pair {code} as viewer")
    entries = {entry.action: entry for entry in here.core.store.audit_entries}

    assert {"person.accepted", "person.role"} <= {*entries}
    assert entries[AuditAction.PERSON_ACCEPTED].actor == OWNER
    assert not any(code in str(entry) for entry in entries.values())


async def test_a_code_is_good_once() -> None:
    here, code = await knocked()
    await here.say(OWNER, f"/pair {code} as viewer")
    [second] = await here.say(OTHER_OWNER, f"/pair {code} as operator")

    assert second.startswith("This code was used already.")
    assert (await here.person(STRANGER)).role is Role.VIEWER


async def test_a_used_code_does_not_let_a_revoked_person_in_again() -> None:
    here, code = await knocked()
    await here.say(OWNER, f"/pair {code} as viewer")
    await here.say(OWNER, f"/people {STRANGER} revoke")
    await here.say(OWNER, f"/pair {code} as viewer")

    assert (await here.person(STRANGER)).role is Role.STRANGER


@pytest.mark.parametrize(
    ("after", "answer"),
    [
        (LIFE - MOMENT, "U-strange is viewer now."),
        (LIFE, "This code has expired."),
        (DAY, UNKNOWN),
    ],
)
async def test_a_code_is_good_for_an_hour(after: timedelta, answer: str) -> None:
    here, code = await knocked()
    here.core.clock.advance(after)
    [said] = await here.say(OWNER, f"/pair {code} as viewer")

    assert said.startswith(answer)


async def test_a_code_lets_in_the_one_it_was_given_to_and_nobody_else() -> None:
    here, first = await knocked()
    await here.say("U-another", "me too")
    await here.say(OWNER, f"/pair {first} as viewer")

    assert (await here.person(STRANGER)).role is Role.VIEWER
    assert (await here.person("U-another")).role is Role.STRANGER


@pytest.mark.parametrize("person_id", ["U-another", OPERATOR])
async def test_only_an_owner_can_accept_a_code(person_id: str) -> None:
    here, code = await knocked()
    await here.say(person_id, f"/pair {code} as owner")
    await here.say(STRANGER, f"/pair {code} as owner")

    assert (await here.person(STRANGER)).role is Role.STRANGER
    assert not any(one.action == "person.role" for one in here.core.store.audit_entries)


async def test_a_refused_person_gets_no_other_code_for_a_day() -> None:
    here, code = await knocked()
    [said] = await here.say(OWNER, f"/pair {code} refuse")
    [accepted] = await here.say(OTHER_OWNER, f"/pair {code} as viewer")
    refused = [await here.say(STRANGER, "please") for _ in range(2)]
    here.core.clock.advance(DAY)
    next_day = await here.say(STRANGER, "please")

    assert said.startswith("Refused.")
    assert accepted == "This code was refused already."
    assert refused == [["Sorry, I only take orders from people my owners have let in."], []]
    assert shown(here.core.codes[1]) in next_day[0]


async def test_a_person_gets_few_codes_in_a_day() -> None:
    here = await town()
    for _ in range(MOST_PER_PERSON + 2):
        await here.say(STRANGER, "hello")
        here.core.clock.advance(LIFE)

    assert len(here.core.codes) == MOST_PER_PERSON


async def test_many_strangers_cannot_flood_the_owners() -> None:
    here = await town()
    for number in range(MOST_WAITING + 5):
        await here.say(f"U-{number}", "hello")
    to_owner = [one for one in await here.core.deliveries() if one.chat_id == OWNER]

    assert len(here.core.codes) == len(to_owner) == MOST_WAITING


async def test_guessing_is_bounded_and_then_the_right_code_is_refused_too() -> None:
    here, code = await knocked()
    tried = [await here.say(OWNER, f"/pair {wrong(n)} as owner") for n in range(MOST_WRONG)]
    [right] = await here.say(OWNER, f"/pair {code} as viewer")
    here.core.clock.advance(WRONG_WINDOW)
    [later] = await here.say(OWNER, f"/pair {code} as viewer")

    assert all(answer[0].startswith(UNKNOWN) for answer in tried)
    assert right.startswith("Too many wrong codes.")
    assert later.startswith("U-strange is viewer now.")


async def test_one_owner_s_wrong_codes_do_not_lock_another_out() -> None:
    here, code = await knocked()
    for number in range(MOST_WRONG):
        await here.say(OWNER, f"/pair {wrong(number)} as owner")
    [other] = await here.say(OTHER_OWNER, f"/pair {code} as viewer")

    assert other.startswith("U-strange is viewer now.")


async def test_a_mistyped_role_spends_neither_the_code_nor_a_try() -> None:
    here, code = await knocked()
    [typo] = await here.say(OWNER, f"/pair {code} as king")
    [asked] = await here.say(OWNER, f"/pair {code}")
    [done] = await here.say(OWNER, f"/ペアリング {code} オペレーター")

    assert typo.startswith("I know no role “king”.")
    assert asked == "As what shall I let them in?"
    assert done.startswith("U-strange is operator now.")


async def test_who_waits_is_listed_without_their_codes() -> None:
    here, code = await knocked()
    [listed] = await here.say(OWNER, "/pair")
    await here.say(OWNER, f"/pair {code} as viewer")
    [nobody] = await here.say(OWNER, "/pair")

    assert listed.startswith("1 person waits")
    assert STRANGER[:9] in listed
    assert code not in listed
    assert shown(code) not in listed
    assert nobody.startswith("Nobody waits")
