"""Requests that are wrong: each gets an answer that says what is, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from orchestrator_core.errors import StorageFullError
from orchestrator_core.ports import Records
from tests.acceptance.api_app import Api, open_api


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as api:
        yield api


JSON = {"Content-Type": "application/json"}
BODIES = {
    "cut off": (b'{"text": "go', 400),
    "not UTF-8": (b'{"text": "\xff"}', 400),
    "half a surrogate pair": (b'{"text": "\\ud83d"}', 400),
    "nested without end": (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    "empty": (b"", 400),
    "a list": (b"[]", 422),
    "no text": (b"{}", 422),
    "a number for a text": (b'{"text": 5}', 422),
    "an empty text": (b'{"text": ""}', 422),
    "a blank text": ('{"text": " \u3000\\n"}'.encode(), 422),
    "a NUL": (b'{"text": "a\\u0000b"}', 422),
    "an unknown field": (b'{"text": "go", "model": "opus"}', 422),
    "a text over 100 kB": (json.dumps({"text": "x" * 100_001}).encode(), 413),
    "a text over 100 kB in UTF-8": (json.dumps({"text": "行" * 33_334}).encode(), 413),
    "a body over 256 kB": (b'{"text": "' + b"x" * 262_144 + b'"}', 413),
}


@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES.keys())
async def test_a_wrong_body_is_refused_and_asks_nothing(
    api: Api, body: bytes, status: int
) -> None:
    session = await api.started()

    response = await api.client.post(
        f"/sessions/{session['id']}/messages", content=body, headers=JSON
    )

    assert response.status_code == status, response.text
    assert response.json()["status"] == status
    shown = (await api.client.get(f"/sessions/{session['id']}")).json()
    assert shown["queue"] == []


async def test_a_text_of_just_100_kb_is_taken_whole(api: Api) -> None:
    text = "x" * 100_000

    session = await api.started(prompt=text)

    assert session["turn"]["text"] == text


async def test_an_unknown_field_is_named(api: Api) -> None:
    response = await api.client.post("/sessions", json={"promt": "go"})

    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"detail": "Extra inputs are not permitted", "pointer": "#/promt"}
    ]


async def test_a_body_that_is_wrong_in_thousands_of_places_gets_a_short_answer(api: Api) -> None:
    response = await api.client.post("/sessions", json={f"f{n}": n for n in range(5000)})

    assert response.status_code == 422
    assert len(response.json()["errors"]) == 10


async def test_a_form_is_not_json(api: Api) -> None:
    response = await api.client.post("/sessions", data={"agent": "claude"})

    assert response.status_code == 415


@pytest.mark.parametrize("name", ["", "   ", "two\nlines", "x" * 41])
async def test_a_name_nobody_could_type_is_refused(api: Api, name: str) -> None:
    response = await api.client.post("/sessions", json={"name": name})

    assert response.status_code == 422


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "before=0", f"before={10**30}", "page=2"]
)
async def test_a_wrong_query_is_refused_with_the_parameter_named(api: Api, query: str) -> None:
    response = await api.client.get(f"/sessions?{query}")

    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == query.partition("=")[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [("Idempotency-Key", "two words"), ("Idempotency-Key", ""), ("Idempotency-Key", "k" * 201)],
)
async def test_a_wrong_header_is_refused_with_its_name(api: Api, name: str, value: str) -> None:
    session = await api.started()

    response = await api.client.post(
        f"/sessions/{session['id']}/messages", json={"text": "go"}, headers={name: value}
    )

    assert response.status_code == 422
    assert response.json()["errors"][0]["header"] == name


async def test_a_path_that_is_not_there_is_a_problem_too(api: Api) -> None:
    response = await api.client.get("/session")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_method_that_is_not_there_is_told_which_are(api: Api) -> None:
    response = await api.client.delete("/sessions")

    assert (response.status_code, response.headers["allow"]) == (405, "POST, GET")


async def test_an_unexpected_error_is_logged_and_not_told(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    api.state["store"] = BrokenStore(OSError("disk /secret/path"))

    response = await api.client.get("/sessions")

    assert response.status_code == 500
    assert "secret" not in response.text
    assert "disk /secret/path" in caplog.text


async def test_a_full_disk_is_told_as_such(api: Api) -> None:
    api.state["store"] = BrokenStore(StorageFullError())

    response = await api.client.post("/sessions", json={})

    assert response.status_code == 503


class BrokenStore:
    """A store of which every transaction fails as it begins."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def transaction(self) -> AbstractAsyncContextManager[Records]:
        return _Failing(self._error)

    def read(self) -> AbstractAsyncContextManager[Records]:
        return _Failing(self._error)

    async def ping(self) -> None:
        raise self._error


class _Failing(AbstractAsyncContextManager[Records]):
    def __init__(self, error: Exception) -> None:
        self._error = error

    async def __aenter__(self) -> Records:
        raise self._error

    async def __aexit__(self, *_: object) -> None:
        return
