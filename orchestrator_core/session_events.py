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
from orchestrator_core.model import JsonObject


def describe(event: Told) -> tuple[str, JsonObject]:
    match event:
        case Opened():
            return "opened", {"claude_session_id": event.claude_session_id}
        case TextWritten():
            return "text", {"text": event.text}
        case ToolCalled():
            call = {"call_id": event.call_id, "tool": event.tool, "input": event.tool_input}
            return "tool_called", call
        case ToolFinished():
            return "tool_finished", {"call_id": event.call_id, "is_error": event.is_error}
        case ApiRetried():
            return "api_retried", {
                "attempt": event.attempt,
                "most": event.max_attempts,
                "delay_ms": event.delay_ms,
                "status": event.status,
            }
        case Finished():
            return "finished", {"reason": event.reason}
