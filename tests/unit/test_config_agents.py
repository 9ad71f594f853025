"""What an agent may and may not be told to be in `denrei.toml`."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bot.config_agents import context_for, secret_names
from bot.config_file import Config, read_toml
from bot.config_mcp import McpGround
from orchestrator_core.model import Language, Person, Role
from orchestrator_core.ports import AgentProfile, Sandbox

AYA, BEN = "U" + "a" * 32, "U" + "b" * 32
NOTES = {
    "command": "notes-server",
    "args": ["--root", "${NOTES_ROOT:-/srv}"],
    "env": {"NOTES_TOKEN": "${NOTES_TOKEN}"},
}
GITHUB = {
    "type": "http",
    "url": "https://mcp.example.com/${NOTES_TEAM}",
    "headers": {"Authorization": "Bearer ${NOTES_TOKEN}"},
}
ENVIRON = {"NOTES_TOKEN": "the-token-itself", "NOTES_TEAM": "team-1", "OTHER": "x"}


def config(folder: Path, text: str, **ground: Any) -> Config:
    (folder / "denrei.toml").write_text(text, encoding="utf-8")
    known = McpGround(folder=folder, **{"environ": ENVIRON, **ground})
    raw = read_toml(folder / "denrei.toml")
    return Config.model_validate(raw, context=context_for(known))


def with_servers(folder: Path, servers: object, **ground: Any) -> Config:
    (folder / "mcp.json").write_text(json.dumps({"mcpServers": servers}), encoding="utf-8")
    return config(folder, '[agents.a]\nmcp_config = "mcp.json"', **ground)


def profile_of(config: Config, name: str = "a") -> AgentProfile:
    return config.agent_book(Path("/work")).pick(name)


def fault(text: str, folder: Path) -> str:
    with pytest.raises(ValidationError) as error:
        config(folder, text)
    [detail] = error.value.errors()
    return f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}"


def test_what_is_written_reaches_the_profile(tmp_path: Path) -> None:
    text = """
    [agents.a]
    allowed_tools = ["Read", "Bash(git status:*)"]
    setting_sources = ["project"]
    timeout_minutes = 5
    sandbox = true
    sandbox_domains = ["PyPI.org", "*.example.com"]
    sandbox_writable = ["/var/cache/build"]
    """
    profile = profile_of(config(tmp_path, text))

    assert profile.allowed_tools == ("Read", "Bash(git status:*)")
    assert profile.setting_sources == ("project",)
    assert profile.timeout == timedelta(minutes=5)
    assert profile.sandbox == Sandbox(
        domains=("pypi.org", "*.example.com"), writable=("/var/cache/build",)
    )


def test_an_agent_that_says_nothing_may_nothing_by_itself(tmp_path: Path) -> None:
    assert profile_of(config(tmp_path, "[agents.a]")) == AgentProfile(name="a")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('allowed_tools = ["Read", "Bash("]', "agents.a.allowed_tools.1: "),
        ('allowed_tools = "Read"', "agents.a.allowed_tools: "),
        ('setting_sources = ["elsewhere"]', "agents.a.setting_sources.0: "),
        ("timeout_minutes = 0", "agents.a.timeout_minutes: "),
        ('sandbox_domains = ["https://x"]', "agents.a.sandbox_domains.0: "),
        ('sandbox_writable = ["here"]', "agents.a.sandbox_writable.0: "),
        ('run_as = "no such user"', "agents.a.run_as: "),
        ('people = ["Haru"]', "agents.a.people.0: "),
        ('roles = ["stranger"]', "agents.a.roles.0: "),
        ('mcp_config = "nowhere.json"', "agents.a.mcp_config: "),
    ],
)
def test_what_an_agent_cannot_be_is_a_fault_with_its_place(
    tmp_path: Path, line: str, told: str
) -> None:
    assert fault(f"[agents.a]\n{line}", tmp_path).startswith(told)


def test_who_may_use_an_agent_besides_owners(tmp_path: Path) -> None:
    text = f'[agents.a]\npeople = ["{AYA}"]\n[agents.b]\nroles = ["viewer"]\n[agents.c]'
    book = config(tmp_path, text).agent_book(Path("/work"))
    aya, ben = [
        Person(id=person_id, role=Role.OPERATOR, language=Language.ENGLISH)
        for person_id in (AYA, BEN)
    ]

    assert book.admits(aya, "a") and not book.admits(ben, "a")
    assert not book.admits(aya, "b")
    assert book.admits(ben, "c")


def test_servers_keep_their_templates_and_their_secrets_apart(tmp_path: Path) -> None:
    made = with_servers(tmp_path, {"notes": NOTES, "github": GITHUB})
    profile = profile_of(made)

    assert profile.mcp_servers["notes"] == {"type": "stdio", **NOTES}
    assert profile.mcp_servers["github"] == GITHUB
    assert profile.mcp_secrets == {"NOTES_TOKEN": "the-token-itself", "NOTES_TEAM": "team-1"}
    assert secret_names(made.agents) == {"NOTES_TOKEN", "NOTES_TEAM"}
    assert "the-token-itself" not in f"{made!r} {profile!r}"


def test_where_no_claude_runs_the_variables_need_not_be_set(tmp_path: Path) -> None:
    profile = profile_of(with_servers(tmp_path, {"notes": NOTES}, environ=None))

    assert profile.mcp_secrets == {}


@pytest.mark.parametrize(
    ("server", "told"),
    [
        ({**NOTES, "env": {"A": "${NO_SUCH} ${NOR_THIS}"}}, "environment: NOR_THIS, NO_SUCH"),
        ({**NOTES, "env": {"A": "${LINE_CHANNEL_SECRET}"}}, "LINE_CHANNEL_SECRET: Denrei's own"),
        ({**NOTES, "env": {"A": "${a b}"}}, "a template must be"),
        ({**NOTES, "env": {"API_KEY": "hunter2"}}, "its env.API_KEY written out"),
        ({**GITHUB, "headers": {"Authorization": "hunter2"}}, "headers.Authorization written out"),
        ({**GITHUB, "url": "http://hunter2.example.com"}, "must be an https address"),
        ({**NOTES, "disabled": "hunter2"}, "wrong shape at"),
        ({"type": "http"}, "wrong shape at"),
        ("hunter2", "wrong shape at"),
    ],
)
def test_a_server_that_cannot_be_used_is_a_fault_that_shows_no_secret(
    tmp_path: Path, server: object, told: str
) -> None:
    with pytest.raises(ValidationError) as error:
        with_servers(tmp_path, {"one": server}, withheld=frozenset({"LINE_CHANNEL_SECRET"}))
    [detail] = error.value.errors()

    assert told in detail["msg"]
    assert "hunter2" not in detail["msg"]


@pytest.mark.parametrize("text", ["", "[]", '{"servers": {}}', '{"mcpServers": []}', "[" * 9999])
def test_a_file_of_another_shape_is_a_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "mcp.json").write_text(text)

    assert "mcp.json" in fault('[agents.a]\nmcp_config = "mcp.json"', tmp_path)


@pytest.mark.parametrize("name", ["a b", "", "a__b", "x" * 65])
def test_a_server_has_a_name_that_rules_can_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValidationError, match="server's name"):
        with_servers(tmp_path, {name: NOTES})
