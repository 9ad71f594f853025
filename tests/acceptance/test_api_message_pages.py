"""Reading what was said in a session over the API, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator_core.model import MessageRole, SessionMessage
from tests.acceptance.api_app import Api, open_api
from tests.fakes.clock import NOON


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(tmp_path) as api:
        yield api


async def _session_with(api: Api, answers: int) -> dict[str, Any]:
    session = await api.started()
    async with api.records() as records:
        for number in range(answers):
            await records.log.add_message(
                SessionMessage(
                    session_id=session["id"],
                    turn_id=1,
                    role=MessageRole.ANSWER,
                    text=str(number),
                    created_at=NOON,
                )
            )
    return session


async def _texts(api: Api, address: str | None) -> list[list[str]]:
    """Page by page, from this one on."""
    pages = []
    while address:
        page = (await api.client.get(address)).json()
        pages.append([message["text"] for message in page["items"]])
        address = page["next"]
    return pages


async def test_pages_lead_from_the_newest_message_to_the_oldest_without_gaps(api: Api) -> None:
    session = await _session_with(api, 5)
    await _session_with(api, 3)

    pages = await _texts(api, f"/sessions/{session['id']}/messages?limit=2")

    assert pages == [["4", "3"], ["2", "1"], ["0"]]


async def test_a_page_that_is_just_full_is_the_last(api: Api) -> None:
    session = await _session_with(api, 4)

    pages = await _texts(api, f"/sessions/{session['number']}/messages?limit=2")

    assert pages == [["3", "2"], ["1", "0"]]


async def test_a_session_nothing_was_said_in_has_one_empty_page(api: Api) -> None:
    session = await api.started()

    assert await _texts(api, f"/sessions/{session['id']}/messages") == [[]]


async def test_a_shown_session_says_where_its_older_messages_are(api: Api) -> None:
    session = await _session_with(api, 103)

    shown = (await api.client.get(f"/sessions/{session['id']}")).json()

    assert [message["text"] for message in shown["messages"]] == [str(n) for n in range(3, 103)]
    assert await _texts(api, shown["older"]) == [["2", "1", "0"]]


async def test_a_session_shown_whole_has_no_older_messages(api: Api) -> None:
    session = await _session_with(api, 100)

    shown = (await api.client.get(f"/sessions/{session['id']}")).json()

    assert len(shown["messages"]) == 100
    assert shown["older"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "before=0", "before=x", "after=1"])
async def test_a_page_that_cannot_be_is_refused(api: Api, query: str) -> None:
    session = await api.started()

    response = await api.client.get(f"/sessions/{session['id']}/messages?{query}")

    assert response.status_code == 422


async def test_messages_of_no_session_are_not_found(api: Api) -> None:
    assert (await api.client.get("/sessions/999/messages")).status_code == 404
