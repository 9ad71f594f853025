"""Settings: read once, and everything that is wrong said at once."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest

from bot.load import SettingsError, load
from bot.settings import Settings, claude_environment, claude_home, take_secrets

OWNERS = ("U" + "0" * 32, "U" + "a" * 32)
SECRETS = {
    "LINE_CHANNEL_SECRET": "the-channel-secret",
    "LINE_CHANNEL_ACCESS_TOKEN": "the-access-token",
    "DENREI_ADMIN_TOKEN": "the-admin-token-of-16",
    "ANTHROPIC_API_KEY": "the-api-key",
    "CLAUDE_CODE_OAUTH_TOKEN": "the-oauth-token",
    "DATABASE_URL": "postgres://denrei:the-db-password@db/denrei",
    "REDIS_URL": "redis://:the-redis-password@cache",
}
HIDDEN = (*list(SECRETS.values())[:5], "the-db-password", "the-redis-password")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """None of this machine's own settings, and what is needed at least."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DENREI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DENREI_OWNERS", OWNERS[0])
    for name in ("LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, SECRETS[name])
    return monkeypatch


def faults() -> dict[str, str]:
    with pytest.raises(SettingsError) as error:
        load()
    return {fault.variable: fault.problem for fault in error.value.faults}


def test_the_least_that_is_needed_is_enough(tmp_path: Path) -> None:
    settings = load().settings

    assert settings.denrei_owners == {OWNERS[0]}
    assert settings.workspace == tmp_path / "data" / "workspace"
    assert settings.line_api_base == "https://api.line.me"
    assert (settings.denrei_host, settings.port) == ("127.0.0.1", 8080)
    assert settings.denrei_daily_budget_usd is None
    assert settings.denrei_admin_token is None


def test_every_fault_is_said_at_once_by_its_variable(clean: pytest.MonkeyPatch) -> None:
    for name, value in {
        "LINE_API_BASE": "http://line.example",
        "LINE_DATA_API_BASE": "ftp://127.0.0.1",
        "DENREI_OWNERS": "haru",
        "DENREI_ADMIN_TOKEN": "short",
        "DENREI_WORKSPACE": "/no/such/place",
        "DENREI_CONFIG": "/no/such/file.toml",
        "DENREI_DAILY_BUDGET_USD": "0",
        "PORT": "70000",
        "DATABASE_URL": "mysql://db",
        "REDIS_URL": "http://cache",
    }.items():
        clean.setenv(name, value)
    for name in ("LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN", "ANTHROPIC_API_KEY"):
        clean.delenv(name)

    assert faults().keys() == {
        *("LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN", "LINE_API_BASE"),
        *("LINE_DATA_API_BASE", "DENREI_OWNERS", "DENREI_ADMIN_TOKEN", "DENREI_WORKSPACE"),
        *("DENREI_CONFIG", "DENREI_DAILY_BUDGET_USD", "PORT", "DATABASE_URL", "REDIS_URL"),
        "ANTHROPIC_API_KEY",
    }


@pytest.mark.parametrize("address", ["sqlite://", "sqlite://:memory:", "postgres://"])
def test_a_database_that_is_not_named_is_a_fault(clean: pytest.MonkeyPatch, address: str) -> None:
    clean.setenv("DATABASE_URL", address)

    assert "must name a database" in faults()["DATABASE_URL"]


def test_what_is_missing_or_empty_is_not_set(clean: pytest.MonkeyPatch) -> None:
    clean.delenv("LINE_CHANNEL_SECRET")
    clean.setenv("LINE_CHANNEL_ACCESS_TOKEN", "")
    found = faults()

    assert found == {
        "LINE_CHANNEL_SECRET": "is not set",
        "LINE_CHANNEL_ACCESS_TOKEN": "is not set",
    }


@pytest.mark.parametrize(
    ("value", "problem"),
    [("-1", "greater than 0"), ("NaN", "finite"), ("Infinity", "finite"), ("ten", "decimal")],
)
def test_a_budget_is_an_amount(clean: pytest.MonkeyPatch, value: str, problem: str) -> None:
    clean.setenv("DENREI_DAILY_BUDGET_USD", value)

    assert problem in faults()["DENREI_DAILY_BUDGET_USD"]


def test_a_budget_is_read_exactly(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("DENREI_DAILY_BUDGET_USD", "0.10")

    assert load().settings.denrei_daily_budget_usd == Decimal("0.10")


@pytest.mark.parametrize(
    "value",
    [
        f"{OWNERS[0]},{OWNERS[1]}",
        f" {OWNERS[0]} , {OWNERS[1]} ,",
        f"{OWNERS[0]}\n{OWNERS[1]}",
        f"{OWNERS[0]} {OWNERS[1]} {OWNERS[1]}",
    ],
)
def test_owners_are_listed_as_one_likes(clean: pytest.MonkeyPatch, value: str) -> None:
    clean.setenv("DENREI_OWNERS", value)

    assert load().settings.denrei_owners == set(OWNERS)


@pytest.mark.parametrize("value", [",", " ", "U123", OWNERS[0].lower(), f"{OWNERS[0]},haru"])
def test_what_is_no_user_id_is_no_owner(clean: pytest.MonkeyPatch, value: str) -> None:
    clean.setenv("DENREI_OWNERS", value)

    assert "DENREI_OWNERS" in faults()


@pytest.mark.parametrize(
    ("value", "base"),
    [
        ("https://proxy.example/line/", "https://proxy.example/line"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://localhost:9000/", "http://localhost:9000"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_line_may_be_elsewhere_when_nobody_can_listen_in(
    clean: pytest.MonkeyPatch, value: str, base: str
) -> None:
    clean.setenv("LINE_API_BASE", value)

    assert load().settings.line_api_base == base


@pytest.mark.parametrize(
    "value",
    ["http://127.0.0.1.evil.example", "http://evil.example", "127.0.0.1:9000", "https://", "x"],
)
def test_a_token_is_never_sent_in_the_open(clean: pytest.MonkeyPatch, value: str) -> None:
    clean.setenv("LINE_API_BASE", value)

    assert "https" in faults()["LINE_API_BASE"]


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://denrei.example.com/", "https://denrei.example.com"),
        ("https://example.com/denrei", "https://example.com/denrei"),
    ],
)
def test_its_own_address_is_one_that_line_s_apps_can_load_from(
    clean: pytest.MonkeyPatch, value: str, url: str
) -> None:
    clean.setenv("DENREI_PUBLIC_URL", value)

    assert load().settings.denrei_public_url == url


@pytest.mark.parametrize("value", ["http://localhost", "denrei.example.com", "https://x/?a=b"])
def test_its_own_address_must_be_https_alone(clean: pytest.MonkeyPatch, value: str) -> None:
    clean.setenv("DENREI_PUBLIC_URL", value)

    assert "https" in faults()["DENREI_PUBLIC_URL"]


def test_a_file_beside_it_is_read_and_the_environment_wins(
    clean: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=9001\nDENREI_HOST=0.0.0.0\nSOMETHING_ELSE=1\n")
    clean.setenv("PORT", "9002")
    settings = load().settings

    assert (settings.denrei_host, settings.port) == ("0.0.0.0", 9002)  # noqa: S104 - only read


def test_no_secret_is_shown_by_anything_that_shows_settings(clean: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        clean.setenv(name, value)
    loaded = load()
    shown = f"{loaded!r} {loaded!s} {loaded.settings!r} {loaded.settings.model_dump()}"

    assert [secret for secret in HIDDEN if secret in shown] == []


def test_no_secret_is_shown_by_a_fault(clean: pytest.MonkeyPatch) -> None:
    clean.setenv("DATABASE_URL", "mysql://denrei:the-db-password@db")
    clean.setenv("REDIS_URL", "http://:the-redis-password@cache")
    clean.setenv("DENREI_ADMIN_TOKEN", "tiny-secret")
    with pytest.raises(SettingsError) as error:
        load()
    shown = f"{error.value} {error.value!r} {error.value.faults}"

    assert len(error.value.faults) == 3
    for secret in ("the-db-password", "the-redis-password", "tiny-secret"):
        assert secret not in shown


def test_what_is_taken_is_no_longer_in_the_environment() -> None:
    environ = {**SECRETS, "PATH": "/bin", "HOME": "/root", "DENREI_OWNERS": OWNERS[0]}
    take_secrets(environ)

    assert environ == {"PATH": "/bin", "HOME": "/root"}


def test_it_is_taken_however_it_was_written(clean: pytest.MonkeyPatch) -> None:
    """Settings are read in any case, so they are removed in any case."""
    clean.delenv("LINE_CHANNEL_SECRET")
    clean.setenv("line_channel_secret", "the-channel-secret")
    read = load().settings.line_channel_secret.get_secret_value()
    environ = dict(os.environ)
    take_secrets(environ)

    assert read == "the-channel-secret"
    assert "the-channel-secret" not in environ.values()


def test_the_claude_cli_gets_its_login_and_a_home_of_its_own(
    clean: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clean.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    environment = claude_environment(load().settings)

    assert environment["ANTHROPIC_API_KEY"] == "the-api-key"
    assert environment["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:9"
    assert environment["CLAUDE_CONFIG_DIR"] == str(tmp_path / "data" / "claude")
    assert "CLAUDE_CODE_OAUTH_TOKEN" not in environment
    assert claude_home() == tmp_path / "data" / "claude"


def test_commands_that_claude_runs_do_not_get_its_login() -> None:
    environment = claude_environment(load().settings)
    sourced = Path(environment["CLAUDE_ENV_FILE"]).read_text()

    assert "unset ANTHROPIC_API_KEY CLAUDE_CODE_OAUTH_TOKEN" in sourced


def test_a_token_of_a_subscription_is_a_login_too(clean: pytest.MonkeyPatch) -> None:
    clean.delenv("ANTHROPIC_API_KEY")
    clean.setenv("CLAUDE_CODE_OAUTH_TOKEN", "the-oauth-token")

    environment = claude_environment(load().settings)
    assert environment["CLAUDE_CODE_OAUTH_TOKEN"] == "the-oauth-token"


def test_without_any_login_it_says_how_to_get_one(clean: pytest.MonkeyPatch) -> None:
    clean.delenv("ANTHROPIC_API_KEY")

    assert "denrei claude auth login" in faults()["ANTHROPIC_API_KEY"]


@pytest.mark.parametrize("inside", [".", "data"])
def test_a_workspace_that_holds_the_data_folder_is_refused(
    clean: pytest.MonkeyPatch, tmp_path: Path, inside: str
) -> None:
    """Reading in a workspace is not asked, and the data folder has a login in it."""
    (tmp_path / "data").mkdir()
    clean.setenv("DENREI_WORKSPACE", str(tmp_path / inside))

    assert "must not contain DENREI_DATA_DIR" in faults()["DENREI_WORKSPACE"]


@pytest.mark.parametrize(
    "toml",
    [
        '[workspaces]\nall = "{folder}"\n',
        '[agents.all]\nworkspace = "{folder}"\n',
        '[agents.all]\nworkspace = "all"\n[workspaces]\nall = "{folder}"\n',
    ],
)
def test_no_agent_s_workspace_may_hold_the_data_folder_either(
    clean: pytest.MonkeyPatch, tmp_path: Path, toml: str
) -> None:
    (tmp_path / "denrei.toml").write_text(toml.format(folder=tmp_path))
    clean.setenv("DENREI_CONFIG", str(tmp_path / "denrei.toml"))

    assert "must not contain DENREI_DATA_DIR" in faults()["DENREI_CONFIG"]
