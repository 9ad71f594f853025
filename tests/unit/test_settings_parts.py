"""Settings of a process that does a part of the work, and of its pool."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.host import Host
from bot.load import SettingsError, load
from bot.roles import ALL_ROLES, Part, ServeRole, part_of
from bot.settings import Settings, claude_options
from orchestrator_core.claude_launcher import ClaudeOptions
from orchestrator_core.model import DEFAULT_POOL

LEAST = {
    "LINE_CHANNEL_SECRET": "the-channel-secret",
    "LINE_CHANNEL_ACCESS_TOKEN": "the-access-token",
    "DENREI_OWNERS": "U" + "0" * 32,
    "ANTHROPIC_API_KEY": "the-api-key",
    "DATABASE_URL": "postgres://denrei@db/denrei",
    "REDIS_URL": "redis://cache",
}
EDGE = part_of(["edge"], DEFAULT_POOL)
WORKER = part_of(["worker"], DEFAULT_POOL)
POOLS = """
[workspaces]
shop = "{folder}/shop"
site = "{folder}/site"

[agents.buyer]
workspace = "shop"

[pools.tokyo]
workspaces = ["shop", "{folder}/elsewhere"]
"""


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """None of this machine's own settings, and what a part needs at least."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DENREI_DATA_DIR", str(tmp_path / "data"))
    for name, value in LEAST.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def pools(clean: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    (tmp_path / "denrei.toml").write_text(POOLS.format(folder=tmp_path))
    clean.setenv("DENREI_CONFIG", str(tmp_path / "denrei.toml"))
    for name in ("shop", "site"):
        (tmp_path / name).mkdir()
    return tmp_path


def no_login(_options: ClaudeOptions, _withheld: frozenset[str]) -> bool:
    return False


def faults(part: Part) -> dict[str, str]:
    with pytest.raises(SettingsError) as error:
        load(part=part, signed_in=no_login)
    return {fault.variable: fault.problem for fault in error.value.faults}


def test_without_a_role_a_process_does_everything() -> None:
    assert part_of(None, DEFAULT_POOL).roles == ALL_ROLES
    assert part_of(["edge", "courier"], "tokyo") == Part(
        roles=frozenset({ServeRole.EDGE, ServeRole.COURIER}), pool="tokyo"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "sqlite:///denrei.sqlite3"),
        ("REDIS_URL", ""),
    ],
)
def test_a_part_needs_what_it_shares_with_the_others(
    clean: pytest.MonkeyPatch, name: str, value: str
) -> None:
    clean.setenv(name, value)

    assert "share it" in faults(EDGE)[name]
    assert load().settings.denrei_owners


