"""Too much of anything is refused, in little time and without an error of ours."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.api.checks import BODY_LIMIT as API_BODY
from bot.api.limits import Allowances
from bot.config_file import read_toml
from bot.line.postbacks import Postbacks
from bot.line.signature import HEADER, signature_of
from bot.line.unsigned import UnsignedCalls
from bot.line.webhook import BODY_LIMIT, WEBHOOK_PATH
from commands.prompt import MOST_CHARACTERS
from orchestrator_core.errors import PersonError
from orchestrator_core.model import InboxState
from orchestrator_core.redaction import redact_json
from tests.acceptance.api_app import open_api
from tests.acceptance.test_webhook import SECRET, Behind
from tests.core import Core
from tests.people import says
from tests.security.test_unsigned_floods import webhook


async def in_chunks(total: int) -> AsyncIterator[bytes]:
    """Without a length announced."""
    for _ in range(0, total, 65_536):
        yield b"x" * 65_536


async def test_the_webhook_reads_no_more_than_its_limit_announced_or_not() -> None:
    behind = Behind()
    async with webhook(behind, UnsignedCalls(Allowances())) as client:
        headers = {HEADER: "A" * 44}
        announced = {**headers, "content-length": str(10**18)}
        told = await client.post(WEBHOOK_PATH, content=b"x", headers=announced)
        untold = await client.post(
            WEBHOOK_PATH, content=in_chunks(BODY_LIMIT * 2), headers=headers
        )

    assert (told.status_code, untold.status_code) == (413, 413)
    assert behind.stored == []


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
async def test_the_webhook_takes_a_signed_body_of_any_depth(bracket: str) -> None:
    """Stored as unreadable or refused as no JSON; never an error of ours."""
    deep = bracket * 100_000
    for body in (deep, f'{{"destination":"U","events":[{deep}', f'{{"events":[{{"a":{deep}1'):
        async with webhook(Behind(), UnsignedCalls(Allowances())) as client:
            signed = {HEADER: signature_of(body.encode(), SECRET)}
            answer = await client.post(WEBHOOK_PATH, content=body.encode(), headers=signed)

        assert answer.status_code == 400


async def test_an_event_nested_beyond_reason_hurts_no_neighbour() -> None:
    deep: object = 1
    for _ in range(400):
        deep = [deep]
    event = {"type": "message", "webhookEventId": "1", "timestamp": 1, "deep": deep}
    neighbour = {"type": "follow", "webhookEventId": "2", "timestamp": 1, "mode": "active"}
    body = json.dumps({"destination": "U", "events": [event, neighbour]}).encode()
    behind = Behind()
    async with webhook(behind, UnsignedCalls(Allowances())) as client:
        await client.post(WEBHOOK_PATH, content=body, headers={HEADER: signature_of(body, SECRET)})

    assert [one.webhook_event_id for one in behind.stored] == ["1", "2"]
    assert behind.stored[1].state is InboxState.NEW


@pytest.mark.parametrize("length", [301, 10_000, 1_000_000])
def test_button_data_of_any_length_is_none_of_ours(length: int) -> None:
    postbacks = Postbacks(b"key")
    for data in ("v1.a." + "9" * length, "v1." * length, "." * length, "v1.c.1." + "a" * length):
        assert postbacks.read(data, chat_id="C", person_id="U") is None


async def test_a_prompt_over_the_limit_is_told_so_and_one_of_it_is_taken() -> None:
    core = Core()
    await core.know()
    await core.session()

    assert await core.answers("x" * MOST_CHARACTERS) == []
    with pytest.raises(PersonError):
        await core.answers("x" * (MOST_CHARACTERS + 1))
    with pytest.raises(PersonError):
        await core.answers(replace(says("y"), text="/new " + "y" * MOST_CHARACTERS))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"prompt":"' + b"x" * API_BODY + b'"}', 413),
        (b'{"prompt":"' + b"x" * 100_001 + b'"}', 413),
        (b'{"name":"' + b"x" * 41 + b'"}', 422),
        (b'{"agent":"' + b"x" * 65 + b'"}', 422),
        (b"[" * 200_000, 400),
        (b'{"a":' * 40_000, 400),
        (b'{"agent":' + b"9" * 200_000 + b"}", 400),
    ],
)
async def test_the_api_refuses_what_is_too_long_or_too_deep(
    tmp_path: Path, body: bytes, status: int
) -> None:
    async with open_api(tmp_path) as api:
        headers = {"content-type": "application/json"}
        answer = await api.client.post("/sessions", content=body, headers=headers)

    assert answer.status_code == status


async def test_a_header_or_query_of_any_length_is_refused_or_passed_over(tmp_path: Path) -> None:
    long = "x" * 100_000
    async with open_api(tmp_path) as api:
        session = await api.started()
        key = {"Idempotency-Key": long}
        place = f"/sessions/{session['id']}/messages"
        by_key = await api.client.post(place, json={"text": "t"}, headers=key)
        token = await api.client.get("/sessions", headers={"Authorization": f"Bearer {long}"})
        query = await api.client.get(f"/sessions?limit={'9' * 5000}")
        path = await api.client.get(f"/sessions/{long[:5000]}")

    statuses = [one.status_code for one in (by_key, token, query, path)]
    assert statuses == [422, 401, 422, 404]


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a" * 1_000_000])
def test_a_file_of_settings_that_is_no_toml_is_told_in_a_sentence(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "denrei.toml"
    file.write_text(text)

    with pytest.raises(ValueError, match="is not TOML"):
        read_toml(file)


def test_a_tool_s_input_of_any_depth_is_kept_as_far_as_it_can_be_read() -> None:
    deep: object = "end"
    for _ in range(5000):
        deep = {"a": deep}

    assert "end" not in json.dumps(redact_json({"input": deep}))
