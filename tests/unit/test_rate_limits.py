"""Too much at once: one friendly notice, then silence, and nothing is carried out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from commands.limited import Counted
from orchestrator_core.incoming import ButtonTapped, Followed, FromPerson, UnsupportedSent
from orchestrator_core.intake import Intake
from orchestrator_core.model import Chat, ChatKind, InboxState, Language
from orchestrator_core.ports import ChatRates, Limited
from orchestrator_core.rate_limits import Throttle
from tests.core import Core
from tests.fakes.rate_limits import FakeRateLimits
from tests.intakes import Stumbling, prompts, states
from tests.people import GROUP, HOME, OWNER, STRANGER, says

RATES = ChatRates(
    prompts_per_person="2/minute",
    prompts_per_chat="2/hour",
    commands_per_person="3/minute",
    commands_per_chat="3/minute",
)


def limited(core: Core) -> Intake:
    throttle = Throttle(
        limits=FakeRateLimits(core.clock, RATES),
        store=core.store,
        gate=core.gate,
        kind_of=Counted(core.router.registry).kind_of,
        metrics=core.metrics,
    )
    return replace(core.intake(), throttle=throttle)


async def handle_all(intake: Intake) -> None:
    while await intake.handle_new():
        """Until there is nothing left."""


async def test_the_first_that_is_too_much_is_told_so_and_the_rest_nothing() -> None:
    core = Core()
    await core.know()
    await core.receive(*(says(f"prompt {number}") for number in range(6)))
    await handle_all(limited(core))

    [notice] = await core.texts()
    assert notice.startswith("That was a lot at once")
    assert "60 seconds" in notice
    assert await prompts(core) == ["prompt 0", "prompt 1"]


async def test_what_was_too_much_counts_as_handled() -> None:
    """It must not be tried again, and what follows must not wait for it."""
    core = Core()
    await core.know()
    await core.receive(*(says(f"prompt {number}") for number in range(4)))
    await handle_all(limited(core))

    assert states(core) == [InboxState.DONE] * 4
    assert core.metrics.times("limited", kind="prompts") == 2


async def test_in_the_next_window_there_is_room_and_a_notice_again() -> None:
    core = Core()
    await core.know()
    intake = limited(core)
    for _ in range(2):
        await core.receive(*(says("again") for _ in range(4)))
        await handle_all(intake)
        core.clock.advance(timedelta(seconds=61))

    assert len(await core.texts()) == 2
    assert len(await prompts(core)) == 4


@pytest.mark.parametrize(
    ("language", "words"), [(Language.ENGLISH, "That was a lot"), (Language.JAPANESE, "一度に")]
)
async def test_the_notice_is_in_the_person_s_language(language: Language, words: str) -> None:
    core = Core()
    await core.know(language=language)
    await core.receive(*(says("x") for _ in range(3)))
    await handle_all(limited(core))

    assert words in (await core.texts())[-1]


async def test_an_event_handled_again_after_a_crash_is_not_counted_again() -> None:
    """It fails twice, and so is judged three times; the next one still has room."""
    core = Core()
    await core.know()
    tries = iter([True, True, False, False])
    conversation = Stumbling(core, fails=lambda _: next(tries))
    intake = replace(limited(core), conversation=conversation)
    await intake.handle_new()
    await core.receive(says("first"))
    for _ in range(3):
        await intake.handle_new()
    await core.receive(says("second"))
    await handle_all(intake)

    assert await prompts(core) == ["first", "second"]


async def test_a_group_has_its_own_limit_and_strangers_do_not_use_it_up() -> None:
    core = Core()
    await core.know()
    stranger = [
        replace(says("spam", person_id=STRANGER, chat=GROUP), mentioned=True) for _ in range(5)
    ]
    owner = [replace(says(f"p{n}", chat=GROUP), mentioned=True) for n in range(3)]
    await core.receive(*stranger, *owner)
    intake = limited(core)
    await handle_all(intake)
    core.clock.advance(timedelta(seconds=61))
    await core.receive(replace(says("later", chat=GROUP), mentioned=True))
    await handle_all(intake)

    assert await prompts(core) == ["p0", "p1"]
    assert "59 minutes" in (await core.texts())[-1]


async def test_stopping_is_possible_when_everything_else_is_too_much() -> None:
    core = Core()
    await core.know()
    await core.receive(*(says("/help") for _ in range(9)), says("go"), says("/stop"))
    await handle_all(limited(core))

    assert (await core.texts())[-1].startswith("Stopped")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("do it", Limited.PROMPTS),
        ("/new do it", Limited.PROMPTS),
        ("/new @reviewer do it", Limited.PROMPTS),
        ("/new", Limited.COMMANDS),
        ("/new @reviewer", Limited.COMMANDS),
        ("/help", Limited.COMMANDS),
        ("/nonsense", Limited.COMMANDS),
        (" ", Limited.COMMANDS),
        ("/stop", None),
        ("/停止 all", None),
        ("/STOP", None),
    ],
)
def test_what_is_said_counts_as_what_it_causes(text: str, kind: Limited | None) -> None:
    assert Counted(Core().router.registry).kind_of(says(text)) is kind


@pytest.mark.parametrize(
    ("text", "mentioned", "kind"),
    [
        ("lunch?", False, None),
        ("do it", True, Limited.PROMPTS),
        ("/help", False, Limited.COMMANDS),
        ("/weather", False, None),
        ("/weather", True, Limited.COMMANDS),
    ],
)
def test_in_a_group_only_what_is_meant_for_denrei_counts(
    text: str, mentioned: bool, kind: Limited | None
) -> None:
    said = replace(says(text, chat=GROUP), mentioned=mentioned)

    assert Counted(Core().router.registry).kind_of(said) is kind


@pytest.mark.parametrize("chat", [HOME, Chat(id="R1", kind=ChatKind.ROOM)])
def test_taps_and_following_count_as_nothing_and_stickers_as_what_they_cause(chat: Chat) -> None:
    counted = Counted(Core().router.registry)
    said: list[FromPerson] = [
        ButtonTapped(tap=None, chat=chat, person_id=OWNER, reply_token=None),
        Followed(chat=chat, person_id=OWNER, reply_token=None),
        UnsupportedSent(chat=chat, person_id=OWNER, reply_token=None),
    ]

    expected = Limited.COMMANDS if chat.is_one_to_one else None
    assert [counted.kind_of(one) for one in said] == [None, None, expected]
