"""Counts what one Claude Code costs: its running total, and the calls seen in its stream.

The calls are for the case that it dies before it tells a total. Knows the names in the data, and
no SDK. https://docs.anthropic.com/en/api/messages-streaming
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterator
from decimal import Decimal
from typing import Any

from orchestrator_core.agent_events import CallSeen, CounterRead
from orchestrator_core.claude_costs import CostMeter, CostReport, Totals, TurnCost, totals_of
from orchestrator_core.model import Counter, JsonObject, Tokens
from orchestrator_core.processes import this_host

logger = logging.getLogger(__name__)

#: It is answered from memory, unless the CLI also wants to ask about a subscription's limits.
_USAGE_TIMEOUT_SECONDS = 2.0
#: Of all that is streamed, what says how much a call has used.
_TELLING = ("message_start", "message_delta")
#: Why a call ended after which the turn ends by itself.
_LAST = ("end_turn", "stop_sequence", "max_tokens", "refusal")


def counter_home(config_dir: str) -> str:
    """Names the place where a Claude Code keeps its counters."""
    return hashlib.sha256(f"{this_host()}:{config_dir}".encode()).hexdigest()[:32]


def tells_usage(event: JsonObject) -> bool:
    return event.get("type") in _TELLING


class Counting:
    def __init__(self, *, home: str, reported_usd: Decimal) -> None:
        self.home = home
        #: Where the process does not tell its own beginning, the total last reported.
        self._meter = CostMeter(reported_usd)
        self._begun: Totals | None = None
        #: The call that each stream is at: the main one's (None), a subagent's.
        self._current: dict[str | None, tuple[str, str]] = {}
        self._seen: dict[str, Tokens] = {}

    @property
    def total_usd(self) -> Decimal:
        return self._meter.total_usd

    async def ask_beginning(self, request: Callable[[JsonObject], Awaitable[Any]]) -> None:
        """Ask the CLI what it counts from: after a kill it is less than the total last told, and
        more when something was counted that no turn has told of.

        Where the CLI cannot tell, the stored total is the best guess.
        """
        try:
            async with asyncio.timeout(_USAGE_TIMEOUT_SECONDS):
                self.begin(await request({"subtype": "get_usage"}))
        except Exception:
            logger.warning("claude told no starting total", exc_info=True)

    def begin(self, told: JsonObject) -> None:
        """With what the process says it counts from."""
        session = told["session"]
        self._begun = totals_of(session["total_cost_usd"], session.get("model_usage") or {})
        self._meter = CostMeter(self._begun.usd, self._begun.by_model)

    def beginning(self) -> Iterator[CounterRead]:
        """Once, when the process has told."""
        if self._begun is not None:
            yield CounterRead(counter=Counter(usd=self._begun.usd, home=self.home))
            self._begun = None

    def streamed(self, event: JsonObject, parent: str | None) -> Iterator[CallSeen]:
        if event.get("type") == "message_start":
            message = event["message"]
            self._current[parent] = (message["id"], message["model"])
            yield from self._see(*self._current[parent], message.get("usage"))
        elif event.get("type") == "message_delta" and parent in self._current:
            reason = (event.get("delta") or {}).get("stop_reason")
            # After a subagent's last word the main one goes on.
            goes_on = reason is not None and (parent is not None or reason not in _LAST)
            yield from self._see(*self._current[parent], event.get("usage"), goes_on=goes_on)

    def spoken(self, call_id: str | None, model: str, usage: Any) -> Iterator[CallSeen]:
        """A whole message; of a call that was not streamed it is the only word."""
        if call_id:
            yield from self._see(call_id, model, usage)

    def read(self, report: CostReport) -> None:
        self._meter.read(report)

    def take(self) -> TurnCost:
        # Once a turn was told, its calls are of no more use.
        self._seen.clear()
        self._current.clear()
        return self._meter.take()

    def _see(
        self, call_id: str, model: str, usage: Any, *, goes_on: bool = False
    ) -> Iterator[CallSeen]:
        before = self._seen.get(call_id)
        tokens = _tokens_of(usage or {}).at_least(before or Tokens())
        if (tokens == before and not goes_on) or tokens == Tokens():
            return
        self._seen[call_id] = tokens
        counter = Counter(usd=self.total_usd, home=self.home)
        yield CallSeen(
            call_id=call_id, model=model, tokens=tokens, counter=counter, goes_on=goes_on
        )


def _tokens_of(usage: JsonObject) -> Tokens:
    return Tokens(
        input=int(usage.get("input_tokens") or 0),
        output=int(usage.get("output_tokens") or 0),
        cache_read=int(usage.get("cache_read_input_tokens") or 0),
        cache_write=int(usage.get("cache_creation_input_tokens") or 0),
    )
