"""One call of the Messages API, read for what a script needs to know. Performs no I/O.

Claude Code wraps what a person typed: reminders stand beside it as text blocks of their own,
the environment note follows as a message with the role `system`, and small calls of its own
(titles, summaries) come without tools. All that is taken apart here.

https://platform.claude.com/docs/en/api/messages
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_NOT_TYPED = ("<system-reminder>", "[Request interrupted by user", "[Image: ")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResult:
    call_id: str
    tool: str
    text: str
    is_error: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    model: str
    stream: bool
    #: Claude Code's id of the conversation; empty when another client calls.
    session_id: str
    #: What the person typed last.
    prompt: str
    #: What the person typed before that, oldest first.
    earlier_prompts: tuple[str, ...]
    #: What the tools gave that this call continues from; empty at the start of a turn.
    tool_results: tuple[ToolResult, ...]
    tools: frozenset[str]
    #: A small call beside the conversation, not a step of a turn.
    is_background: bool
    system: str
    #: The whole call as it came.
    body: str

    @property
    def size(self) -> int:
        """About how many tokens the call is long."""
        return len(self.body) // 4


def read_request(body: bytes, *, session_id: str = "") -> ModelRequest:
    """Raises ValueError when the body is no Messages API call."""
    try:
        call = json.loads(body)
        return _read(call, session_id=session_id, body=body.decode())
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("not a Messages API call") from error


def _read(call: Mapping[str, Any], *, session_id: str, body: str) -> ModelRequest:
    messages: list[Mapping[str, Any]] = call["messages"]
    # Two prompts without an answer between them come as two blocks of one message.
    prompts = [text for message in messages for text in _typed(message)]
    tools = frozenset(tool["name"] for tool in call.get("tools", []))
    return ModelRequest(
        model=call["model"],
        stream=bool(call.get("stream")),
        session_id=session_id,
        prompt=prompts[-1] if prompts else "",
        earlier_prompts=tuple(prompts[:-1]),
        tool_results=_latest_results(messages),
        tools=tools,
        is_background=not tools,
        system=_text_of(call.get("system")),
        body=body,
    )


def _typed(message: Mapping[str, Any]) -> list[str]:
    if message["role"] != "user":
        return []
    texts = [block["text"].strip() for block in _blocks(message) if block["type"] == "text"]
    return [text for text in texts if text and not text.startswith(_NOT_TYPED)]


def _latest_results(messages: list[Mapping[str, Any]]) -> tuple[ToolResult, ...]:
    """Of the last user message, unless the person typed something new into it."""
    last = next((m for m in reversed(messages) if m["role"] == "user"), None)
    if last is None or _typed(last):
        return ()
    names = {b["id"]: b["name"] for m in messages for b in _blocks(m) if b["type"] == "tool_use"}
    return tuple(
        ToolResult(
            call_id=block["tool_use_id"],
            tool=names.get(block["tool_use_id"], ""),
            text=_text_of(block.get("content")),
            is_error=bool(block.get("is_error")),
        )
        for block in _blocks(last)
        if block["type"] == "tool_result"
    )


def _blocks(message: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    content = message["content"]
    if isinstance(content, str):
        yield {"type": "text", "text": content}
    else:
        yield from content


def _text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content or () if part["type"] == "text")
