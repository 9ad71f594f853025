"""The words under which things are written down are one list each, and complete."""

from __future__ import annotations

import pytest

from orchestrator_core.model import ApprovalState, AuditAction, EventKind, PairingState, TurnState

ENDED = set(TurnState) - {TurnState.QUEUED, TurnState.HELD, TurnState.RUNNING}
#: Whose turn ended before anyone answered, nobody decided: only the audit tells of it.
DECIDED = set(ApprovalState) - {ApprovalState.PENDING, ApprovalState.CANCELLED}


def test_every_end_of_a_turn_has_a_kind() -> None:
    assert {EventKind.of_turn(state) for state in ENDED} == {f"turn_{state}" for state in ENDED}
    with pytest.raises(ValueError, match="turn_running"):
        EventKind.of_turn(TurnState.RUNNING)


def test_every_decision_has_a_kind_and_an_action_and_a_denial_without_words_is_one() -> None:
    for state in DECIDED - {ApprovalState.DENYING}:
        assert EventKind.of_approval(state) == f"approval_{state}"
        assert AuditAction.of_approval(state) == f"approval.{state}"
    assert EventKind.of_approval(ApprovalState.DENYING) is EventKind.APPROVAL_DENIED
    assert AuditAction.of_approval(ApprovalState.DENYING) is AuditAction.APPROVAL_DENIED


def test_an_action_that_another_version_has_stored_is_read_as_it_is() -> None:
    assert AuditAction.stored("session.stop") is AuditAction.SESSION_STOP
    assert AuditAction.stored("session.explode") == "session.explode"


def test_every_end_of_a_pairing_has_an_action() -> None:
    ends = set(PairingState) - {PairingState.WAITING}

    assert {AuditAction(f"person.{state}") for state in ends} <= set(AuditAction)