def test_only_a_worker_needs_claude_code(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("ANTHROPIC_API_KEY", "")

    assert load(part=EDGE, signed_in=no_login).settings.anthropic_api_key is None
    assert "is not set" in faults(WORKER)["ANTHROPIC_API_KEY"]


def test_a_session_belongs_to_the_pool_of_its_workspace(pools: Path) -> None:
    book = load().config.agent_book(pools)

    assert book.pool_of(book.pick("buyer")) == "tokyo"
    assert book.pool_of(book.pick(None)) == DEFAULT_POOL


def test_a_pool_nobody_configured_cannot_be_served(pools: Path) -> None:
    problem = faults(part_of(["worker"], "osaka"))["DENREI_CONFIG"]

    assert "there is no pool 'osaka'" in problem
    assert pools.is_dir()


def test_a_worker_needs_the_directories_of_its_own_pool_only(pools: Path) -> None:
    (pools / "shop").rmdir()

    assert load(part=WORKER, signed_in=lambda *_: True).config.pools
    problem = faults(part_of(["worker"], "tokyo"))["DENREI_CONFIG"]
    assert f"there is no directory {pools / 'shop'}" in problem


def test_a_pool_names_workspaces_or_paths(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "denrei.toml").write_text('[pools.tokyo]\nworkspaces = ["shop"]\n')
    clean.setenv("DENREI_CONFIG", str(tmp_path / "denrei.toml"))

    problem = faults(EDGE)["DENREI_CONFIG"]
    assert problem == "line 2: pools.tokyo.workspaces.0: there is no workspace 'shop'"


def test_what_is_found_after_reading_is_told_with_its_line_too(
    clean: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "denrei.toml").write_text(
        '[workspaces]\ngone = "/nowhere/at/all"\n\n[budgets.reviews]\nusd = 5\nof = "agent"\n'
        'only = ["nobody"]\n\n[agents.b]\nworkspace = "/nor/here"\n'
    )
    clean.setenv("DENREI_CONFIG", str(tmp_path / "denrei.toml"))
    with pytest.raises(SettingsError) as error:
        load(signed_in=lambda *_: True)
    told = [one.problem for one in error.value.faults if one.variable == "DENREI_CONFIG"]

    assert told == [
        "line 2: workspaces.gone: there is no directory /nowhere/at/all",
        "line 7: budgets.reviews.only: there is no agent 'nobody'",
        "line 10: agents.b.workspace: there is no directory /nor/here",
    ]


def test_another_claude_code_can_be_named(clean: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cli = tmp_path / "claude"
    cli.write_text("#!/bin/sh\n")
    cli.chmod(0o700)
    clean.setenv("DENREI_CLAUDE_PATH", str(cli))

    assert claude_options(load().settings).cli_path == cli


def test_another_claude_code_must_be_there_and_executable(
    clean: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "claude").write_text("#!/bin/sh\n")
    for name in ("claude", "nothing"):
        clean.setenv("DENREI_CLAUDE_PATH", str(tmp_path / name))

        assert "cannot be executed" in faults(WORKER)["DENREI_CLAUDE_PATH"]


def test_a_fault_in_denrei_toml_is_named_with_its_line(
    clean: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "denrei.toml"
    config.write_text('[agents.a]\nmodel = "x"\nallowed_tools = [\n  "Read",\n  "Bash(",\n]\n')
    clean.setenv("DENREI_CONFIG", str(config))

    told = faults(WORKER)["DENREI_CONFIG"]
    assert told.startswith("line 5: agents.a.allowed_tools.1: 'Bash(' is no rule")


def test_a_worker_looks_for_its_servers_variables_and_its_walls_and_an_edge_does_not(
    clean: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server = {"command": "notes", "env": {"TOKEN": "${NOTES_TOKEN}"}}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"notes": server}}))
    config = tmp_path / "denrei.toml"
    clean.setenv("DENREI_CONFIG", str(config))
    unable = Host(platform="linux", find=lambda _: None, user_id=1)

    def told(part: Part, environ: dict[str, str]) -> str:
        try:
            load(part=part, host=unable, environ=environ)
        except SettingsError as error:
            return str(error)
        return ""

    config.write_text('[agents.a]\nmcp_config = "mcp.json"\n')
    assert "NOTES_TOKEN" in told(WORKER, {})
    assert "NOTES_TOKEN" not in told(WORKER, {"NOTES_TOKEN": "x"})
    assert "NOTES_TOKEN" not in told(EDGE, {})
    config.write_text('[agents.a]\nsandbox = true\nrun_as = "daemon"\n')
    assert "agents.a.sandbox: install bubblewrap and socat" in told(WORKER, {})
    assert "agents.a.run_as: only a Denrei that runs as root" in told(WORKER, {})
    assert "agents.a" not in told(EDGE, {})


def test_a_rule_that_cannot_be_meant_is_a_fault_and_one_of_the_owner_s_own_is_none(
    clean: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "denrei.toml"
    clean.setenv("DENREI_CONFIG", str(config))
    own = '[[guard.rules]]\nid = "own.ship"\nmatch = ["shipctl push"]\nreason = "Ask first."\n'
    config.write_text(
        f'{own}[policies]\nsecond_person = ["own.ship", "no.rule"]\n'
        '[agents.a]\nrelax = ["own.ship",\n  "file.delete_system"]\n'
    )
    with pytest.raises(SettingsError) as error:
        load(part=EDGE)

    problems = sorted(fault.problem for fault in error.value.faults)
    assert problems == [
        "line 6: policies.second_person.1: the guard has no rule 'no.rule'",
        "line 9: agents.a.relax.1: 'file.delete_system' is catastrophic and cannot be relaxed",
    ]
