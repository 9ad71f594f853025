"""A model that tests program: steps queued for prompts, and a record of every call."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from bot.simulator.model_replies import Refuse, Reply, Say, Usage
from bot.simulator.model_request import ModelRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """Do nothing until the event is set, then reply."""

    event: asyncio.Event
    reply: Reply


#: A reply, or how to make one from the call.
Step = Reply | After | Callable[[ModelRequest], Reply]


@dataclass(slots=True, kw_only=True)
class SeenCall:
    """A call of the Messages API as the model saw it."""

    request: ModelRequest
    at: datetime
    #: The event loop's time, for measuring.
    loop_time: float
    #: What it was billed; None until an answer is finished, and when it never is.
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrices:
    """US dollars for a million tokens."""

    input: Decimal
    output: Decimal
    cache_write: Decimal = Decimal(0)
    cache_read: Decimal = Decimal(0)

    def of(self, usages: Iterable[Usage]) -> Decimal:
        return sum((self._of(usage) for usage in usages), Decimal(0))

    def _of(self, usage: Usage) -> Decimal:
        millionths = (
            self.input * usage.input_tokens
            + self.output * usage.output_tokens
            + self.cache_write * usage.cache_creation_input_tokens
            + self.cache_read * usage.cache_read_input_tokens
        )
        return millionths / 1_000_000


_USUAL = Usage(input_tokens=100, output_tokens=20)


@dataclass(slots=True, kw_only=True)
class ScriptedModel:
    """Answers each call with the next step queued for a marker its prompt contains.

    With nothing queued it says `fallback`. Calls beside the conversation get the fallback and
    use no step up; they are recorded like the others.
    """

    fallback: str = "ok"
    #: Billed where a step says nothing else.
    usage: Usage = _USUAL
    calls: list[SeenCall] = field(default_factory=list, init=False)
    _queues: dict[str, deque[Step]] = field(default_factory=dict, init=False)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition, init=False)

    def on(self, marker: str, *steps: Step) -> None:
        """Queue steps for calls whose prompt contains the marker."""
        self._queues.setdefault(marker, deque()).extend(steps)

    def fail(self, marker: str, *, status: int, kind: str, times: int = 1) -> None:
        """Refuse the next calls of a prompt, asking to be called again at once."""
        refusal = Refuse(status=status, kind=kind, message="as scripted", retry_after=0)
        self.on(marker, *[refusal] * times)

    async def wait_for(
        self, wanted: str | Callable[[SeenCall], bool], *, count: int = 1, timeout: float = 20
    ) -> SeenCall:
        """The `count`-th call that fits, or whose prompt contains the text; TimeoutError."""

        def found() -> bool:
            return len(self.seen(wanted)) >= count

        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(found)
        return self.seen(wanted)[count - 1]

    def seen(self, wanted: str | Callable[[SeenCall], bool]) -> list[SeenCall]:
        if callable(wanted):
            return [call for call in self.calls if wanted(call)]
        return [call for call in self.calls if wanted in call.request.prompt]

    def billed_usd(self, prices: TokenPrices) -> Decimal:
        return prices.of(call.usage for call in self.calls if call.usage is not None)

    async def reply(self, request: ModelRequest) -> Reply:
        loop = asyncio.get_running_loop()
        self.calls.append(SeenCall(request=request, at=datetime.now(UTC), loop_time=loop.time()))
        async with self._changed:
            self._changed.notify_all()
        step = self._next_step(request)
        if isinstance(step, After):
            await step.event.wait()
            step = step.reply
        return self._priced(step(request) if callable(step) else step)

    def billed(self, request: ModelRequest, usage: Usage) -> None:
        call = next(call for call in self.calls if call.request is request)
        call.usage = usage

    def _next_step(self, request: ModelRequest) -> Step:
        if not request.is_background:
            for marker, queue in self._queues.items():
                if marker in request.prompt and queue:
                    return queue.popleft()
        return Say(text=self.fallback)

    def _priced(self, reply: Reply) -> Reply:
        if isinstance(reply, Refuse) or reply.usage is not None:
            return reply
        return replace(reply, usage=self.usage)
