"""What came of one run of a turn."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from orchestrator_core.agent_events import Finished
from orchestrator_core.errors import AgentError
from orchestrator_core.messages import OfferedFile
from orchestrator_core.model import Ruling


class Ending(enum.StrEnum):
    """Why a run was cut short."""

    STOPPED = "stopped"
    TIMED_OUT = "timed_out"
    DRAINED = "drained"
    SPENT = "spent"
    #: Another worker has the session, or may have it by now.
    LOST = "lost"
    #: Ended by its warden, as this process could not renew its lease.
    CUT_OFF = "cut_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    #: None when Claude died or had to be ended before it could report.
    finished: Finished | None = None
    ending: Ending | None = None
    error: AgentError | None = None
    #: False when it was ended before the prompt was given to Claude.
    asked: bool = True
    #: Claude's own id of the conversation, when it told one.
    claude_session_id: str | None = None
    #: What it made for whoever asked.
    files: tuple[OfferedFile, ...] = ()
    #: The first call that each rule of the guard forbade.
    forbidden: tuple[Ruling, ...] = ()
