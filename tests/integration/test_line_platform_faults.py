"""Faults on demand, and the record of them: what a bot must survive can be made to happen."""

from __future__ import annotations

import httpx
import pytest

from bot.simulator.line_faults import Fault
from bot.simulator.line_journal import Kind
from tests.integration.line_world import ANN, line_world, text

RATE_LIMIT = "The API rate limit has been exceeded. Try again later."
MONTHLY_LIMIT = "You have reached your monthly limit."


@pytest.mark.parametrize(
    ("fault", "status", "message"),
    [
        (Fault.ERROR, 500, "Internal Server Error"),
        (Fault.RATE_LIMIT, 429, RATE_LIMIT),
        (Fault.QUOTA, 429, MONTHLY_LIMIT),
        (Fault.UNAUTHORIZED, 401, "Authentication failed"),
        (Fault.TOO_LATE, 400, "Invalid reply token"),
    ],
)
async def test_a_call_fails_as_ordered_and_nothing_is_accepted(
    fault: Fault, status: int, message: str
) -> None:
    async with line_world() as line:
        line.platform.faults.order(fault)
        failed = await line.push(text())
        healed = await line.push(text())

        assert failed.status_code == status
        assert failed.json()["message"].startswith(message)
        assert healed.status_code == 200
        assert len(line.platform.messages(ANN)) == 1


async def test_a_message_can_be_accepted_though_the_answer_is_an_error() -> None:
    async with line_world() as line:
        line.platform.faults.order(Fault.ACCEPT_THEN_ERROR)
        answer = await line.push(text())

        assert answer.status_code == 500
        assert line.platform.messages(ANN) == [text()]


async def test_a_call_can_hang_with_nothing_accepted() -> None:
    async with line_world() as line:
        line.platform.faults.order(Fault.HANG)
        with pytest.raises(httpx.ReadTimeout):
            await line.api.post("/v2/bot/message/push", content=b"{}", timeout=0.2)

        assert line.platform.messages(ANN) == []


async def test_a_hang_can_be_made_short() -> None:
    async with line_world() as line:
        line.platform.faults.longest_hang_seconds = 0.05
        line.platform.faults.order(Fault.HANG)
        answer = await line.push(text())

        assert answer.status_code == 500
        assert line.platform.messages(ANN) == []


async def test_a_message_can_be_accepted_though_no_answer_comes() -> None:
    async with line_world() as line:
        line.platform.faults.order(Fault.ACCEPT_THEN_HANG)
        line.api.timeout = httpx.Timeout(0.2)
        with pytest.raises(httpx.ReadTimeout):
            await line.push(text())

        assert line.platform.messages(ANN) == [text()]


async def test_a_message_can_be_accepted_though_the_connection_breaks() -> None:
    async with line_world() as line:
        line.platform.faults.order(Fault.ACCEPT_THEN_CUT)
        with pytest.raises(httpx.RemoteProtocolError):
            await line.push(text())

        assert line.platform.messages(ANN) == [text()]


async def test_faults_hit_only_the_calls_they_are_ordered_for() -> None:
    async with line_world() as line:
        line.platform.faults.order(Fault.ERROR, 2, ["push"])
        reply = await line.reply(await line.reply_token(), text())
        pushes = [(await line.push(text())).status_code for _ in range(3)]

        assert reply.status_code == 200
        assert pushes == [500, 500, 200]


async def test_faults_are_ordered_seen_and_cleared_over_http() -> None:
    async with line_world() as line:
        order = {"fault": "error", "count": 3, "calls": ["push"]}
        ordered = await line.api.post("/simulator/faults", json=order)
        state = (await line.api.get("/simulator/state")).json()
        unknown = await line.api.post("/simulator/faults", json={"fault": "flood"})
        endless = await line.api.post("/simulator/faults", json={"fault": "error", "count": 0})
        await line.api.delete("/simulator/faults")
        answer = await line.push(text())

        assert ordered.json()["faults"] == state["faults"] == [order]
        assert (unknown.status_code, endless.status_code) == (400, 400)
        assert answer.status_code == 200


async def test_the_record_holds_accepted_refused_and_loading() -> None:
    async with line_world() as line:
        key = "123e4567-e89b-12d3-a456-426614174000"
        await line.push(text(), key=key)
        await line.push(text(""))
        await line.api.post(
            "/v2/bot/chat/loading/start", json={"chatId": ANN, "loadingSeconds": 30}
        )
        entries = (await line.api.get("/simulator/records")).json()["entries"]

        by_kind = {entry["kind"]: entry for entry in entries}
        accepted, refused = by_kind[Kind.BOT_MESSAGE], by_kind[Kind.REFUSED]
        assert (accepted["call"], accepted["retryKey"], accepted["chatId"]) == ("push", key, ANN)
        assert accepted["at"] == line.clock.now().isoformat()
        assert (refused["call"], refused["status"]) == ("push", 400)
        assert refused["details"][0]["property"] == "messages[0].text"
        assert by_kind[Kind.LOADING]["seconds"] == 30
