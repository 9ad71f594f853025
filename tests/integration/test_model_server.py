"""The stand-in for the Messages API, over real HTTP; its demo also behind the real Claude Code."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.simulator.model_demo import DemoModel
from bot.simulator.model_replies import BreakOff, Hang, Model, Say, Usage, UseTool
from bot.simulator.model_script import After, ScriptedModel, TokenPrices
from bot.simulator.model_server import model_app
from bot.simulator.server import serve
from orchestrator_core.agent_events import Finished, ToolCalled
from orchestrator_core.claude_launcher import ClaudeLauncher, ClaudeOptions
from orchestrator_core.model import JsonObject, Ruling
from orchestrator_core.ports import Verdict
from tests.fakes.conversation import PROFILE, Conversation, never_asked, new_session

_REMINDER = {"type": "text", "text": "<system-reminder>\nBe kind.\n</system-reminder>"}


@contextlib.asynccontextmanager
async def _api(model: Model) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(model_app(model)) as url, httpx.AsyncClient(base_url=url) as http:
        yield http


def _call(*messages: Any, stream: bool = False, tools: tuple[str, ...] = ("Bash",)) -> Any:
    return {
        "model": "claude-opus-5-5",
        "max_tokens": 100,
        "stream": stream,
        "tools": [{"name": name} for name in tools],
        "messages": [
            {"role": "user", "content": message} if isinstance(message, str | list) else message
            for message in messages
        ],
    }


async def _said(http: httpx.AsyncClient, *messages: Any, **call: Any) -> Any:
    answer = await http.post("/v1/messages", json=_call(*messages, **call))
    return answer.raise_for_status().json()


async def test_a_streamed_answer_is_the_whole_answer_in_pieces() -> None:
    model = ScriptedModel(usage=Usage(input_tokens=7, output_tokens=9))
    model.on("hello", Say(text="one two three", piece=5))
    async with _api(model) as http:
        answer = await http.post("/v1/messages", json=_call("hello", stream=True))

    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line[:6] == "data: "]
    kinds = [event["type"] for event in events]
    assert kinds == [
        "message_start",
        "content_block_start",
        *["content_block_delta"] * 3,
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert "".join(e["delta"]["text"] for e in events if "text" in e.get("delta", {})) == (
        "one two three"
    )
    assert events[-2]["usage"]["output_tokens"] == 9


async def test_a_tool_call_comes_with_its_input_whole() -> None:
    model = ScriptedModel()
    model.on("go", UseTool(tool="Bash", tool_input={"command": "ls"}, text="Look:"))
    async with _api(model) as http:
        message = await _said(http, "go")

    assert [block["type"] for block in message["content"]] == ["text", "tool_use"]
    assert message["content"][1]["input"] == {"command": "ls"}
    assert message["stop_reason"] == "tool_use"


async def test_what_was_typed_is_told_from_what_claude_code_adds() -> None:
    model = ScriptedModel()
    tool_use = {"type": "tool_use", "id": "t1", "name": "Bash", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "done", "is_error": False}
    second = {"type": "text", "text": "second"}
    stop = {"type": "text", "text": "[Request interrupted by user]"}
    async with _api(model) as http:
        await _said(
            http,
            [_REMINDER, {"type": "text", "text": "first"}],
            {"role": "system", "content": "# Environment"},
        )
        await _said(http, "first", {"role": "assistant", "content": [tool_use]}, [result])
        await _said(http, [{"type": "text", "text": "first"}, stop, second])
        await _said(http, "a title, please", tools=())

    typed, continued, restarted, background = [call.request for call in model.calls]
    assert (typed.prompt, typed.earlier_prompts, typed.tool_results) == ("first", (), ())
    assert (continued.prompt, continued.tool_results[0].text) == ("first", "done")
    assert continued.tool_results[0].tool == "Bash"
    assert (restarted.prompt, restarted.earlier_prompts) == ("second", ("first",))
    assert background.is_background and not typed.is_background


async def test_steps_are_played_in_order_and_each_call_is_on_record() -> None:
    model, may_go_on = ScriptedModel(fallback="nothing left"), asyncio.Event()
    model.fail("busy", status=529, kind="overloaded_error")
    model.on("busy", After(event=may_go_on, reply=Say(text="at last")))
    async with _api(model) as http:
        refused = await http.post("/v1/messages", json=_call("busy now"))
        waiting = asyncio.create_task(_said(http, "busy now"))
        await model.wait_for("busy", count=2)
        may_go_on.set()
        answered = await waiting
        rest = await _said(http, "busy now")

    assert (refused.status_code, refused.json()["error"]["type"]) == (529, "overloaded_error")
    assert answered["content"][0]["text"] == "at last"
    assert rest["content"][0]["text"] == "nothing left"
    assert [call.usage is None for call in model.calls] == [True, False, False]
    prices = TokenPrices(input=Decimal(4), output=Decimal(20))
    assert model.billed_usd(prices) == Decimal("0.0016")


async def test_a_hanging_answer_ends_with_its_caller() -> None:
    """The server stops although the script would wait for ever."""
    model = ScriptedModel()
    model.on("early", Hang(begin=False))
    model.on("late", Hang())
    model.on("half", BreakOff(text="hal"))
    async with asyncio.timeout(10), _api(model) as http:
        for prompt in ("early", "late"):
            with pytest.raises(httpx.ReadTimeout):
                await http.post("/v1/messages", json=_call(prompt, stream=True), timeout=0.1)
        half = await http.post("/v1/messages", json=_call("half", stream=True))

    assert "hal" in half.text and "message_stop" not in half.text


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"nonsense", b'{"messages": 3}', b"\xff"])
async def test_nonsense_is_refused_as_the_api_does(body: bytes) -> None:
    async with _api(DemoModel()) as http:
        for path in ("/v1/messages", "/v1/messages/count_tokens"):
            answer = await http.post(path, content=body)

            assert answer.status_code == 400
            assert answer.json()["error"]["type"] == "invalid_request_error"


async def test_tokens_are_counted_and_unknown_paths_are_not_found() -> None:
    async with _api(DemoModel()) as http:
        count = await http.post("/v1/messages/count_tokens", json=_call("hello"))
        unknown = await http.get("/api/hello")

    assert count.json()["input_tokens"] > 10
    assert (unknown.status_code, unknown.json()["type"]) == (404, "error")


@pytest.mark.parametrize(
    ("prompt", "wanted"),
    [
        ("write a haiku about rivers", "rivers"),
        ("Write a haiku about the sea.", "the sea"),
        ("a haiku, please", "quiet morning"),
        ("川の俳句を書いて", "川"),
        ("俳句をお願い", "朝"),
        ("what is new?", "what is new?"),
        ("こんにちは", "こんにちは"),
    ],
)
async def test_the_demo_answers_to_the_point(prompt: str, wanted: str) -> None:
    async with _api(DemoModel()) as http:
        first = await _said(http, prompt)
        again = await _said(http, prompt)

    assert wanted.lower() in first["content"][0]["text"].lower()
    assert first["content"] == again["content"]
    assert first["stop_reason"] == "end_turn"


@pytest.mark.parametrize(
    ("prompt", "tool", "tool_input"),
    [
        ("run ls -la", "Bash", {"command": "ls -la"}),
        ("実行 ls -la", "Bash", {"command": "ls -la"}),
        ("ls -la を実行して", "Bash", {"command": "ls -la"}),
        ("create file hello.txt", "Write", {"file_path": "hello.txt"}),
        ("please write notes/a.md", "Write", {"file_path": "notes/a.md"}),
        ("hello.txt を作成して", "Write", {"file_path": "hello.txt"}),
        ("read README.md", "Read", {"file_path": "README.md"}),
        ("README.mdを読んで", "Read", {"file_path": "README.md"}),
        ("list files", "Glob", {"pattern": "*"}),
        ("ファイル一覧", "Glob", {"pattern": "*"}),
    ],
)
async def test_the_demo_uses_the_tool_it_is_asked_to(
    prompt: str, tool: str, tool_input: JsonObject
) -> None:
    async with _api(DemoModel()) as http:
        message = await _said(http, prompt, tools=("Bash", "Glob"))

    call = message["content"][-1]
    assert (message["stop_reason"], call["name"]) == ("tool_use", tool)
    assert call["input"].items() >= tool_input.items()


@pytest.mark.parametrize("prompt", ["long", "長い文章"])
async def test_the_demo_can_be_long_winded(prompt: str) -> None:
    async with _api(DemoModel()) as http:
        message = await _said(http, prompt)

    text = message["content"][0]["text"]
    assert len(text) > 12_000
    assert text.count("```") % 2 == 0 and text.count("```python") > 10


async def test_the_demo_can_fail_and_can_be_busy_for_a_while() -> None:
    async with _api(DemoModel()) as http:
        failed = await http.post("/v1/messages", json=_call("error"))
        tries = [await http.post("/v1/messages", json=_call("overloaded")) for _ in range(4)]

    assert failed.status_code == 400
    assert [answer.status_code for answer in tries] == [529, 529, 529, 200]


async def test_the_demo_is_slow_when_asked() -> None:
    async with _api(DemoModel(pause=0)) as http:
        answer = await http.post("/v1/messages", json=_call("slow", stream=True))

    assert answer.text.count("content_block_delta") >= 40


async def test_the_demo_behind_the_real_claude_code(tmp_path: Path) -> None:
    """Allowed, refused and unasked tool calls, and a second turn that knows the first."""
    async with serve(model_app(DemoModel())) as url:
        launcher = ClaudeLauncher(
            ClaudeOptions(
                environment={
                    "ANTHROPIC_API_KEY": "any",
                    "ANTHROPIC_BASE_URL": url,
                    "CLAUDE_CONFIG_DIR": str(tmp_path / "claude"),
                    # Its shell reads what a person has set up at home, which may take its time.
                    "HOME": str(tmp_path),
                }
            )
        )
        workspace = tmp_path / "workspace"
        workspace.mkdir()
        conversation = Conversation(new_session(workspace))
        client = await launcher.connect(conversation.session, replace(PROFILE, model=None))
        try:
            haiku = await conversation.take(client, "write a haiku about rivers")
            written = await conversation.take(client, "create file a.txt", permit=_say(True))
            listed = await conversation.take(client, "list files", permit=never_asked)
            ran = await conversation.take(client, "実行 echo 川 && exit 3", permit=_say(True))
            refused = await conversation.take(client, "run rm a.txt", permit=_say(False))
            chat = await conversation.take(client, "thanks")
        finally:
            await client.close()

    assert "rivers" in _answer(haiku)
    assert (workspace / "a.txt").read_text() == "Hello from Denrei!\n"
    assert "Done." in _answer(written)
    assert "a.txt" in _answer(listed) and isinstance(listed[1], ToolCalled)
    assert "エラーで終わりました" in _answer(ran) and "川" in _answer(ran)
    assert "was not allowed to run: Mio said no" in _answer(refused)
    assert "Message 6 of this conversation" in _answer(chat)


def _say(yes: bool) -> Any:
    async def permit(_tool: str, _tool_input: JsonObject, _ruling: Ruling) -> Verdict:
        return Verdict(allow=yes, message="" if yes else "Mio said no")

    return permit


def _answer(events: list[Any]) -> str:
    assert isinstance(events[-1], Finished)
    return events[-1].text
