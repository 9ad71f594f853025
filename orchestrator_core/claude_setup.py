"""What every Claude Code of ours is started with. Knows no SDK: it gives plain options."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orchestrator_core.claude_launcher import WARDEN, ClaudeOptions
from orchestrator_core.model import JsonObject, Mode, Session
from orchestrator_core.ports import AgentProfile
from orchestrator_core.questions import ASKING

#: What a session in a chat has use for. Left out on purpose: plan mode (it needs a person at a
#: terminal), worktrees, timers, skills and messages to other agents.
TOOLS = (
    *("Bash", "Edit", "Glob", "Grep", "NotebookEdit", "Read", "Task"),
    *("WebFetch", "WebSearch", "Write", ASKING),
)
_NEVER = ("EnterPlanMode", "ExitPlanMode")

#: Files are kept from change by the policy; this is why, and what is wanted instead.
_PLANNING = (
    "Plan mode is on: the user wants a plan, not the work. Read what you need and change nothing: "
    "no file, no setting, no commit, nothing on another machine. Answer with the plan itself."
)
_NOISE_USD = Decimal("0.000001")
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
        "setting_sources": list(profile.setting_sources),
        "strict_mcp_config": True,
        "mcp_servers": dict(profile.mcp_servers),
        **_sandbox(options, profile),
        # In every mode what may run is for the policy to say. Claude Code's own plan mode writes
        # its plan to a file, and stops nothing that the policy lets through.
        "permission_mode": "default",
        # A prompt comes from a chat: an `@/etc/passwd` in it would be read past the policy.
        "verbatim_prompts": True,
        # Else a call's output tokens are told with the turn's end only, which may not come.
        "include_partial_messages": True,
        "max_budget_usd": _limit(profile),
        "max_buffer_size": _MAX_LINE_BYTES,
        # Line by line, not turn by turn: whoever takes an interrupted turn over needs its start.
        "session_store_flush": "eager",
        # It may hold what a person wrote; reading it keeps the CLI from writing to our own.
        "stderr": _discard,
    }


def _sandbox(options: ClaudeOptions, profile: AgentProfile) -> JsonObject:
    if profile.sandbox is None:
        return {}
    walls: JsonObject = {
        "enabled": True,
        # Without its walls nothing is to run, whatever the call says.
        "failIfUnavailable": True,
        "allowUnsandboxedCommands": False,
        # They do not make a command harmless: the policy still has its say.
        "autoAllowBashIfSandboxed": False,
        # Without the second, every other host would be a question on somebody's phone.
        "network": {"allowedDomains": list(profile.sandbox.domains), "strictAllowlist": True},
        "filesystem": {
            "allowWrite": list(profile.sandbox.writable),
            "denyRead": options.unreadable_for(profile),
        },
    }
    return {"sandbox": walls}


def _limit(profile: AgentProfile) -> float | None:
    """Counted from the start of the process, and looked at after each call of the model."""
    if profile.max_budget_usd is None:
        return None
    # Claude Code adds up binary fractions: two cents may be a little less than two cents.
    return float(max(profile.max_budget_usd - _NOISE_USD, _NOISE_USD))


def _system_prompt(profile: AgentProfile) -> dict[str, Any]:
    prompt = {"type": "preset", "preset": "claude_code"}
    more = [profile.system_prompt, _PLANNING if profile.mode is Mode.PLAN else None]
    append = "\n\n".join(one for one in more if one)
    return {**prompt, "append": append} if append else prompt


def _resuming(options: ClaudeOptions, session: Session) -> JsonObject:
    if session.claude_session_id is None and session.forked_from is not None:
        at = {"resume-session-at": session.forked_at} if session.forked_at else {}
        return {"extra_args": {"resume": session.forked_from, "fork-session": None, **at}}
    if options.transcripts is None or session.claude_session_id is None:
        return {"resume": session.claude_session_id}
    # Told by the SDK's own option, it would lay the stored conversation out in a folder of its
    # own; ours stands in Claude Code's already.
    return {"extra_args": {"resume": session.claude_session_id}}


def _discard(_line: str) -> None:
    pass
