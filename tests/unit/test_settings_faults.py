"""Faults in settings: they say what is wrong, and show nothing of what was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.cli import EXIT_CONFIG, main
from bot.load import SettingsError, load
from bot.settings import Settings
from orchestrator_core.claude_launcher import ClaudeOptions

LEAST = {
    "LINE_CHANNEL_SECRET": "the-channel-secret",
    "LINE_CHANNEL_ACCESS_TOKEN": "the-access-token",
    "DENREI_OWNERS": "U" + "0" * 32,
    "ANTHROPIC_API_KEY": "the-api-key",
}


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """None of this machine's own settings, and what is needed at least."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DENREI_DATA_DIR", str(tmp_path / "data"))
    for name, value in LEAST.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def faults() -> dict[str, str]:
    with pytest.raises(SettingsError) as error:
        load()
    return {fault.variable: fault.problem for fault in error.value.faults}


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("REDIS_URL", "redis://:hunter/2@127.0.0.1:6379", "has no valid port"),
        ("REDIS_URL", "redis://:hunter#2@127.0.0.1:6379", "has no valid port"),
        ("REDIS_URL", "rediss://cache:hunter", "has no valid port"),
        ("REDIS_URL", "redis://:hunter[2@cache", "cannot be read"),
        ("REDIS_URL", "redis://:hunter\u2100@cache", "cannot be read"),
        ("DATABASE_URL", "postgres://denrei:hunter/2@db/denrei", "has no valid port"),
        ("DATABASE_URL", "postgres://denrei:2@db:99999/denrei", "has no valid port"),
        ("DATABASE_URL", "postgres://denrei:hunter]2@db/denrei", "cannot be read"),
        ("LINE_API_BASE", "https://api.line.me:hunter", "has no valid port"),
        ("LINE_DATA_API_BASE", "https://hunter[", "cannot be read"),
        ("ANTHROPIC_BASE_URL", "https://proxy.example:hunter", "has no valid port"),
    ],
)
def test_an_address_that_cannot_be_read_is_a_fault_that_quotes_nothing(
    clean: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    clean.setenv(name, value)

    found = faults()
    assert found.keys() == {name}
    assert problem in found[name]
    assert "hunter" not in found[name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "redis://:hunter%2F2@127.0.0.1:6379/1"),
        ("REDIS_URL", "unix:///run/redis.sock"),
        ("DATABASE_URL", "postgres://denrei:hunter%2F2@[::1]:5432/denrei"),
        ("DATABASE_URL", "sqlite:///var/lib/denrei/denrei.sqlite3"),
        ("DATABASE_URL", "sqlite://denrei.sqlite3"),
    ],
)
def test_an_address_that_can_be_read_is_none(
    clean: pytest.MonkeyPatch, name: str, value: str
) -> None:
    clean.setenv(name, value)

    read = getattr(load().settings, name.lower())
    assert read.get_secret_value() == value


def test_the_library_s_own_message_shows_no_value(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("REDIS_URL", "http://:the-redis-password@cache")
    clean.setenv("DENREI_ADMIN_TOKEN", "tiny-secret")
    with pytest.raises(ValidationError) as error:
        Settings()

    assert "the-redis-password" not in str(error.value)
    assert "tiny-secret" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("LINE_CHANEL_SECRET", "LINE_CHANNEL_SECRET"),
        ("LINE_CHANNEL_TOKEN", "LINE_CHANNEL_ACCESS_TOKEN"),
        ("DENREI_OWNER", "DENREI_OWNERS"),
        ("denrei_workspaces", "DENREI_WORKSPACE"),
        ("ANTHROPIC_APIKEY", "ANTHROPIC_API_KEY"),
    ],
)
def test_a_misspelt_name_in_the_file_is_a_fault_that_says_what_is_meant(
    tmp_path: Path, name: str, meant: str
) -> None:
    (tmp_path / ".env").write_text(f"PORT=9001\n# A_COMMENT=1\nexport {name}=hunter2\n")

    assert faults() == {name: f"is not a setting; is {meant} meant?"}


def test_a_name_in_the_file_that_is_like_no_setting_is_only_said_to_be_none(
    tmp_path: Path,
) -> None:
    (tmp_path / ".env").write_text("LINE_QQQQ=hunter2\n")

    assert faults() == {"LINE_QQQQ": "is not a setting"}


def test_what_is_in_the_file_for_others_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OTHER=1\nLINEAR=2\nline_channel_secret=in-any-case\n")

    assert load().settings.denrei_owners == {LEAST["DENREI_OWNERS"]}


def test_an_unknown_name_in_the_environment_is_no_fault(clean: pytest.MonkeyPatch) -> None:
    """It may be meant for another program."""
    clean.setenv("ANTHROPIC_MODEL", "opus")
    clean.setenv("LINE_CHANEL_SECRET", "x")

    assert load().settings.port == 8080


def test_the_cli_that_is_asked_about_its_login_gets_none_of_our_settings(
    clean: pytest.MonkeyPatch,
) -> None:
    clean.delenv("ANTHROPIC_API_KEY")
    asked: list[tuple[ClaudeOptions, frozenset[str]]] = []

    def signed_in(options: ClaudeOptions, withheld: frozenset[str]) -> bool:
        asked.append((options, withheld))
        return True

    load(signed_in=signed_in)

    ((options, withheld),) = asked
    assert {*LEAST, "DENREI_OWNERS", "DENREI_WORKSPACE", "PORT"} <= withheld
    assert not {"PATH", "HOME"} & withheld
    assert [name for name in options.environment if name.startswith(("LINE_", "DENREI_"))] == []


@pytest.mark.parametrize("section", ["agents", "budgets", "limits", "rate_limits"])
def test_what_should_be_a_table_is_said_so(
    clean: pytest.MonkeyPatch, tmp_path: Path, section: str
) -> None:
    (tmp_path / "denrei.toml").write_text(f"{section} = 3\n")
    clean.setenv("DENREI_CONFIG", "denrei.toml")

    assert faults() == {"DENREI_CONFIG": f"line 1: {section}: must be a table"}


def test_what_is_wrong_in_the_file_is_listed_in_the_order_of_its_lines(
    tmp_path: Path, clean: pytest.MonkeyPatch
) -> None:
    """Whichever check it is that finds it."""
    path = tmp_path / "denrei.toml"
    path.write_text(
        'pools.a.workspaces = ["nowhere"]\n'
        "[agents.reviewer]\n"
        'workspace = "/there/is/no/such"\n'
        "[policies]\n"
        'second_person = ["no.rule"]\n'
    )
    clean.setenv("DENREI_CONFIG", str(path))
    with pytest.raises(SettingsError) as error:
        load()

    assert [fault.line for fault in error.value.faults] == [1, 3, 5]


@pytest.mark.parametrize("command", [["doctor"], ["people"], ["audit", "export"]])
def test_a_command_that_starts_nothing_does_not_say_that_denrei_did_not_start(
    command: list[str], clean: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clean.delenv("DENREI_OWNERS")

    assert main(command) == EXIT_CONFIG
    assert capsys.readouterr().err.startswith("1 setting(s) to mend.\n  DENREI_OWNERS  is not set")
