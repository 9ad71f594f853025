"""What every People and Bindings promises."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator_core.model import Binding, DeliveryState, Language, Person, QuotaMode, Role
from orchestrator_core.ports import Store
from tests.fakes.clock import NOON
from tests.samples import a_delivery

ANN = Person(id="U1", role=Role.STRANGER, language=Language.JAPANESE)
BINDING = Binding(chat_id="C1", agent="reviewer", session_id="a" * 32, quota=QuotaMode.FRUGAL)


async def test_an_unknown_person_is_none(store: Store) -> None:
    async with store.read() as records:
        assert await records.people.get("U1") is None


async def test_of_an_addressee_nobody_knows_there_is_nothing(store: Store) -> None:
    async with store.read() as records:
        asked = ("U1", "C1")
        assert await records.people.addressees([asked]) == {asked: (None, None, False)}
        assert await records.people.addressees([]) == {}


async def test_an_addressee_is_the_person_and_what_there_is_about_the_chat(store: Store) -> None:
    async with store.transaction() as records:
        await records.people.save(ANN)
        await records.bindings.save(BINDING)
        found = await records.people.addressees([("U1", "C1"), ("U1", "C2"), ("U2", "C1")])

    assert found == {
        ("U1", "C1"): (ANN, BINDING, False),
        ("U1", "C2"): (ANN, None, False),
        ("U2", "C1"): (None, BINDING, False),
    }


async def test_an_addressee_is_owed_what_was_never_offered(store: Store) -> None:
    one, other = ("U1", "C1"), ("U1", "C2")
    async with store.transaction() as records:
        for _, chat_id in (one, other):
            added = await records.deliveries.add(a_delivery(chat_id))
            if chat_id == "C1":
                await records.deliveries.save(replace(added, state=DeliveryState.UNCONFIRMED))

        found = await records.people.addressees([one, other])
        assert [found[one].is_owed, found[other].is_owed] == [True, False]
        await records.deliveries.offer("C1", NOON)
        assert not (await records.people.addressees([one]))[one].is_owed


@pytest.mark.parametrize("refused_at", [None, NOON])
async def test_a_saved_person_comes_back(store: Store, refused_at: object) -> None:
    ann = ANN if refused_at is None else replace(ANN, refused_at=NOON)
    async with store.transaction() as records:
        await records.people.save(ann)

    async with store.read() as records:
        assert await records.people.get("U1") == ann


async def test_a_person_saved_again_is_replaced(store: Store) -> None:
    owner = Person(id="U1", role=Role.OWNER, language=Language.ENGLISH)
    async with store.transaction() as records:
        await records.people.save(replace(ANN, refused_at=NOON))
        await records.people.save(owner)

    async with store.read() as records:
        assert await records.people.get("U1") == owner
        assert await records.people.get("U2") is None


async def test_an_unknown_chat_has_no_binding(store: Store) -> None:
    async with store.read() as records:
        assert await records.bindings.get("C1") is None


async def test_a_saved_binding_comes_back(store: Store) -> None:
    async with store.transaction() as records:
        await records.bindings.save(BINDING)

    async with store.read() as records:
        assert await records.bindings.get("C1") == BINDING


async def test_since_when_a_chat_is_out_of_reach_comes_back(store: Store) -> None:
    async with store.transaction() as records:
        await records.bindings.save(replace(BINDING, left_at=NOON))

    async with store.read() as records:
        assert await records.bindings.get("C1") == replace(BINDING, left_at=NOON)


async def test_a_binding_saved_again_is_replaced(store: Store) -> None:
    async with store.transaction() as records:
        await records.bindings.save(replace(BINDING, left_at=NOON))
        await records.bindings.save(Binding(chat_id="C1"))

    async with store.read() as records:
        assert await records.bindings.get("C1") == Binding(chat_id="C1")
