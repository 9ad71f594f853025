"""What Claude Code is started with for an agent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from orchestrator_core.claude_launcher import ClaudeOptions
from orchestrator_core.claude_setup import setup_for
from orchestrator_core.model import Mode
from orchestrator_core.ports import AgentProfile, Sandbox
from tests.fakes.conversation import new_session

OPTIONS = ClaudeOptions(
    environment={"CLAUDE_CONFIG_DIR": "/data/claude", "ANTHROPIC_API_KEY": "k"}
)
PLAIN = AgentProfile(name="claude")
SESSION = new_session(Path("/work"))


def test_an_agent_that_says_nothing_trusts_nothing_that_lies_in_its_workspace() -> None:
    setup = setup_for(OPTIONS, SESSION, PLAIN)

    assert setup["setting_sources"] == []
    assert setup["mcp_servers"] == {} and setup["strict_mcp_config"] is True
    assert setup["permission_mode"] == "default"
    assert "sandbox" not in setup
    # What may run unasked is for the policy to say: the CLI's own list would go past it.
    assert "allowed_tools" not in setup


def test_a_sandbox_has_no_way_out_and_no_yes_of_its_own() -> None:
    walls = Sandbox(domains=("pypi.org",), writable=("/var/cache/build",))
    sandbox = setup_for(OPTIONS, SESSION, replace(PLAIN, sandbox=walls))["sandbox"]

    assert sandbox == {
        "enabled": True,
        "failIfUnavailable": True,
        "allowUnsandboxedCommands": False,
        "autoAllowBashIfSandboxed": False,
        "network": {"allowedDomains": ["pypi.org"], "strictAllowlist": True},
        "filesystem": {
            "allowWrite": ["/var/cache/build"],
            "denyRead": ["/data/claude/.credentials.json"],
        },
    }


def test_a_sandbox_hides_our_secrets_and_the_login_of_whoever_claude_runs_as() -> None:
    options = replace(OPTIONS, unreadable=(Path("/data/denrei.sqlite3"),))
    profile = replace(PLAIN, sandbox=Sandbox(), run_as="daemon")
    hidden = setup_for(options, SESSION, profile)["sandbox"]["filesystem"]["denyRead"]

    home = Path("~daemon").expanduser()
    assert hidden == [f"{home}/.denrei-claude/.credentials.json", "/data/denrei.sqlite3"]


def test_servers_are_given_with_their_templates_and_their_secrets_only_to_the_cli() -> None:
    notes = {"type": "stdio", "command": "notes", "args": ["${TOKEN}"], "env": {}}
    profile = replace(PLAIN, mcp_servers={"notes": notes}, mcp_secrets={"TOKEN": "s3cret"})
    environment = OPTIONS.cli_environment(profile)

    assert setup_for(OPTIONS, SESSION, profile)["mcp_servers"] == {"notes": notes}
    assert environment["TOKEN"] == "s3cret"
    assert environment["DENREI_HIDDEN_FROM_TOOLS"] == "TOKEN"
    assert "s3cret" not in repr(profile)


def test_another_user_s_claude_keeps_its_things_in_that_user_s_home() -> None:
    profile = replace(PLAIN, run_as="daemon")
    home = str(Path("~daemon").expanduser())

    assert OPTIONS.cli_environment(profile)["CLAUDE_CONFIG_DIR"] == f"{home}/.denrei-claude"
    assert OPTIONS.cli_environment(PLAIN)["CLAUDE_CONFIG_DIR"] == "/data/claude"


def test_a_session_that_plans_is_told_so_behind_what_its_agent_is_told() -> None:
    talking = replace(PLAIN, system_prompt="Speak of rivers.")
    planning = replace(talking, mode=Mode.PLAN)
    told = setup_for(OPTIONS, SESSION, planning)["system_prompt"]["append"]

    assert told.startswith("Speak of rivers.\n\nPlan mode is on")
    assert setup_for(OPTIONS, SESSION, talking)["system_prompt"]["append"] == "Speak of rivers."
    assert setup_for(OPTIONS, SESSION, planning)["permission_mode"] == "default"


def test_a_copy_is_resumed_as_one_until_it_has_a_conversation_of_its_own() -> None:
    fork = replace(SESSION, forked_from="c-1", forked_at="m-9")

    assert setup_for(OPTIONS, fork, PLAIN)["extra_args"] == {
        "resume": "c-1",
        "fork-session": None,
        "resume-session-at": "m-9",
    }
    assert setup_for(OPTIONS, replace(fork, claude_session_id="c-2"), PLAIN)["resume"] == "c-2"
