"""The demo's model: a pleasant, deterministic stand-in for Claude.

It knows what was typed and what the tools gave, nothing else; what it says is in
`model_phrases`.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Callable

from bot.simulator.model_phrases import HAIKU, PHRASES
from bot.simulator.model_replies import Refuse, Reply, Say, Usage, UseTool
from bot.simulator.model_request import ModelRequest, ToolResult

LONG_ANSWER_PARTS = 72
SLOW_ANSWER_STEPS = 40
REFUSALS_WHEN_OVERLOADED = 3

_JAPANESE = re.compile(r"[぀-ヿ一-鿿]")
# In ASCII only: a Japanese particle follows the name without a space.
_PATH = r"(?P<path>[A-Za-z0-9_~./-]*[A-Za-z0-9_]\.[A-Za-z0-9]+)"
_ANSWERS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), name)
    for pattern, name in (
        (r"\b(haiku|俳句)\b.*\babout (?P<topic>[^.!?\n]+)", "haiku"),
        (r"((?P<topic>[^\s、。]{1,12}?)(についての|についての一|の))?(haiku|俳句)", "haiku"),
        (r"^\s*(run|execute|実行)[\s:：]+(?P<command>.+)", "run"),
        (r"^\s*(?P<command>[ -~]+?)\s*を実行", "run"),
        (r"\b(write|create|make)\b.*?" + _PATH, "write"),
        (_PATH + r"\s*(を|に)?\s*(作成|作|書|保存)", "write"),
        (r"\b(read|open|show)\b.*?" + _PATH, "read"),
        (_PATH + r"\s*を?\s*(読|見|開)", "read"),
        (r"\blist\b.*\b(files?|here)\b|\bfiles\b|ファイル.*一覧|一覧", "list"),
        (r"^\s*(a )?long\b|長い|長文", "long"),
        (r"^\s*slow|ゆっくり", "slow"),
        (r"^\s*overloaded\b|混雑", "overloaded"),
        (r"^\s*error\b|^\s*エラー", "error"),
    )
)


class DemoModel:
    """`pause` is how many seconds the slow answer waits between two pieces."""

    def __init__(self, *, pause: float = 0.5) -> None:
        self._pause = pause
        self._refused: Counter[tuple[str, int]] = Counter()

    async def reply(self, request: ModelRequest) -> Reply:
        words = _Words(request.prompt)
        if request.is_background:
            return Say(text=words.of("title"))
        if request.tool_results:
            return Say(text="\n\n".join(_told(words, r) for r in request.tool_results))
        for pattern, name in _ANSWERS:
            if found := pattern.search(request.prompt):
                return self._answer(name, words, found, request)
        return _chat(words, request)

    def billed(self, request: ModelRequest, usage: Usage) -> None:
        """Nobody asks the demo what it cost."""

    def _answer(
        self, name: str, words: _Words, found: re.Match[str], request: ModelRequest
    ) -> Reply:
        match name:
            case "slow":
                return _slow(words, self._pause)
            case "list":
                return _list_files(words, request)
            case "overloaded":
                return self._overloaded(words, request)
            case _:
                return _SIMPLE[name](words, found.groupdict())

    def _overloaded(self, words: _Words, request: ModelRequest) -> Reply:
        """A few refusals, then an answer, as on a busy day."""
        turn = (request.session_id, len(request.earlier_prompts))
        if self._refused[turn] == REFUSALS_WHEN_OVERLOADED:
            return Say(text=words.of("recovered", count=self._refused.pop(turn)))
        self._refused[turn] += 1
        return Refuse(status=529, kind="overloaded_error", message=words.of("refusal"))


class _Words:
    """The phrases in the language of a prompt."""

    def __init__(self, prompt: str) -> None:
        self.language = "ja" if _JAPANESE.search(prompt) else "en"

    def of(self, name: str, **facts: object) -> str:
        return PHRASES[self.language][name].format(**facts)


_Groups = dict[str, str | None]


def _haiku(words: _Words, groups: _Groups) -> Reply:
    topic = (groups.get("topic") or words.of("topic")).strip()
    poems = HAIKU[words.language]
    # hash() differs from process to process.
    poem = poems[zlib.crc32(topic.encode()) % len(poems)].format(topic=topic)
    return Say(text=poem[0].upper() + poem[1:])


def _run(words: _Words, groups: _Groups) -> Reply:
    command = (groups["command"] or "").strip().strip("`")
    return UseTool(
        tool="Bash",
        tool_input={"command": command, "description": command[:60]},
        text=words.of("before_run"),
    )


def _write(words: _Words, groups: _Groups) -> Reply:
    path = groups["path"]
    return UseTool(
        tool="Write",
        tool_input={"file_path": path, "content": words.of("file")},
        text=words.of("before_write", path=path),
    )


def _read(words: _Words, groups: _Groups) -> Reply:
    path = groups["path"]
    return UseTool(
        tool="Read", tool_input={"file_path": path}, text=words.of("before_read", path=path)
    )


def _long(words: _Words, _groups: _Groups) -> Reply:
    parts = [words.of("long_part", number=n) for n in range(1, LONG_ANSWER_PARTS + 1)]
    return Say(text=words.of("long_title") + "".join(parts) + words.of("long_end"))


def _fail(words: _Words, _groups: _Groups) -> Reply:
    # Not one that Claude Code would try again.
    return Refuse(status=400, kind="invalid_request_error", message=words.of("refusal"))


_SIMPLE: dict[str, Callable[[_Words, _Groups], Reply]] = {
    "haiku": _haiku,
    "run": _run,
    "write": _write,
    "read": _read,
    "long": _long,
    "error": _fail,
}


def _slow(words: _Words, pause: float) -> Reply:
    steps = range(1, SLOW_ANSWER_STEPS + 1)
    text = "".join(words.of("slow", number=n, count=SLOW_ANSWER_STEPS) for n in steps)
    return Say(text=text + words.of("slow_end"), piece=len(text) // len(steps), pause=pause)


def _list_files(words: _Words, request: ModelRequest) -> Reply:
    # A Claude Code without a tool for it lists files by a command.
    if "Glob" in request.tools:
        return UseTool(tool="Glob", tool_input={"pattern": "*"}, text=words.of("before_list"))
    return _run(words, {"command": "ls"})


def _told(words: _Words, result: ToolResult) -> str:
    text = result.text.strip()
    if not result.is_error:
        name = "tool_done" if text else "tool_done_silent"
    else:
        name = "tool_failed" if text.startswith("Exit code") else "tool_refused"
    return words.of(name, tool=result.tool, text=text)


def _chat(words: _Words, request: ModelRequest) -> Reply:
    earlier = request.earlier_prompts
    text = words.of("answer", prompt=request.prompt)
    if earlier:
        text += "\n\n" + words.of("again", count=len(earlier) + 1, before=earlier[-1])
    return Say(text=text)
