"""Every setting, read once, at start. No other setting is read from the environment.

All that is wrong is said at once, each fault with the variable it is about.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot import addresses
from bot.config_file import Config, read_toml
from bot.env_file import unknown_names
from orchestrator_core.claude_launcher import TOOL_ENVIRONMENT, ClaudeOptions, is_signed_in

LINE_API = "https://api.line.me"
LINE_DATA_API = "https://api-data.line.me"
SHORTEST_ADMIN_TOKEN = 16
_OWNER = re.compile(r"U[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Fault:
    variable: str
    problem: str


class SettingsError(Exception):
    """The process must not start. `faults` has all of it."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.variable}: {fault.problem}" for fault in faults))


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
    denrei_daily_budget_usd: Decimal | None = Field(default=None, gt=0)
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


#: Whether the CLI has a login, when these names are kept from it.
SignedIn = Callable[[ClaudeOptions, frozenset[str]], bool]


def load(env_file: Path | None = Path(".env"), *, signed_in: SignedIn = is_signed_in) -> Loaded:
    """Read the environment, `.env` and `denrei.toml`. Raises SettingsError with every fault."""
    unknown = unknown_names(env_file, our_names()) if env_file else {}
    faults = [Fault(name, problem) for name, problem in unknown.items()]
    settings = _settings(env_file, faults)
    config = _config(settings, faults)
    faults += _missing(settings, signed_in)
    if faults or config is None:
        raise SettingsError(faults)
    return Loaded(settings, config)


def our_names() -> frozenset[str]:
    """Every setting's variable, in upper case."""
    return frozenset(name.upper() for name in Settings.model_fields)


def take_secrets(environ: dict[str, str] | os._Environ[str]) -> None:
    """Remove what only this process may know, before anything is started from it.

    A tool that Claude runs inherits the environment: `env` must not print a token.
    """
    ours = our_names()
    # They are read in any case, too.
    for name in [name for name in environ if name.upper() in ours]:
        del environ[name]


def _settings(env_file: Path | None, faults: list[Fault]) -> Settings:
    """The settings; where some are wrong, with stand-ins for those, so that the rest can be
    looked at too. They never get further than the list of faults."""
    try:
        return Settings(_env_file=env_file)
    except ValidationError as error:
        wrong = {str(detail["loc"][0]): _sentence(detail) for detail in error.errors()}
    faults += [Fault(name.upper(), sentence) for name, sentence in wrong.items()]
    stand_ins: dict[str, Any] = {
        name: _REQUIRED.get(name, Settings.model_fields[name].default) for name in wrong
    }
    return Settings(_env_file=env_file, **stand_ins)


#: Stand-ins for what has no default.
_REQUIRED: dict[str, object] = {
    "line_channel_secret": "-",
    "line_channel_access_token": "-",
    "denrei_owners": frozenset(),
}


def _config(settings: Settings, faults: list[Fault]) -> Config | None:
    path = settings.denrei_config
    try:
        config = Config.model_validate(read_toml(path) if path else {})
    except ValidationError as error:
        faults += [
            Fault("DENREI_CONFIG", f"{'.'.join(map(str, detail['loc']))}: {_sentence(detail)}")
            for detail in error.errors()
        ]
        return None
    except ValueError as error:
        faults.append(Fault("DENREI_CONFIG", str(error)))
        return None
    faults += [Fault("DENREI_CONFIG", problem) for problem in config.missing_directories()]
    faults += [
        Fault("DENREI_CONFIG", f"{key}: {_HOLDS_DATA}")
        for key, path in config.directories().items()
        if settings.denrei_data_dir.is_relative_to(path)
    ]
    return config


_HOLDS_DATA = "must not contain DENREI_DATA_DIR: Claude may read everything in its workspace"


def _missing(settings: Settings, signed_in: SignedIn) -> list[Fault]:
    faults = []
    if settings.denrei_workspace and not settings.denrei_workspace.is_dir():
        faults.append(
            Fault("DENREI_WORKSPACE", f"there is no directory {settings.denrei_workspace}")
        )
    if settings.denrei_data_dir.is_relative_to(settings.workspace):
        faults.append(Fault("DENREI_WORKSPACE", _HOLDS_DATA))
    if not _has_login(settings, signed_in):
        faults.append(
            Fault(
                "ANTHROPIC_API_KEY",
                "is not set, and Claude Code has no login here:"
                " set the key, or run `denrei claude auth login`",
            )
        )
    return faults


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


def _has_login(settings: Settings, signed_in: SignedIn) -> bool:
    if settings.anthropic_api_key or settings.claude_code_oauth_token:
        return True
    # It runs before the secrets are taken out of the environment.
    return signed_in(ClaudeOptions(environment=claude_environment(settings)), our_names())


def _sentence(detail: Mapping[str, Any]) -> str:
    if detail["type"] == "missing":
        return "is not set"
    if detail["type"] == "extra_forbidden":
        return "is not a setting"
    message = str(detail["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
