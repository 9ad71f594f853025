"""Names that people and databases give never lead to a file outside of where they belong."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from bot.config_file import Config
from orchestrator_core.errors import PersonError
from tests.acceptance.api_app import open_api
from tests.core import Core

OUTSIDE = [
    "../../etc",
    "/etc",
    "..",
    "a/../../b",
    "~root",
    "\\..\\..",
    "%2e%2e/",
    "x\0y",
    "．．／etc",
]


@pytest.mark.parametrize("name", OUTSIDE)
async def test_an_agent_is_one_that_was_configured_and_no_path(name: str) -> None:
    core = Core()
    await core.know()

    with pytest.raises(PersonError):
        await core.answers(f"/new @{name} go")
    async with core.store.read() as records:
        assert await records.sessions.page(limit=9) == []


async def test_a_session_s_directory_is_its_agent_s_whatever_it_is_called(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        named = [
            await api.client.post("/sessions", json={"name": name, "agent": "claude"})
            for name in OUTSIDE
        ]
        by_agent = [await api.client.post("/sessions", json={"agent": name}) for name in OUTSIDE]

    taken = [answer.json()["workspace"] for answer in named if answer.status_code == 201]
    assert set(taken) == {"/srv/work"}
    assert {answer.status_code for answer in named} == {201, 422}
    assert {answer.status_code for answer in by_agent} <= {404, 422}


async def test_a_reference_in_an_address_finds_a_session_or_nothing(tmp_path: Path) -> None:
    async with open_api(tmp_path) as api:
        await api.started()
        found = [
            await api.client.get(httpx.URL(f"http://denrei.test/sessions/{reference}"))
            for reference in ("..%2faudit", "%00", "1%2f..%2f2", "a" * 300, "*", "-1", "%2e%2e")
        ]

    assert [answer.status_code for answer in found] == [404] * len(found)


def test_a_workspace_that_is_a_link_is_known_by_where_it_leads(tmp_path: Path) -> None:
    """So that what lies there is checked, and not what it is called."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (tmp_path / "harmless").symlink_to(secret)
    config = Config.model_validate(
        {"workspaces": {"w": str(tmp_path / "harmless" / ".." / "harmless")}}
    )

    assert config.directories() == {("workspaces", "w"): secret}
