"""Menus brought to what they should be, and the webhook set, on LINE's stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

import pytest

from bot.canvas import Typeface
from bot.fonts import NoFontError, font_for
from bot.line.menu_design import Design, designs
from bot.line.menu_setup import MenuSetup, Outcome
from bot.line.menus import LineMenuBoard, LineMenuShelf
from bot.line.messenger import LineMessenger
from bot.line.webhook_setup import Webhook, set_webhook
from bot.simulator.line_journal import Kind
from orchestrator_core.errors import MessengerUnclearError
from orchestrator_core.model import Language, Person, Role
from tests.core import Core
from tests.integration.line_world import ANN, BEN, TOKEN, LineWorld, line_world

MENUS = 3 * len(Language)
NOTHING_NEW = Outcome(made=0, kept=MENUS, deleted=0, shown=0)


@pytest.fixture(scope="module")
def drawn() -> list[Design]:
    return designs()


@pytest.fixture(scope="module")
def with_other_japanese() -> list[Design]:
    """As on another machine."""

    def find(language: Language, text: str) -> Typeface | None:
        if language is Language.JAPANESE:
            raise NoFontError(language)
        return font_for(language, text)

    return designs(find_font=find)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    line: LineWorld
    messenger: LineMessenger
    core: Core
    setup: MenuSetup

    async def run(self, menus: Sequence[Design]) -> Outcome:
        return await self.setup.run(menus)

    def seen_by(self, person_id: str) -> str:
        menus = self.line.platform.menus
        shown = menus.seen_by(person_id)
        return str(menus.made[shown]["name"]) if shown else ""

    def names(self) -> set[str]:
        return {str(one["name"]) for one in self.line.platform.menus.made.values()}

    def changes(self, person_id: str) -> int:
        return self.line.platform.journal.count(Kind.MENU, person_id)


@pytest.fixture
async def channel() -> AsyncIterator[Channel]:
    """Ann speaks English, Ben Japanese; both may command."""
    core = Core()
    async with (
        line_world() as line,
        LineMessenger(access_token=TOKEN, api_base=line.url) as messenger,
    ):
        line.platform.people.meet(BEN)
        async with core.store.transaction() as records:
            ann = Person(id=ANN, role=Role.OWNER, language=Language.ENGLISH)
            await records.people.save(ann)
            await records.people.save(replace(ann, id=BEN, language=Language.JAPANESE))
        setup = MenuSetup(
            store=core.store,
            shelf=LineMenuShelf(messenger=messenger, access_token=TOKEN, data_base=line.url),
            board=LineMenuBoard(messenger),
            messenger=messenger,
            clock=core.clock,
            owners=[ANN],
        )
        yield Channel(line=line, messenger=messenger, core=core, setup=setup)


async def test_all_are_made_and_everybody_sees_theirs(
    channel: Channel, drawn: list[Design]
) -> None:
    first = await channel.run(drawn)
    again = await channel.run(drawn)

    assert first == Outcome(made=MENUS, kept=0, deleted=0, shown=2)
    assert again == NOTHING_NEW
    assert channel.names() == {one.name for one in drawn}
    assert channel.seen_by(ANN).startswith("denrei idle en ")
    assert channel.seen_by(BEN).startswith("denrei idle ja ")
    pictures = channel.line.platform.menus.images.values()
    assert {one.data for one in pictures} == {one.picture for one in drawn}


async def test_a_changed_language_changes_only_that(
    channel: Channel, drawn: list[Design], with_other_japanese: list[Design]
) -> None:
    await channel.run(drawn)
    before = {name: one for one, name in _made(channel).items()}
    outcome = await channel.run(with_other_japanese)
    after = {name: one for one, name in _made(channel).items()}

    assert outcome == Outcome(made=3, kept=MENUS - 3, deleted=3, shown=1)
    assert all(" ja " in name for name in before.keys() ^ after.keys())
    assert all(before[name] == after[name] for name in before.keys() & after.keys())
    assert channel.changes(ANN) == 1
    assert channel.changes(BEN) == 2
    assert channel.seen_by(BEN) in after
    assert await channel.run(with_other_japanese) == NOTHING_NEW


def _made(channel: Channel) -> dict[str, str]:
    return {one: str(menu["name"]) for one, menu in channel.line.platform.menus.made.items()}


async def test_what_was_cut_off_is_made_good(channel: Channel, drawn: list[Design]) -> None:
    platform = channel.line.platform
    elsewhere = replace(channel.setup.shelf, data_base="http://127.0.0.1:9")
    with pytest.raises(MessengerUnclearError):
        await replace(channel.setup, shelf=elsewhere).run(drawn)
    assert (len(platform.menus.made), len(platform.menus.images)) == (1, 0)
    outcome = await channel.run(drawn)

    assert outcome == Outcome(made=MENUS, kept=0, deleted=1, shown=2)
    assert platform.menus.images.keys() == platform.menus.made.keys()
    assert await channel.run(drawn) == NOTHING_NEW


async def test_menus_of_others_stay_and_lost_ones_come_again(
    channel: Channel, drawn: list[Design]
) -> None:
    await channel.run(drawn)
    others = {**drawn[0].body, "name": "somebody else's"}
    await channel.messenger.call("POST", "/v2/bot/richmenu", others)
    lost = next(one for one, name in _made(channel).items() if " idle en " in name)
    await channel.setup.shelf.delete(lost)
    outcome = await channel.run(drawn)

    assert outcome == Outcome(made=1, kept=MENUS - 1, deleted=0, shown=1)
    assert "somebody else's" in channel.names()
    assert channel.seen_by(ANN).startswith("denrei idle en ")


async def test_an_owner_who_never_spoke_sees_one_in_the_language_of_the_profile(
    channel: Channel, drawn: list[Design]
) -> None:
    people = channel.line.platform.people
    people.change("U" + "c" * 32, language="th-TH")
    setup = replace(channel.setup, owners=["U" + "c" * 32, "U" + "d" * 32])
    first = await setup.run(drawn)
    again = await setup.run(drawn)

    assert channel.seen_by("U" + "c" * 32).startswith("denrei idle th ")
    assert channel.seen_by("U" + "d" * 32) == ""
    assert first.shown == 3
    assert again == NOTHING_NEW


async def test_the_webhook_is_set_once_and_tried_each_time(channel: Channel) -> None:
    url = str(channel.line.platform.webhook_url)
    channel.line.platform.webhook_url = None
    first = await set_webhook(channel.messenger, url)
    again = await set_webhook(channel.messenger, url)
    channel.line.bot.statuses = [503]
    failing = await set_webhook(channel.messenger, url)

    assert first == Webhook(url=url, changed=True, active=True, problem=None)
    assert again == replace(first, changed=False)
    assert failing == replace(again, problem="ERROR_STATUS_CODE 503")
    assert channel.line.platform.webhook_url == url
