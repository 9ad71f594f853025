"""Replies in the Messages API's own shape: one JSON message, or its event stream.

Knows neither HTTP nor why a reply was chosen.
https://platform.claude.com/docs/en/build-with-claude/streaming
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from bot.simulator.model_replies import BreakOff, Hang, Say, Usage, UseTool

Json = dict[str, Any]


def usage_of(reply: Say | UseTool | Hang | BreakOff, *, size: int) -> Usage:
    """What the reply is billed: as scripted, else about as much as its length."""
    if not isinstance(reply, Say | UseTool):
        return begun(reply.usage or Usage(input_tokens=size))
    return reply.usage or Usage(input_tokens=size, output_tokens=len(reply.text) // 4 + 1)


def begun(usage: Usage) -> Usage:
    """What is said at the start: the output has only just begun."""
    return replace(usage, output_tokens=1)


def whole_message(reply: Say | UseTool, *, model: str, usage: Usage) -> Json:
    return {
        **_empty_message(model, usage),
        "content": _blocks(reply),
        "stop_reason": _stop_reason(reply),
    }


def start_event(model: str, usage: Usage) -> Json:
    return {"type": "message_start", "message": _empty_message(model, begun(usage))}


def text_start(index: int = 0) -> Json:
    return {
        "type": "content_block_start",
        "index": index,
        "content_block": {"type": "text", "text": ""},
    }


def text_delta(text: str, index: int = 0) -> Json:
    return _delta(index, {"type": "text_delta", "text": text})


def block_events(reply: Say | UseTool) -> Iterator[Json]:
    """The content from the first block's start to the last one's stop."""
    for index, block in enumerate(_blocks(reply)):
        if block["type"] == "text":
            yield text_start(index)
            piece = reply.piece if isinstance(reply, Say) else len(reply.text)
            for at in range(0, len(block["text"]), piece):
                yield text_delta(block["text"][at : at + piece], index)
        else:
            yield {"type": "content_block_start", "index": index, "content_block": block}
            partial = json.dumps(block["input"])
            yield _delta(index, {"type": "input_json_delta", "partial_json": partial})
        yield {"type": "content_block_stop", "index": index}


def end_events(reply: Say | UseTool, usage: Usage) -> Iterator[Json]:
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": _stop_reason(reply), "stop_sequence": None},
        "usage": asdict(usage),
    }
    yield {"type": "message_stop"}


def framed(event: Json) -> bytes:
    """As a server-sent event."""
    data = json.dumps(event, ensure_ascii=False)
    return f"event: {event['type']}\ndata: {data}\n\n".encode()


def error_body(kind: str, message: str) -> Json:
    return {"type": "error", "error": {"type": kind, "message": message}}


def _empty_message(model: str, usage: Usage) -> Json:
    return {
        "id": f"msg_{uuid.uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": asdict(usage),
    }


def _blocks(reply: Say | UseTool) -> list[Json]:
    blocks: list[Json] = [{"type": "text", "text": reply.text}] if reply.text else []
    if isinstance(reply, UseTool):
        call_id = reply.call_id or f"toolu_{uuid.uuid4().hex}"
        tool_input = dict(reply.tool_input)
        blocks.append({"type": "tool_use", "id": call_id, "name": reply.tool, "input": tool_input})
    return blocks


def _delta(index: int, delta: Json) -> Json:
    return {"type": "content_block_delta", "index": index, "delta": delta}


def _stop_reason(reply: Say | UseTool) -> str:
    return "tool_use" if isinstance(reply, UseTool) else "end_turn"
