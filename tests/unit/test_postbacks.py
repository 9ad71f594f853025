"""Button data that nobody can make, alter or borrow."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.line.postbacks import Postbacks, derive_key
from orchestrator_core.messages import (
    ApprovalTap,
    ChoiceTap,
    DeliveryTap,
    PageTap,
    QuestionTap,
    Tap,
)
from orchestrator_core.model import Choice

YES = ApprovalTap(approval_id=7, nonce="nonce-1", allow=True)
POSTBACKS = Postbacks(derive_key(b"secret", "postbacks"))
FOR_ANNA = POSTBACKS.sign(YES, chat_id="Canna", person_id="Uanna")


def read(data: str, *, chat_id: str = "Canna", person_id: str = "Uanna") -> Tap | None:
    return POSTBACKS.read(data, chat_id=chat_id, person_id=person_id)


IDS = st.integers(1, 2**63 - 1)
NONCES = st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True)


@given(
    st.builds(ApprovalTap, approval_id=IDS, nonce=NONCES, allow=st.booleans())
    | st.builds(DeliveryTap, delivery_id=IDS, nonce=NONCES)
    | st.builds(
        QuestionTap,
        approval_id=IDS,
        nonce=NONCES,
        question=st.integers(0, 9),
        option=st.none() | st.integers(0, 9),
    )
    | st.builds(
        QuestionTap, approval_id=IDS, nonce=NONCES, question=st.integers(0, 9), own=st.just(True)
    )
    | st.builds(ChoiceTap, turn_id=IDS, session_id=NONCES, choice=st.sampled_from(Choice))
    | st.builds(PageTap, turn_id=IDS, session_id=NONCES, page=st.integers(1, 999_999))
)
def test_what_was_signed_is_read_back_and_fits_a_button(tap: Tap) -> None:
    data = POSTBACKS.sign(tap, chat_id="Canna", person_id="Uanna")

    assert read(data) == tap
    assert len(data) <= 300


def test_a_button_is_worth_nothing_to_another_person() -> None:
    assert read(FOR_ANNA, person_id="Ubob") is None


def test_a_button_is_worth_nothing_in_another_chat() -> None:
    assert read(FOR_ANNA, chat_id="Cbob") is None


def test_a_button_for_anyone_works_for_anyone_in_that_chat_only() -> None:
    data = POSTBACKS.sign(YES, chat_id="Canna", person_id=None)

    assert read(data, person_id="Ubob") == YES
    assert read(data, chat_id="Cbob") is None


def test_a_key_for_another_purpose_or_secret_makes_no_valid_button() -> None:
    for key in (derive_key(b"secret", "links"), derive_key(b"other", "postbacks"), b"secret"):
        foreign = Postbacks(key).sign(YES, chat_id="Canna", person_id="Uanna")

        assert read(foreign) is None


def test_a_button_made_long_ago_still_works() -> None:
    """It stays in the chat while Denrei changes."""
    data = "v1.a.7.nonce-1.y.X-1W1FDyB8tTsQ-viXbydOKNVVO6Flx_jShlV9msh-Q"

    assert read(data) == YES


def test_a_button_of_one_kind_cannot_be_turned_into_another() -> None:
    again = DeliveryTap(delivery_id=7, nonce="nonce-1")
    data = POSTBACKS.sign(again, chat_id="Canna", person_id="Uanna")
    mark = data.rpartition(".")[2]

    assert read(data) == again
    assert read(f"v1.a.7.nonce-1.y.{mark}") is None
    assert read(FOR_ANNA.replace("v1.a.7.nonce-1.y", "v1.d.7.nonce-1")) is None


def test_a_no_cannot_be_turned_into_a_yes() -> None:
    no = ApprovalTap(approval_id=7, nonce="nonce-1", allow=False)
    data = POSTBACKS.sign(no, chat_id="Canna", person_id="Uanna")

    assert read(data.replace(".n.", ".y.")) is None


def test_a_choice_cannot_be_turned_into_another_or_moved_to_another_turn() -> None:
    leave = ChoiceTap(turn_id=7, session_id="5e5510", choice=Choice.LEAVE)
    data = POSTBACKS.sign(leave, chat_id="Canna", person_id="Uanna")

    assert read(data) == leave
    for change in (".again.", ".continue.", ".LEAVE.", ".stop.", "."):
        assert read(data.replace(".leave.", change)) is None
    for change in (".8.5e5510.", ".7.5e5511.", ".75.e5510."):
        assert read(data.replace(".7.5e5510.", change)) is None
    assert read(data, person_id="Ubob") is None
    assert read(data, chat_id="Cbob") is None


def test_a_page_s_button_shows_no_other_page_turn_or_session() -> None:
    tap = PageTap(turn_id=7, session_id="5e5510", page=2)
    data = POSTBACKS.sign(tap, chat_id="Cgroup", person_id=None)

    assert read(data, chat_id="Cgroup", person_id="Ubob") == tap
    assert read(data, chat_id="Canna") is None
    for change in (
        ".8.5e5510.2.",
        ".7.5e5511.2.",
        ".7.5e5510.3.",
        ".7.5e5510.02.",
        ".7.5e5510.0.",
    ):
        assert read(data.replace(".7.5e5510.2.", change), chat_id="Cgroup") is None


def test_an_answer_cannot_be_turned_into_another() -> None:
    second = QuestionTap(approval_id=7, nonce="nonce-1", question=0, option=1)
    data = POSTBACKS.sign(second, chat_id="Canna", person_id="Uanna")

    assert read(data) == second
    for change in (".0.0.", ".1.1.", ".0.own.", ".0.done.", ".0.11.", ".0.x.", ".0."):
        assert read(data.replace(".0.1.", change)) is None
    assert read(data, person_id="Ubob") is None


@pytest.mark.parametrize(
    "data",
    ["", "v1.a.7.y", "v2" + FOR_ANNA[2:], FOR_ANNA + "=", FOR_ANNA + "\n", " " + FOR_ANNA]
    + [FOR_ANNA.replace(".7.", number) for number in (".8.", ".07.", ".٧.", ".-7.", "..")],
)
def test_altered_data_is_not_believed(data: str) -> None:
    assert read(data) is None


@given(place=st.integers(0, len(FOR_ANNA) - 1), character=st.characters())
def test_one_changed_character_is_enough_to_be_refused(place: int, character: str) -> None:
    data = FOR_ANNA[:place] + character + FOR_ANNA[place + 1 :]

    assert read(data) == (YES if data == FOR_ANNA else None)


@given(st.text())
def test_any_text_at_all_is_read_without_an_error(data: str) -> None:
    assert read(data) is None
