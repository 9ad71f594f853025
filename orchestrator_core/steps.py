"""What a turn did, step by step, in words for people. No I/O."""

from __future__ import annotations

from orchestrator_core.model import JsonObject, SessionEvent
from orchestrator_core.texts import Texts

#: The kind of event that a turn begins with.
PROMPT = "prompt"
#: Of what a step says; the whole is in the conversation.
SHOWN_CHARACTERS = 120
#: Where a tool's input says what it is about, the most telling first.
_TELLING = ("command", "file_path", "notebook_path", "pattern", "url", "query", "description")


def step_of(event: SessionEvent, say: Texts) -> str:
    """One line; empty for what is no step."""
    data = event.data
    match event.kind:
        case "prompt" | "text":
            return say(f"step.{event.kind}", text=_line(data.get("text")))
        case "tool_called":
            tool, about = _line(data.get("tool")), _about(data.get("input"))
            return say("step.tool", tool=tool, about=about) if about else tool
        case "tool_finished" if data.get("is_error"):
            return say("step.tool_failed")
        case "api_retried":
            return say("step.retried", attempt=data.get("attempt"), most=data.get("most"))
        case "turn_done" | "turn_failed" | "turn_stopped" | "turn_interrupted":
            return say(f"step.{event.kind}")
    return ""


def _about(tool_input: object) -> str:
    if not isinstance(tool_input, dict):
        return ""
    found: JsonObject = tool_input
    return next((_line(found[name]) for name in _TELLING if found.get(name)), "")


def _line(value: object) -> str:
    words = " ".join(str(value or "")[: 8 * SHOWN_CHARACTERS].split())
    return words if len(words) <= SHOWN_CHARACTERS else words[:SHOWN_CHARACTERS].rstrip() + " …"
