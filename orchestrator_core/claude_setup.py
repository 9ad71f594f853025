"""What every Claude Code of ours is started with. Knows no SDK: it gives plain options."""

from __future__ import annotations

from typing import Any

from orchestrator_core.claude_launcher import WARDEN, ClaudeOptions
from orchestrator_core.model import JsonObject, Session
from orchestrator_core.ports import AgentProfile

#: What a session in a chat has use for. Left out on purpose: questions and plan mode (they need
#: a person at a terminal), worktrees, timers, skills and messages to other agents.
TOOLS = (
    *("Bash", "Edit", "Glob", "Grep", "NotebookEdit", "Read", "Task"),
    *("WebFetch", "WebSearch", "Write"),
)
_NEVER = ("AskUserQuestion", "EnterPlanMode", "ExitPlanMode")

#: One line of the CLI holds a whole message: an image a tool has read goes through here.
_MAX_LINE_BYTES = 64 * 1024 * 1024


def setup_for(options: ClaudeOptions, session: Session, profile: AgentProfile) -> JsonObject:
    """The fields of ClaudeAgentOptions that do not depend on the client."""
    return {
        "cwd": session.workspace,
        # It runs the CLI that `options` name.
        "cli_path": WARDEN,
        "model": profile.model,
        "system_prompt": _system_prompt(profile),
        **_resuming(options, session),
        "tools": list(TOOLS),
        "disallowed_tools": list(_NEVER),
        # A checkout's own settings must not allow things, run hooks or start servers.
        "setting_sources": [],
        "strict_mcp_config": True,
        "permission_mode": "default",
        # A prompt comes from a chat: an `@/etc/passwd` in it would be read past the policy.
        "verbatim_prompts": True,
        "max_buffer_size": _MAX_LINE_BYTES,
        # Line by line, not turn by turn: whoever takes an interrupted turn over needs its start.
        "session_store_flush": "eager",
        # It may hold what a person wrote; reading it keeps the CLI from writing to our own.
        "stderr": _discard,
    }


def _system_prompt(profile: AgentProfile) -> dict[str, Any]:
    prompt = {"type": "preset", "preset": "claude_code"}
    return {**prompt, "append": profile.system_prompt} if profile.system_prompt else prompt


def _resuming(options: ClaudeOptions, session: Session) -> JsonObject:
    if options.transcripts is None or session.claude_session_id is None:
        return {"resume": session.claude_session_id}
    # Told by the SDK's own option, it would lay the stored conversation out in a folder of its
    # own; ours stands in Claude Code's already.
    return {"extra_args": {"resume": session.claude_session_id}}


def _discard(_line: str) -> None:
    pass
