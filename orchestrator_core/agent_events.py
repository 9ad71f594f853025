"""What an agent tells while it works on a turn. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestrator_core.model import Counter, JsonObject, ModelCost, Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The conversation has an id: the one to resume it by."""

    claude_session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextWritten:
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    call_id: str
    tool: str
    tool_input: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolFinished:
    call_id: str
    is_error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRetried:
    """The model's API refused a call and it will be tried again."""

    attempt: int
    max_attempts: int
    delay_ms: int
    #: HTTP status, None when there was no answer.
    status: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The end of a turn; always the last event."""

    #: The whole answer; empty when there is none.
    text: str
    is_error: bool
    #: Why it ended, in the words of Claude Code: `success`, `aborted_tools`, …
    reason: str
    #: What this turn cost.
    cost_usd: Decimal
    #: The conversation's running total that the next turn is measured against.
    reported_total_usd: Decimal
    usage: Mapping[str, Any]
    #: Adds up to `cost_usd`; empty when no models were told.
    by_model: tuple[ModelCost, ...] = ()
    #: The running total, and where it is kept; None: nobody knows where.
    counter: Counter | None = None
    #: Claude's id of the last message; None: there was none.
    head: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterRead:
    """Where the running total stood when this process began to count."""

    counter: Counter


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSeen:
    """A call of the model, as far as it has come; told of again when it has come further."""

    #: The API's own id of the answer.
    call_id: str
    model: str
    tokens: Tokens
    #: Where the running total stood before the turn; None: nobody knows.
    counter: Counter | None = None
    #: Whether it is over and another call of the turn is to follow.
    goes_on: bool = False


#: For the books alone, before anything is reported.
Counted = CounterRead | CallSeen
#: What is written down and streamed.
Told = Opened | TextWritten | ToolCalled | ToolFinished | ApiRetried | Finished
AgentEvent = Told | Counted
