"""Who may command Denrei, and in which language they are spoken to."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from orchestrator_core.errors import MessengerUnclearError
from orchestrator_core.gate import ASK_AGAIN_AFTER, MEETING_KEPT, MOST_MEETING, Gate, Shown
from orchestrator_core.languages import guess_language
from orchestrator_core.model import Language, Person, Role
from orchestrator_core.ports import Profile
from tests.core import Core
from tests.fakes.clock import NOON
from tests.fakes.messenger import FakeMessenger
from tests.people import GROUP, HOME, OTHER_OWNER, OWNER, STRANGER
from tests.waiting import until


class MuteMessenger(FakeMessenger):
    """A platform that never tells a profile."""

    async def profile(self, person_id: str) -> Profile:
        raise MessengerUnclearError("no answer")


async def recognised(core: Core, person_id: str, said: str = "", **given: Language) -> Person:
    async with core.store.transaction() as records:
        return await core.gate.recognise(
            records, person_id, shown=Shown(given.get("language")), said=said
        )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("川について俳句を書いて", Language.JAPANESE),
        ("fix the テスト please", Language.JAPANESE),
        ("ﾃｽﾄを直して", Language.JAPANESE),
        ("状態", Language.JAPANESE),
        ("fix 東京 in the list of cities", Language.ENGLISH),
        ("這個測試失敗了，請修好", Language.CHINESE),
        ("你好", Language.CHINESE),
        ("fix 這個 in the list of words", Language.ENGLISH),
        ("ช่วยแก้เทสต์ให้หน่อย", Language.THAI),
        ("รัน pytest แล้วแก้ main.py ให้ผ่าน", Language.THAI),
        ("請求書申請、個人情報返還", Language.JAPANESE),
        ("write a haiku", Language.ENGLISH),
        ("Привет, мир", Language.ENGLISH),
        ("", Language.ENGLISH),
        ("123 !?", Language.ENGLISH),
    ],
)
def test_the_language_is_guessed_from_what_is_written(text: str, language: Language) -> None:
    assert guess_language(text) is language


async def test_an_owner_is_who_the_settings_name() -> None:
    core = Core()

    assert (await recognised(core, OWNER)).role is Role.OWNER
    assert (await recognised(core, STRANGER)).role is Role.STRANGER


async def test_a_person_is_known_from_then_on() -> None:
    core = Core()
    first = await recognised(core, OWNER, "こんにちは")
    again = await recognised(core, OWNER, "hello")

    assert again == first
    assert again.language is Language.JAPANESE


async def test_a_stranger_who_is_made_an_owner_keeps_their_language() -> None:
    core = Core()
    stranger = Person(id=OWNER, role=Role.STRANGER, language=Language.JAPANESE)
    async with core.store.transaction() as records:
        await records.people.save(stranger)

    assert await recognised(core, OWNER, "hi") == replace(stranger, role=Role.OWNER)


async def test_the_language_a_person_has_set_counts_more_than_a_guess() -> None:
    found = await recognised(Core(), OWNER, "hello", language=Language.JAPANESE)

    assert found.language is Language.JAPANESE


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("ja", Language.JAPANESE),
        ("ja-JP", Language.JAPANESE),
        ("en-GB", Language.ENGLISH),
        ("th", Language.THAI),
        ("zh-TW", Language.CHINESE),
        ("ko", Language.ENGLISH),
        (None, None),
    ],
)
async def test_an_owner_s_profile_is_asked_at_first_sight(
    tag: str | None, language: Language | None
) -> None:
    profile = Profile(display_name="Haru", language=tag)
    core = Core(messenger=FakeMessenger(profiles={OWNER: profile}))

    assert await core.gate.profile(OWNER, now=NOON) == Shown(language, "Haru")


async def test_a_profile_is_not_asked_of_strangers_or_twice() -> None:
    profile = Profile(display_name="?", language="ja")
    core = Core(messenger=FakeMessenger(profiles={OWNER: profile, STRANGER: profile}))
    await core.know(OWNER)

    assert await core.gate.profile(STRANGER, now=NOON) == Shown()
    assert await core.gate.profile(OWNER, now=NOON) == Shown()


async def test_a_changed_language_is_noticed_without_waiting_for_it() -> None:
    messenger = FakeMessenger(profiles={OWNER: Profile(display_name="Haru", language="en")})
    gate = Core(messenger=messenger).gate
    first = await gate.profile(OWNER, now=NOON)
    await recognise_with(gate, first)
    messenger.profiles[OWNER] = Profile(display_name="Natsu", language="ja")
    too_soon = await gate.profile(OWNER, now=NOON)
    meanwhile = await gate.profile(OWNER, now=NOON + ASK_AGAIN_AFTER)
    await until(lambda: gate.asking == 0)
    noticed = await gate.profile(OWNER, now=NOON + ASK_AGAIN_AFTER)
    person = await recognise_with(gate, noticed)

    assert first == Shown(Language.ENGLISH, "Haru")
    assert too_soon == meanwhile == Shown()
    assert noticed == Shown(Language.JAPANESE, "Natsu")
    assert (person.language, person.shown_name) == (Language.JAPANESE, "Natsu")


async def recognise_with(gate: Gate, shown: Shown) -> Person:
    async with gate.store.transaction() as records:
        return await gate.recognise(records, OWNER, shown=shown, said="hi")


@pytest.mark.parametrize("messenger", [FakeMessenger(), MuteMessenger()])
async def test_a_missing_profile_holds_nobody_up(messenger: FakeMessenger) -> None:
    async with asyncio.timeout(1):
        assert await Core(messenger=messenger).gate.profile(OWNER, now=NOON) == Shown()


async def test_a_stranger_is_told_no_once_and_never_in_a_group() -> None:
    core = Core()
    told = []
    for chat in (GROUP, HOME, HOME, GROUP):
        person = await recognised(core, STRANGER)
        async with core.store.transaction() as records:
            told.append(await core.gate.refuse(records, person, chat, core.clock.now()))

    assert told == [False, True, False, False]


async def test_owners_are_at_home_in_the_chat_of_their_own_id() -> None:
    core = Core(owners=frozenset({OWNER, OTHER_OWNER}))
    await core.know(OTHER_OWNER, Language.JAPANESE)
    async with core.store.read() as records:
        found = await core.gate.owners_at_home(records)

    assert [(person.language, origin.chat.id) for person, origin in found] == [
        (Language.ENGLISH, OWNER),
        (Language.JAPANESE, OTHER_OWNER),
    ]
    assert all(origin.chat.is_one_to_one and not origin.reply_token for _, origin in found)


async def test_a_role_that_was_given_is_kept_and_the_settings_make_owners() -> None:
    core = Core()
    for person_id in (OWNER, STRANGER):
        async with core.store.transaction() as records:
            await records.people.save(
                Person(
                    id=person_id,
                    role=Role.VIEWER,
                    granted=Role.VIEWER,
                    language=Language.ENGLISH,
                )
            )

    assert (await recognised(core, OWNER)).role is Role.OWNER
    assert (await recognised(core, STRANGER)).role is Role.VIEWER


@pytest.mark.parametrize("stored", Role)
async def test_what_is_stored_makes_nobody_more_than_they_were_given(stored: Role) -> None:
    core = Core()
    async with core.store.transaction() as records:
        await records.people.save(Person(id=STRANGER, role=stored, language=Language.ENGLISH))

    assert (await recognised(core, STRANGER)).role is Role.STRANGER


async def test_the_profile_of_a_person_with_a_role_is_asked_as_an_owner_s_is() -> None:
    profile = Profile(display_name="Aki", language="ja")
    core = Core(messenger=FakeMessenger(profiles={STRANGER: profile}))
    viewer = Person(id=STRANGER, role=Role.VIEWER, granted=Role.VIEWER, language=Language.ENGLISH)
    async with core.store.transaction() as records:
        await records.people.save(viewer)
    first = await core.gate.profile(STRANGER, now=NOON)
    await until(lambda: core.gate.asking == 0)
    noticed = await core.gate.profile(STRANGER, now=NOON)

    assert (first, noticed) == (Shown(), Shown(Language.JAPANESE, "Aki"))


async def test_strangers_profiles_are_asked_beside_the_work_and_few_at_once() -> None:
    people = [f"U-{number}" for number in range(MOST_MEETING + 1)]
    profiles = {one: Profile(display_name="Sora", language="ja") for one in people}
    gate = Core(messenger=FakeMessenger(profiles=profiles)).gate
    begun = [gate.is_meeting(one, now=NOON) for one in people]
    await until(lambda: not gate.is_meeting(people[0], now=NOON))
    met = [await gate.profile(people[0], now=NOON) for _ in range(2)]

    assert begun == [True] * MOST_MEETING + [False]
    assert met == [Shown(Language.JAPANESE, "Sora"), Shown()]


async def test_a_profile_that_nobody_fetched_makes_room_for_others() -> None:
    gate = Core().gate
    for number in range(MOST_MEETING):
        gate.is_meeting(f"U-{number}", now=NOON)
    refused = gate.is_meeting(STRANGER, now=NOON + MEETING_KEPT)

    assert refused is False
    assert gate.is_meeting(STRANGER, now=NOON + MEETING_KEPT * 2) is True
