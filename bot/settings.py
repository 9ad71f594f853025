"""Every setting, and what follows from it. No other setting is read from the environment."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot import addresses
from bot.config_file import Config
from orchestrator_core.claude_launcher import (
    TOOL_ENVIRONMENT,
    ClaudeOptions,
)

LINE_API = "https://api.line.me"
LINE_DATA_API = "https://api-data.line.me"
SHORTEST_ADMIN_TOKEN = 16
_OWNER = re.compile(r"U[0-9a-f]{32}")


def _owners(value: object) -> object:
    return (
        frozenset(re.split(r"[\s,]+", value.strip(", \t\n"))) if isinstance(value, str) else value
    )


def _all_user_ids(owners: frozenset[str]) -> frozenset[str]:
    wrong = sorted(owner for owner in owners if not _OWNER.fullmatch(owner))
    if wrong:
        raise ValueError(f"not a LINE user id (U and 32 hexadecimal digits): {', '.join(wrong)}")
    return owners


def _long_enough(token: SecretStr) -> SecretStr:
    if len(token.get_secret_value()) < SHORTEST_ADMIN_TOKEN:
        raise ValueError(f"must have at least {SHORTEST_ADMIN_TOKEN} characters")
    return token


def _directory(path: Path) -> Path:
    return path.expanduser().resolve()


BaseUrl = Annotated[str, AfterValidator(addresses.safe_base)]
Directory = Annotated[Path, AfterValidator(_directory)]


class _Home(BaseSettings):
    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        # An error is printed where it is least expected.
        hide_input_in_errors=True,
    )

    denrei_data_dir: Directory = Path.home() / ".denrei"

    @property
    def claude_config_dir(self) -> Path:
        """Where the CLI keeps its login and transcripts: this installation's own."""
        return self.denrei_data_dir / "claude"


class Settings(_Home):
    """Field names are the variables' names in lower case."""

    line_channel_secret: SecretStr
    line_channel_access_token: SecretStr
    line_api_base: BaseUrl = LINE_API
    line_data_api_base: BaseUrl = LINE_DATA_API
    denrei_owners: Annotated[
        frozenset[str], NoDecode, BeforeValidator(_owners), AfterValidator(_all_user_ids)
    ]
    denrei_admin_token: Annotated[SecretStr, AfterValidator(_long_enough)] | None = None
    denrei_workspace: Directory | None = None
    denrei_config: Directory | None = None
    denrei_claude_path: Directory | None = None
    denrei_daily_budget_usd: Decimal | None = Field(default=None, gt=0)
    denrei_public_url: Annotated[str, AfterValidator(addresses.public)] | None = None
    denrei_host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    database_url: Annotated[SecretStr, AfterValidator(addresses.database)] | None = None
    redis_url: Annotated[SecretStr, AfterValidator(addresses.redis)] | None = None
    anthropic_api_key: SecretStr | None = None
    anthropic_base_url: BaseUrl | None = None
    claude_code_oauth_token: SecretStr | None = None

    @property
    def workspace(self) -> Path:
        return self.denrei_workspace or self.denrei_data_dir / "workspace"


@dataclass(frozen=True, slots=True)
class Loaded:
    settings: Settings
    config: Config


def our_names() -> frozenset[str]:
    """Every setting's variable, in upper case."""
    return frozenset(name.upper() for name in Settings.model_fields)


def take_secrets(
    environ: dict[str, str] | os._Environ[str], also: frozenset[str] = frozenset()
) -> None:
    """Remove what only this process may know, before anything is started from it, and `also`
    what is for some of what it starts.

    A tool that Claude runs inherits the environment: `env` must not print a token.
    """
    ours = our_names() | {name.upper() for name in also}
    # They are read in any case, too.
    for name in [name for name in environ if name.upper() in ours]:
        del environ[name]


def is_sqlite(database_url: SecretStr | None) -> bool:
    return database_url is None or database_url.get_secret_value().startswith("sqlite:")


def claude_home() -> Path:
    """Where Claude Code keeps its login for this installation, known without other settings."""
    return _Home(_env_file=Path(".env")).claude_config_dir


def claude_environment(settings: Settings) -> dict[str, str]:
    """What the CLI needs from our settings; it gets them and nothing else does."""
    secrets = {
        "ANTHROPIC_API_KEY": settings.anthropic_api_key,
        "CLAUDE_CODE_OAUTH_TOKEN": settings.claude_code_oauth_token,
    }
    environment = {name: value.get_secret_value() for name, value in secrets.items() if value}
    if settings.anthropic_base_url:
        environment["ANTHROPIC_BASE_URL"] = settings.anthropic_base_url
    return {
        **environment,
        "CLAUDE_CONFIG_DIR": str(settings.claude_config_dir),
        # Or every command that Claude runs would find the key in its environment.
        "CLAUDE_ENV_FILE": str(TOOL_ENVIRONMENT),
    }


def _unreadable(settings: Settings) -> tuple[Path, ...]:
    """Our secrets, and what people said. Not all of the folder: Claude Code's own is in it, and
    often the workspace."""
    database = [f"denrei.sqlite3{ending}" for ending in ("", "-wal", "-shm")]
    ours = [settings.denrei_data_dir.absolute() / name for name in (*database, "valkey")]
    return (*ours, Path(".env").absolute())


def claude_options(settings: Settings) -> ClaudeOptions:
    return ClaudeOptions(
        environment=claude_environment(settings),
        cli_path=settings.denrei_claude_path,
        unreadable=_unreadable(settings),
    )
