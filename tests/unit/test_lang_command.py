"""`/lang` and `/whoami`: a person's own language, and what Denrei knows of them."""

from __future__ import annotations

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.gate import ASK_AGAIN_AFTER, Shown
from orchestrator_core.languages import NAMES, guess_language, language_of_tag
from orchestrator_core.model import Language
from orchestrator_core.ports import Profile
from tests.core import Core
from tests.fakes.messenger import FakeMessenger
from tests.messages import commands_of
from tests.people import OWNER


@pytest.mark.parametrize("word", ["ja", "JA", "日本語", "Japanese", " 日本語 "])
async def test_the_language_chosen_is_spoken_from_then_on(word: str) -> None:
    core = Core()
    [now] = await core.answers(f"/lang {word}")
    [after] = await core.answers("/lang")

    assert now.text == "これからは日本語で話します。"
    assert after.text == "選ばれたとおり、日本語で話しています。"


@pytest.mark.parametrize(
    ("word", "now"),
    [
        ("zh-Hant", "今後我用繁體中文和您說話。"),
        ("zh-TW", "今後我用繁體中文和您說話。"),
        ("繁體中文", "今後我用繁體中文和您說話。"),
        ("TH", "จากนี้ไปฉันจะใช้ภาษาไทยกับคุณ"),
        ("ไทย", "จากนี้ไปฉันจะใช้ภาษาไทยกับคุณ"),
    ],
)
async def test_the_language_chosen_says_so_itself(word: str, now: str) -> None:
    [told] = await Core().answers(f"/lang {word}")

    assert told.text == now


async def test_the_choice_counts_more_than_the_profile_until_it_is_given_up() -> None:
    messenger = FakeMessenger(profiles={OWNER: Profile(display_name="Haru", language="en")})
    core = Core(messenger=messenger)
    await core.answers("/lang ja")
    core.clock.advance(ASK_AGAIN_AFTER)
    [kept] = await core.answers("/lang")
    await core.answers("/lang auto")
    core.clock.advance(ASK_AGAIN_AFTER)
    async with core.store.transaction() as records:
        told = await core.gate.recognise(records, OWNER, shown=Shown(Language.ENGLISH), said="")

    assert "日本語" in kept.text
    assert (told.language, told.chosen_language) == (Language.ENGLISH, None)


async def test_each_language_is_a_tap_away() -> None:
    [shown] = await Core().answers("/lang")

    assert commands_of(shown) == [*(f"/lang {language}" for language in Language), "/lang auto"]


async def test_a_language_that_is_not_spoken_is_refused_with_those_that_are() -> None:
    with pytest.raises(PersonError) as refused:
        await Core().answers("/lang Klingon")

    assert (refused.value.key, refused.value.facts) == ("lang.unknown", {"word": "Klingon"})
    assert [button.label for button in refused.value.buttons][:-1] == list(NAMES.values())


async def test_a_person_is_told_what_is_known_of_them() -> None:
    [told] = await Core().answers("/whoami")

    lines = told.text.splitlines()
    assert lines[1:] == [
        "Role: owner",
        "Language: English",
        "Time zone: Asia/Tokyo",
        "Agents: @claude @reviewer",
        f"ID: {OWNER}",
    ]


def test_every_language_has_a_name_of_its_own() -> None:
    assert set(NAMES) == set(Language)
    assert len(set(NAMES.values())) == len(Language)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("ja", "ja"),
        ("ja-JP", "ja"),
        ("ja_JP", "ja"),
        ("jam", "en"),
        ("en-GB", "en"),
        ("", "en"),
        ("zh-Hant", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh_HK", "zh-Hant"),
        ("zh", "zh-Hant"),
        ("zhx", "en"),
        ("th", "th"),
        ("th-TH", "th"),
        ("tha", "en"),
    ],
)
def test_a_tag_asks_for_the_nearest_language(tag: str, language: str) -> None:
    assert language_of_tag(tag) is Language(language)


@pytest.mark.parametrize("text", ["ｶﾅ", "テスト", "東京"])
def test_what_is_written_in_japanese_is_taken_for_it(text: str) -> None:
    assert guess_language(text) is Language.JAPANESE
