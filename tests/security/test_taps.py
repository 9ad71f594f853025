"""Buttons that were altered, borrowed, or tapped again."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest

from bot.line.postbacks import Postbacks, derive_key
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import ApprovalTap, ChoiceTap, DeliveryTap, Tap, WholeCallTap
from orchestrator_core.model import ApprovalState, Choice
from tests.core import Core
from tests.people import HOME, OWNER
from tests.questions import asked

POSTBACKS = Postbacks(derive_key(b"secret", "postback"))
TAPS: list[Tap] = [
    *(
        ApprovalTap(approval_id=71, nonce="nonce-1", allow=allow, more=more)
        for allow in (True, False)
        for more in (True, False)
    ),
    WholeCallTap(approval_id=71, nonce="nonce-1"),
    DeliveryTap(delivery_id=71, nonce="nonce-1"),
    *(ChoiceTap(turn_id=71, session_id="5e5510", choice=choice) for choice in Choice),
]
PLACES = {"chat_id": "Canna", "person_id": "Uanna"}


def signed(tap: Tap) -> str:
    return POSTBACKS.sign(tap, chat_id="Canna", person_id="Uanna")


@pytest.mark.parametrize("tap", TAPS, ids=str)
def test_no_character_of_a_button_can_be_another(tap: Tap) -> None:
    data = signed(tap)
    others = string.ascii_letters + string.digits + "-_. \0é"
    altered = {
        data[:place] + other + data[place + 1 :] for place in range(len(data)) for other in others
    } - {data}

    assert POSTBACKS.read(data, **PLACES) == tap
    assert [one for one in altered if POSTBACKS.read(one, **PLACES) is not None] == []


@pytest.mark.parametrize("tap", TAPS, ids=str)
def test_nothing_can_be_left_out_of_a_button_or_added_to_it(tap: Tap) -> None:
    data = signed(tap)
    altered = {data[:place] + data[place + 1 :] for place in range(len(data))}
    altered |= {
        data[:place] + added + data[place:] for place in range(len(data) + 1) for added in "0aA.\n"
    }

    assert [one for one in altered - {data} if POSTBACKS.read(one, **PLACES) is not None] == []


def test_no_button_s_mark_fits_another_button() -> None:
    marks = {tap: signed(tap).rpartition(".")[2] for tap in TAPS}
    bodies = {tap: signed(tap).rpartition(".")[0] for tap in TAPS}
    crossed = [f"{bodies[one]}.{marks[other]}" for one in TAPS for other in TAPS if one != other]

    assert len(set(marks.values())) == len(TAPS)
    assert [one for one in crossed if POSTBACKS.read(one, **PLACES) is not None] == []


async def test_a_yes_tapped_again_after_a_no_changes_nothing() -> None:
    core = Core()
    async with asked(core) as question:
        await question.tap(allow=False)
        verdict = await question.verdict()
        for _ in range(3):
            with pytest.raises(PersonError):
                await question.tap(allow=True)
        approval = await question.now()

    assert not verdict.allow
    assert approval.state is ApprovalState.DENIED
    decided = [one.action for one in core.store.audit_entries if one.actor == OWNER]
    assert decided == ["approval.denied"]


async def test_an_approval_s_number_is_worth_nothing_without_its_nonce() -> None:
    """Numbers can be guessed, and come again in another database."""
    core = Core()
    async with asked(core) as question:
        guessed = replace(question.approval, nonce="guessed")
        question.approval, real = guessed, question.approval
        with pytest.raises(PersonError):
            await question.tap(allow=True)
        question.approval = real
        approval = await question.now()

    assert approval.state is ApprovalState.PENDING


def test_a_button_is_worth_nothing_in_another_chat_of_the_same_person() -> None:
    data = POSTBACKS.sign(TAPS[0], chat_id=HOME.id, person_id=OWNER)

    assert POSTBACKS.read(data, chat_id=HOME.id, person_id=OWNER) == TAPS[0]
    assert POSTBACKS.read(data, chat_id="C-elsewhere", person_id=OWNER) is None
