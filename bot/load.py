"""Reads settings and `denrei.toml`, once, at start.

All that is wrong is said at once, each fault with the variable it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.config_agents import context_for
from bot.config_file import Config, read_toml
from bot.config_lines import Place, line_of
from bot.config_mcp import McpGround
from bot.env_file import unknown_names
from bot.host import Host, missing_walls
from bot.roles import Part
from bot.settings import Loaded, Settings, claude_options, is_sqlite, our_names
from orchestrator_core.claude_launcher import ClaudeOptions, cli_version, is_signed_in
from orchestrator_core.model import DEFAULT_POOL

WHOLE = Part()


@dataclass(frozen=True, slots=True)
class Fault:
    variable: str
    problem: str
    #: Where it stands in `denrei.toml`.
    line: int | None = None


class SettingsError(Exception):
    """The process must not start. `faults` has all of it."""

    def __init__(self, faults: list[Fault]) -> None:
        # In the order in which somebody goes through the file.
        self.faults = sorted(faults, key=lambda fault: fault.line or 0)
        super().__init__("; ".join(f"{fault.variable}: {fault.problem}" for fault in faults))


#: Whether the CLI has a login, when these names are kept from it.
SignedIn = Callable[[ClaudeOptions, frozenset[str]], bool]


def load(
    env_file: Path | None = Path(".env"),
    *,
    part: Part = WHOLE,
    signed_in: SignedIn = is_signed_in,
    host: Host | None = None,
    environ: Mapping[str, str] | None = None,
) -> Loaded:
    """Read the environment, `.env` and `denrei.toml`. Raises SettingsError with every fault.

    What only a worker needs, Claude Code and its directories, is looked for only there; and
    whether agents can be walled in as they should, if the `host` is given. The variables of their
    MCP servers are looked up if the `environ` is.
    """
    unknown = unknown_names(env_file, our_names()) if env_file else {}
    faults = [Fault(name, problem) for name, problem in unknown.items()]
    settings = _settings(env_file, faults)
    ground = McpGround(
        folder=settings.denrei_config.parent if settings.denrei_config else Path(),
        environ=environ if part.runs_claude else None,
        withheld=our_names(),
    )
    config = _config(settings, faults, part, ground)
    faults += _one_machine_only(settings, part)
    if part.runs_claude:
        faults += _missing(settings, part, signed_in)
    if part.runs_claude and config and host:
        path, walls = settings.denrei_config, missing_walls(config.agents, host)
        faults += [_fault_in(path, place, problem) for place, problem in walls]
    if faults or config is None:
        raise SettingsError(faults)
    return Loaded(settings, config)


def load_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Only the settings, for commands that start nothing. Raises SettingsError."""
    faults: list[Fault] = []
    settings = _settings(env_file, faults)
    if faults:
        raise SettingsError(faults)
    return settings


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


def _one_machine_only(settings: Settings, part: Part) -> list[Fault]:
    """A part of the work can be done only where the others reach the same database and Redis."""
    if part.is_whole:
        return []
    shared = "processes with --role share it: name"
    faults = []
    if is_sqlite(settings.database_url):
        faults.append(Fault("DATABASE_URL", f"{shared} a PostgreSQL"))
    if settings.redis_url is None:
        faults.append(Fault("REDIS_URL", f"{shared} a Redis"))
    return faults


def _config(
    settings: Settings, faults: list[Fault], part: Part, ground: McpGround
) -> Config | None:
    path = settings.denrei_config
    try:
        config = Config.model_validate(
            read_toml(path) if path else {}, context=context_for(ground)
        )
    except ValidationError as error:
        faults += [_fault_in(path, detail["loc"], _sentence(detail)) for detail in error.errors()]
        return None
    except ValueError as error:
        faults.append(Fault("DENREI_CONFIG", str(error)))
        return None
    faults += [_fault_in(path, place, problem) for place, problem in config.misnamed_rules()]
    problems = list(config.unknown_workspaces())
    problems += config.budgets.strangers(frozenset(config.agent_book(Path()).profiles))
    if part.runs_claude:
        problems += config.missing_directories(part.pool)
    problems += [
        (place, _HOLDS_DATA)
        for place, directory in config.directories().items()
        if settings.denrei_data_dir.is_relative_to(directory)
    ]
    if part.pool not in config.pool_names():
        problems.append((("pools",), f"there is no pool {part.pool!r}, as asked for with --pool"))
    faults += [_fault_in(path, place, problem) for place, problem in problems]
    return config


def _fault_in(path: Path | None, place: Place, problem: str) -> Fault:
    """What is wrong in `denrei.toml`, with its line."""
    line = line_of(path.read_text(encoding="utf-8"), place) if path else None
    where = f"line {line}: " if line else ""
    return Fault("DENREI_CONFIG", f"{where}{'.'.join(map(str, place))}: {problem}", line)


_HOLDS_DATA = "must not contain DENREI_DATA_DIR: Claude may read everything in its workspace"


def _missing(settings: Settings, part: Part, signed_in: SignedIn) -> list[Fault]:
    faults = []
    used = part.pool == DEFAULT_POOL
    if used and settings.denrei_workspace and not settings.denrei_workspace.is_dir():
        faults.append(
            Fault("DENREI_WORKSPACE", f"there is no directory {settings.denrei_workspace}")
        )
    if settings.denrei_data_dir.is_relative_to(settings.workspace):
        faults.append(Fault("DENREI_WORKSPACE", _HOLDS_DATA))
    if settings.denrei_claude_path and cli_version(settings.denrei_claude_path) is None:
        faults.append(
            Fault("DENREI_CLAUDE_PATH", f"{settings.denrei_claude_path} cannot be executed")
        )
    elif not _has_login(settings, signed_in):
        faults.append(
            Fault(
                "ANTHROPIC_API_KEY",
                "is not set, and Claude Code has no login here:"
                " set the key, or run `denrei claude auth login`",
            )
        )
    return faults


def _has_login(settings: Settings, signed_in: SignedIn) -> bool:
    if settings.anthropic_api_key or settings.claude_code_oauth_token:
        return True
    # It runs before the secrets are taken out of the environment.
    return signed_in(claude_options(settings), our_names())


def _sentence(detail: Mapping[str, Any]) -> str:
    if detail["type"] == "missing":
        return "is not set"
    if detail["type"] == "extra_forbidden":
        return "is not a setting"
    if detail["type"] in {"dict_type", "model_type", "model_attributes_type", "dataclass_type"}:
        # How it is kept inside is nobody's concern.
        return "must be a table"
    message = str(detail["msg"]).removeprefix("Value error, ")
    return message[:1].lower() + message[1:]
