"""The model of a run: it answers as the plan says and keeps its own record of every call."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from bot.simulator.model_replies import Reply, Say, Usage, UseTool
from bot.simulator.model_request import ModelRequest
from bot.simulator.model_script import TokenPrices
from tests.chaos.plan import Kind, Plan

#: What both the real CLI and the scripted agent reckon with.
PRICES = TokenPrices(input=Decimal(4), output=Decimal(20))
MARKER = re.compile(r"\bs\d+p\d+\b")
#: As it begins each of a prompt's messages.
ANSWER = re.compile(r"answer to (s\d+p\d+)\b")
#: As it stands on an approval card.
COMMAND = re.compile(r"echo (s\d+p\d+) >> effects.txt")
#: LINE carries five messages of 5,000 characters a call; this is seven.
LONG_LINES, LINE_LENGTH = 330, 100
#: In a subshell: else the real Claude Code waits for it.
_LEFT = "(setsid sleep 600 < /dev/null > /dev/null 2>&1 &)"


@dataclass(slots=True, kw_only=True)
class Call:
    """One call of the model, as the model saw it."""

    #: The prompt it was about.
    marker: str
    #: The agent's turn: a call that brings a prompt begins one, a call that brings the result of
    #: a tool goes on with the one that had asked for it.
    run: str
    #: Whether it began the turn, or went on after a tool.
    first: bool
    #: The prompts of the conversation before this one, oldest first.
    earlier: tuple[str, ...]
    began: float
    #: When it was answered or given up.
    ended: float | None = None
    #: None where no answer went out.
    usd: Decimal | None = None


@dataclass(slots=True)
class ChaosModel:
    """Carries out the protocol `Model` of the simulator."""

    plan: Plan
    on_call: Callable[[], None]
    calls: list[Call] = field(default_factory=list)
    #: The runs that asked for a tool, by the ids of those tool calls.
    _waiting: dict[str, str] = field(default_factory=dict)
    #: With the request, whose id is another's as soon as it is gone.
    _open: dict[int, tuple[ModelRequest, Call]] = field(default_factory=dict)

    async def reply(self, request: ModelRequest) -> Reply:
        if request.is_background:
            return Say(text="a title", usage=Usage())
        call = self._note(request)
        prompt = next((p for p in self.plan.prompts if p.marker == call.marker), None)
        try:
            if prompt is not None and call.first:
                await asyncio.sleep(prompt.think)
            return self._answer(call, prompt.kind if prompt else Kind.SAY)
        finally:
            call.ended = asyncio.get_running_loop().time()

    def billed(self, request: ModelRequest, usage: Usage) -> None:
        _, call = self._open.pop(id(request), (None, None))
        if call is not None:
            call.ended = asyncio.get_running_loop().time()
            call.usd = PRICES.of([usage])

    def _note(self, request: ModelRequest) -> Call:
        found = MARKER.findall(request.prompt)
        call = Call(
            marker=found[-1] if found else "",
            run=self._run_of(request),
            first=not request.tool_results,
            earlier=tuple(one for text in request.earlier_prompts for one in MARKER.findall(text)),
            began=asyncio.get_running_loop().time(),
        )
        self.calls.append(call)
        self._open[id(request)] = request, call
        self.on_call()
        return call

    def _run_of(self, request: ModelRequest) -> str:
        """Neither session nor prompt tells it: a prompt that is run again has both in common."""
        known = (self._waiting.get(result.call_id) for result in request.tool_results)
        return next((run for run in known if run is not None), f"run-{len(self.calls)}")

    def _answer(self, call: Call, kind: Kind) -> Reply:
        # Of different prices, so that two wrongs do not add up to a right.
        usage = Usage(input_tokens=100 + len(call.earlier), output_tokens=10 + len(call.marker))
        if not call.first or kind not in {Kind.TOOL, Kind.LEAVE}:
            return Say(text=answer_to(call.marker, kind), usage=usage)
        call_id = f"toolu_{uuid.uuid4().hex}"
        self._waiting[call_id] = call.run
        command = {"command": command_of(call.marker, kind), "description": "as asked"}
        return UseTool(tool="Bash", tool_input=command, call_id=call_id, usage=usage)


def answer_to(marker: str, kind: Kind) -> str:
    """What a person must read, whole and once."""
    if kind is not Kind.LONG:
        return f"answer to {marker}."
    lines = (f"answer to {marker}, line {n}: ".ljust(LINE_LENGTH, "-") for n in range(LONG_LINES))
    return "\n".join(lines)


def command_of(marker: str, kind: Kind) -> str:
    """Leaves a trace each time it runs."""
    trace = f"echo {marker} >> effects.txt"
    return f"{trace}; {_LEFT}" if kind is Kind.LEAVE else trace
