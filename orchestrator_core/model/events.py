"""What kinds of things are written down of a session while it goes on."""

from __future__ import annotations

import enum
from typing import Self

from orchestrator_core.model.approvals import ApprovalState
from orchestrator_core.model.turns import TurnState


class EventKind(enum.StrEnum):
    """Readers of the stream know them by these words, so none may ever change."""

    SESSION_STARTED = "session_started"
    SESSION_STOPPED = "session_stopped"
    SESSION_RESUMED = "session_resumed"
    PROMPT = "prompt"

    #: Told by Claude.
    OPENED = "opened"
    TEXT = "text"
    TOOL_CALLED = "tool_called"
    TOOL_FINISHED = "tool_finished"
    API_RETRIED = "api_retried"
    FINISHED = "finished"

    #: The person was told how far it is, and why it takes so long.
    PROGRESS_TOLD = "progress_told"
    RETRY_TOLD = "retry_told"

    APPROVAL_ASKED = "approval_asked"
    APPROVAL_FIRST_YES = "approval_first_yes"
    APPROVAL_ALLOWED = "approval_allowed"
    APPROVAL_DENIED = "approval_denied"
    APPROVAL_EXPIRED = "approval_expired"
    GRANT_TAKEN_BACK = "grant_taken_back"

    TURN_DONE = "turn_done"
    TURN_FAILED = "turn_failed"
    TURN_STOPPED = "turn_stopped"
    TURN_INTERRUPTED = "turn_interrupted"
    TURN_WITHDRAWN = "turn_withdrawn"
    #: What becomes of an interrupted one.
    TURN_CHOICE = "turn_choice"

    @classmethod
    def of_turn(cls, ended: TurnState) -> Self:
        """Raises ValueError for a state in which a turn has not ended."""
        return cls(f"turn_{ended}")

    @classmethod
    def of_approval(cls, decided: ApprovalState) -> Self:
        """Raises ValueError for a state that is no decision."""
        denied = decided is ApprovalState.DENYING
        return cls(f"approval_{ApprovalState.DENIED if denied else decided}")
