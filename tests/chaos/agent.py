"""A Claude Code with nothing in it but its manners: it starts in 30 ms instead of half a second.

It speaks the lines claude-agent-sdk expects on stdin and stdout, asks the model behind
ANTHROPIC_BASE_URL, keeps a transcript, saves its costs when it ends in good order, asks before it
runs a tool, and, like the real one, goes on with its turn when the gateway is gone.
It uses the standard library's cheap parts only.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

from tests.chaos.agent_transcript import Transcript
from tests.chaos.agent_wire import Gateway, GatewayGoneError, InterruptedTurnError, Json, Model

MODEL = "claude-scripted"
#: One that keeps every promise the SDK asks of it.
VERSION = {"claude_code_version": "2.1.330"}
#: US dollars for a token.
INPUT_USD, OUTPUT_USD = 4e-6, 20e-6


class Agent:
    def __init__(self, options: dict[str, str]) -> None:
        self.gateway = Gateway()
        self.transcript = Transcript(
            options.get("--resume"), self.gateway, mirrored="--session-mirror" in options
        )
        self._model = Model()
        self._hooks: list[str] = []
        self._turns: list[threading.Thread] = []
        self._tool: subprocess.Popen[bytes] | None = None
        #: Of the conversation and of the turn: input, output.
        self._all_tokens = self.transcript.saved_tokens()
        self._tokens = [0, 0]

    def serve(self) -> None:
        for line in sys.stdin:
            message = json.loads(line)
            match message["type"]:
                case "control_request":
                    self._control(message["request_id"], message["request"])
                case "control_response":
                    self.gateway.answered(message["response"])
                case "user":
                    self._begin(message["message"]["content"])
        self.gateway.note(gone=True)
        for turn in self._turns:
            turn.join()
        self.transcript.save_tokens(self._all_tokens)

    def _control(self, request_id: str, request: Json) -> None:
        response: Json = {}
        match request["subtype"]:
            case "initialize":
                matchers = (request.get("hooks") or {}).get("PreToolUse", [])
                self._hooks = [one for matcher in matchers for one in matcher["hookCallbackIds"]]
                response = {"hook_on_failure_supported": True, "commands": []}
            case "get_usage":
                response = {"session": {"total_cost_usd": self._total_usd()}}
            case "interrupt":
                self._interrupt()
        self.gateway.confirm(request_id, response)

    def _interrupt(self) -> None:
        self.gateway.note(interrupted=True)
        self._model.cut()
        if self._tool is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._tool.pid, signal.SIGKILL)

    def _begin(self, content: Any) -> None:
        before = self._turns[-1] if self._turns else None

        def turn() -> None:
            if before is not None:
                before.join()
            self._turn(content)

        self.gateway.note(interrupted=False)
        self._turns.append(threading.Thread(target=turn))
        self._turns[-1].start()

    def _turn(self, content: Any) -> None:
        self._tokens = [0, 0]
        self.transcript.add("user", content)
        self.gateway.tell({"type": "system", "subtype": "init", **VERSION, **self._session()})
        text, error, reason = "", False, "completed"
        try:
            text, error = self._converse()
        except InterruptedTurnError:
            error, reason = True, "aborted_streaming"
        except (GatewayGoneError, OSError, ValueError, KeyError):
            error, reason = True, "model_error"
        self._tell_result(text, error=error, reason=reason)

    def _converse(self) -> tuple[str, bool]:
        """The last text, and whether it is an error."""
        while True:
            status, reply = self._ask_model()
            if status != 200:
                return f"API Error: {reply['error']['message']}", True
            content = reply["content"]
            self.transcript.add("assistant", content)
            said = {"id": reply["id"], "model": MODEL, "usage": reply["usage"], "content": content}
            self.gateway.tell({"type": "assistant", "message": said, **self._session()})
            calls = [block for block in content if block["type"] == "tool_use"]
            if not calls:
                return "".join(block.get("text", "") for block in content), False
            results = [self._run_tool(call) for call in calls]
            self.transcript.add("user", results)
            said = {"role": "user", "content": results}
            self.gateway.tell({"type": "user", "message": said, **self._session()})

    def _ask_model(self) -> tuple[int, Json]:
        body = {
            "model": MODEL,
            "max_tokens": 1000,
            "tools": [{"name": "Bash"}],
            "messages": self.transcript.messages,
        }
        try:
            status, reply = self._model.create(body, self.transcript.session_id)
        except (OSError, ValueError, IndexError):
            if self.gateway.interrupted:
                raise InterruptedTurnError from None
            raise
        if self.gateway.interrupted:
            raise InterruptedTurnError
        used = reply.get("usage", {})
        for which, kind in enumerate(("input_tokens", "output_tokens")):
            self._tokens[which] += used.get(kind, 0)
            self._all_tokens[which] += used.get(kind, 0)
        return status, reply

    def _run_tool(self, call: Json) -> Json:
        refusal = self._refused(call)
        text = refusal if refusal is not None else self._execute(call["name"], call["input"])
        return {
            "type": "tool_result",
            "tool_use_id": call["id"],
            "content": text,
            "is_error": refusal is not None,
        }

    def _refused(self, call: Json) -> str | None:
        facts = {"hook_event_name": "PreToolUse", "cwd": str(Path.cwd()), "transcript_path": ""}
        named = {"tool_name": call["name"], "tool_input": call["input"]}
        decision = "ask"
        for hook in self._hooks:
            asked = {"subtype": "hook_callback", "callback_id": hook, "tool_use_id": call["id"]}
            answer = self.gateway.ask({**asked, "input": {**facts, **named, **self._session()}})
            decision = answer.get("hookSpecificOutput", {}).get("permissionDecision", "deny")
        if decision == "ask":
            asked = {"subtype": "can_use_tool", "tool_name": call["name"], "input": call["input"]}
            answer = self.gateway.ask({**asked, "permission_suggestions": []})
            return None if answer.get("behavior") == "allow" else str(answer.get("message"))
        return None if decision == "allow" else "denied"

    def _execute(self, tool: str, given: Json) -> str:
        if tool == "Write":
            Path(given["file_path"]).write_text(given["content"])
            return "written"
        # In a process group of its own, as the real one does it.
        self._tool = subprocess.Popen(
            ["/bin/sh", "-c", given["command"]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        said, _ = self._tool.communicate()
        self._tool = None
        if self.gateway.interrupted:
            raise InterruptedTurnError
        return said.decode()

    def _tell_result(self, text: str, *, error: bool, reason: str) -> None:
        used = {"input_tokens": self._tokens[0], "output_tokens": self._tokens[1]}
        counted = {"inputTokens": self._all_tokens[0], "outputTokens": self._all_tokens[1]}
        self.gateway.tell(
            {
                "type": "result",
                "subtype": "error_during_execution" if error else "success",
                "is_error": error,
                "duration_ms": 1,
                "duration_api_ms": 1,
                "num_turns": 1,
                "result": text,
                "terminal_reason": reason,
                "total_cost_usd": self._total_usd(),
                "usage": used,
                "modelUsage": {MODEL: counted},
                **self._session(),
            }
        )

    def _total_usd(self) -> float:
        return self._all_tokens[0] * INPUT_USD + self._all_tokens[1] * OUTPUT_USD

    def _session(self) -> Json:
        return {"session_id": self.transcript.session_id, "uuid": str(uuid.uuid4())}


def main(arguments: list[str]) -> int:
    agent = Agent(_options(arguments))
    if not agent.transcript.known:
        missing = f"No conversation found with session ID: {agent.transcript.session_id}"
        frame = {"type": "result", "subtype": "error_during_execution", "errors": [missing]}
        numbers = {"is_error": True, "duration_ms": 0, "duration_api_ms": 0, "num_turns": 0}
        agent.gateway.tell({**frame, **numbers, "session_id": agent.transcript.session_id})
        return 1
    agent.serve()
    return 0


def _options(arguments: list[str]) -> dict[str, str]:
    """By name, whether its value stands behind a `=` or is the next word."""
    options: dict[str, str] = {}
    for word, after in zip(arguments, [*arguments[1:], ""], strict=True):
        name, _, value = word.partition("=")
        options[name] = value or after
    return options


def write_executable(path: Path) -> Path:
    """Put it there as a program of its own, for DENREI_CLAUDE_PATH."""
    root = Path(__file__).parents[2]
    path.write_text(
        f"#!{sys.executable} -IS\nimport sys\n\nsys.path.insert(0, {str(root)!r})\n"
        "from tests.chaos.agent import main\n\nsys.exit(main(sys.argv[1:]))\n"
    )
    path.chmod(0o755)
    return path
