"""What a scripted model can do with a call, and the protocol of one. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.simulator.model_request import ModelRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The tokens a call is billed for."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_creation_input_tokens: int = 0
    cache_read_input_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Write a text and end the turn."""

    text: str
    usage: Usage | None = None
    #: Characters per piece of the stream, and seconds between two pieces.
    piece: int = 400
    pause: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UseTool:
    """Ask for a tool call, with a few words before it."""

    tool: str
    tool_input: Mapping[str, Any]
    text: str = ""
    #: Which its result will come under; None: one is made up.
    call_id: str | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """Answer with an API error, such as 529 `overloaded_error`."""

    status: int
    kind: str
    message: str
    retry_after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hang:
    """Begin to answer (or not even that) and never go on."""

    begin: bool = True
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakOff:
    """End the stream in the middle of a text."""

    text: str = ""
    usage: Usage | None = None


Reply = Say | UseTool | Refuse | Hang | BreakOff


class Model(Protocol):
    async def reply(self, request: ModelRequest) -> Reply: ...

    def billed(self, request: ModelRequest, usage: Usage) -> None:
        """Called when the usage of an answer, or of one begun in vain, is about to be sent."""
        ...
