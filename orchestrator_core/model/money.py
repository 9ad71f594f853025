"""What Claude costs: calls as they were seen, and what the books hold of a run."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


class Standing(enum.StrEnum):
    """How sure an entry of the books is."""

    #: The run is under way: the sum of the calls seen so far.
    SEEN = "seen"
    #: The run ended before Claude had told its cost.
    ESTIMATED = "estimated"
    #: As before, and nobody will ever tell better.
    FINAL = "final"
    #: As Claude told it.
    TOLD = "told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            input=self.input + other.input,
            output=self.output + other.output,
            cache_read=self.cache_read + other.cache_read,
            cache_write=self.cache_write + other.cache_write,
        )

    def __sub__(self, other: Tokens) -> Tokens:
        return Tokens(
            input=self.input - other.input,
            output=self.output - other.output,
            cache_read=self.cache_read - other.cache_read,
            cache_write=self.cache_write - other.cache_write,
        )

    def at_least(self, other: Tokens) -> Tokens:
        """Kind by kind the larger: a call's count only grows while it is told of."""
        return Tokens(
            input=max(self.input, other.input),
            output=max(self.output, other.output),
            cache_read=max(self.cache_read, other.cache_read),
            cache_write=max(self.cache_write, other.cache_write),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCost:
    """What was spent on one model."""

    model: str
    usd: Decimal
    tokens: Tokens = field(default_factory=Tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One attempt at a turn."""

    session_id: str
    turn_id: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Claude Code's running total of a conversation, and where it is kept."""

    usd: Decimal
    #: The installation: another machine has a counter of its own.
    home: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCall:
    """A call of the model, priced before Claude has told what it cost."""

    #: The API's own id of the answer: however often it is told of, it is one call.
    call_id: str
    cost: ModelCost
    at: datetime
    #: What the run's own total will be measured against.
    counter: Counter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CostEntry:
    """What one run of a turn cost."""

    session_id: str
    turn_id: int
    #: Which of the turn's runs; one run is booked once.
    run: int
    usd: Decimal
    #: Tokens by model as reported, for the books.
    usage: Mapping[str, Any]
    created_at: datetime
    by_model: tuple[ModelCost, ...] = ()
    #: The running total after a run that was told, before one that was not; None: unknown.
    counter: Counter | None = None
    standing: Standing = Standing.TOLD


@dataclass(frozen=True, slots=True, kw_only=True)
class Spending:
    """Which entries are meant: those of a time and, where given, of one alone."""

    start: datetime
    #: Not included; None: until now.
    end: datetime | None = None
    session_id: str | None = None
    agent: str | None = None
    person_id: str | None = None
    turn_id: int | None = None


class Share(enum.StrEnum):
    """What spending is divided by."""

    SESSION = "session"
    AGENT = "agent"
    PERSON = "person"
    MODEL = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one session, agent, person or model cost."""

    #: None: the API's prompts, and what was booked before the books knew.
    key: str | None
    usd: Decimal
    #: How much of it Claude has not told: seen of runs under way, or of those that died.
    estimated: Decimal = Decimal(0)
    tokens: Tokens = field(default_factory=Tokens)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Whose prompt a session would run next."""

    session_id: str
    agent: str
    person_id: str | None
    turn_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """More money for one window of a budget, granted by a person."""

    window: str
    #: None: no limit at all until `until`.
    usd: Decimal | None
    until: datetime | None
    actor: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """All that was granted for one window, at a moment."""

    usd: Decimal = Decimal(0)
    lifted_until: datetime | None = None
    #: How often, those that ended included.
    times: int = 0
