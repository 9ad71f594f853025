"""The kind and data under which what an agent tells is kept and streamed."""

from __future__ import annotations

from orchestrator_core.agent_events import (
    ApiRetried,
    Finished,
    Opened,
    TextWritten,
    Told,
    ToolCalled,
    ToolFinished,
)
from orchestrator_core.model import EventKind, JsonObject


def describe(event: Told) -> tuple[EventKind, JsonObject]:
    match event:
        case Opened():
            return EventKind.OPENED, {"claude_session_id": event.claude_session_id}
        case TextWritten():
            return EventKind.TEXT, {"text": event.text}
        case ToolCalled():
            call = {"call_id": event.call_id, "tool": event.tool, "input": event.tool_input}
            return EventKind.TOOL_CALLED, call
        case ToolFinished():
            return EventKind.TOOL_FINISHED, {"call_id": event.call_id, "is_error": event.is_error}
        case ApiRetried():
            return EventKind.API_RETRIED, {
                "attempt": event.attempt,
                "most": event.max_attempts,
                "delay_ms": event.delay_ms,
                "status": event.status,
            }
        case Finished():
            return EventKind.FINISHED, {"reason": event.reason}
