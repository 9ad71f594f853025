"""`/quota`: what is left, and what a chat spends it on."""

from __future__ import annotations

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Card
from orchestrator_core.model import DeliveryState, QuotaMode
from tests.core import Core
from tests.fakes.messenger import FakeMessenger
from tests.mail import choose, know_quota, put, send, sent_texts
from tests.people import HOME


async def shown(core: Core) -> Card:
    [card] = await core.answers("/quota")
    assert isinstance(card, Card)
    return card


async def mode_of(core: Core) -> QuotaMode | None:
    async with core.store.read() as records:
        binding = await records.bindings.get(HOME.id)
    return binding.quota if binding else None


async def test_it_shows_what_is_used_left_and_kept_back() -> None:
    core = Core()
    await know_quota(core, limit=200, used=50)
    card = await shown(core)

    assert {fact.label: fact.value for fact in card.facts} == {
        "Used this month": "50 of 200",
        "Left": "150 messages",
        "Kept for approvals": "20 messages",
        "This chat": "Automatic",
        "Told by LINE": "01/01 21:00 JST",
    }
    assert [button.command for button in card.buttons] == [
        "/quota push",
        "/quota frugal",
        "/inbox",
    ]


async def test_without_a_limit_it_says_so() -> None:
    card = await shown(Core())

    assert [fact.value for fact in card.facts] == ["0, no limit", "Automatic"]


@pytest.mark.parametrize(("used", "said"), [(0, "are sent"), (180, "wait until you fetch them")])
async def test_it_says_what_the_mode_means_as_things_stand(used: int, said: str) -> None:
    core = Core()
    await know_quota(core, limit=200, used=used)

    assert said in (await shown(core)).text


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        ("frugal", "frugal"),
        ("PUSH", "push"),
        ("auto", "auto"),
        ("節約", "frugal"),
        ("自動", "auto"),
    ],
)
async def test_a_mode_is_chosen_for_the_chat_and_noted(word: str, mode: str) -> None:
    core = Core()
    [said] = await core.answers(f"/quota {word}")

    assert await mode_of(core) == mode
    assert said.text
    [entry] = core.store.audit_entries
    assert (entry.action, entry.detail["mode"]) == ("chat.quota", mode)


async def test_another_word_is_refused_with_what_may_be_written() -> None:
    core = Core()
    with pytest.raises(PersonError) as error:
        await core.answers("/quota cheap")

    assert error.value.key == "quota.usage"
    assert await mode_of(core) is None


async def test_what_was_spared_is_pushed_once_the_chat_is_to_be_pushed_to() -> None:
    core = Core(messenger=FakeMessenger())
    await choose(core, QuotaMode.FRUGAL, HOME.id)
    await put(core, "spared", chat=HOME.id)
    await send(core)
    waited = await core.deliveries(DeliveryState.INBOX)
    await core.answers("/quota push")
    await send(core)

    assert len(waited) == 1
    assert sent_texts(core) == ["spared"]
