"""The MCP servers of an agent: an `mcp.json` as Claude Code has it, looked through at start.

It holds no secrets. Where one goes stands `${NAME}`, which Claude Code fills in from its own
environment; Denrei gives it those variables and keeps them from everything else it starts.
https://code.claude.com/docs/en/mcp
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bot import addresses
from orchestrator_core.model import JsonObject

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TEMPLATE = re.compile(r"\$\{([^}]*)\}")
_VARIABLE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-.*)?")
#: What holds a secret by its name.
_SECRET = re.compile(r"token|key|secret|passw|auth|credential|cookie|session", re.IGNORECASE)
_MOST_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServers:
    #: As the file has them.
    servers: Mapping[str, JsonObject]
    #: What their templates name, where it is known here.
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class McpGround:
    """What a `mcp_config` is read with."""

    #: Where a relative path begins.
    folder: Path = Path()
    #: Where the variables are looked up; None: this process starts no Claude.
    environ: Mapping[str, str] | None = field(default=None, repr=False)
    #: Variables that are Denrei's own.
    withheld: frozenset[str] = frozenset()


class _Local(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["stdio"] = "stdio"
    command: str = Field(min_length=1)
    args: list[str] = []
    env: dict[str, str] = {}


class _Remote(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    type: Literal["http", "sse"]
    url: str = Field(min_length=1)
    headers: dict[str, str] = {}


_SERVER: TypeAdapter[_Local | _Remote] = TypeAdapter(Annotated[_Local | _Remote, Field()])


def read_mcp(path: Path, ground: McpGround) -> McpServers:
    """Raises ValueError with a sentence that names what is wrong and shows nothing of it."""
    given = _servers_in((ground.folder / path.expanduser()).resolve())
    servers = {name: _server(name, raw) for name, raw in given.items()}
    names = {one for server in servers.values() for one in _variables(server)}
    return McpServers(servers=servers, secrets=_looked_up(names, ground))


def _servers_in(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"{path} is too large for a list of servers")
        whole = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError(f"{path} is not JSON") from None
    servers = whole.get("mcpServers") if isinstance(whole, dict) and len(whole) == 1 else None
    if isinstance(servers, dict):
        return servers
    raise ValueError(f"{path} must hold an object with the one key mcpServers, an object too")


def _server(name: str, raw: object) -> JsonObject:
    if not _NAME.fullmatch(name) or "__" in name:
        raise ValueError(f"the server's name {name!r} may hold letters, digits, - and _ only")
    try:
        server = _SERVER.validate_python(raw)
    except ValidationError as error:
        # The values are not quoted: somebody may have written a secret there.
        places = {".".join(map(str, one["loc"][1:])) or "it" for one in error.errors()}
        raise ValueError(
            f"the server {name!r} has a wrong shape at: {', '.join(sorted(places))}"
        ) from None
    for place, secret in _secrets_of(server):
        if secret and not _TEMPLATE.search(secret):
            raise ValueError(
                f"the server {name!r} has its {place} written out; write ${{NAME}} there and"
                " set the variable NAME"
            )
    if isinstance(server, _Remote):
        _check_address(name, server.url)
    return server.model_dump()


def _secrets_of(server: _Local | _Remote) -> Iterator[tuple[str, str]]:
    named = server.env if isinstance(server, _Local) else server.headers
    for key, value in named.items():
        if _SECRET.search(key):
            yield f"{'env' if isinstance(server, _Local) else 'headers'}.{key}", value


def _check_address(name: str, url: str) -> None:
    # What stands for a host or a path is not known here.
    filled = _TEMPLATE.sub("x", url)
    try:
        addresses.safe_base(filled)
    except ValueError as error:
        raise ValueError(f"the address of the server {name!r} {error}") from None


def _variables(part: object) -> Iterator[str]:
    """The names in the templates of all texts below. Raises ValueError for one that is none."""
    match part:
        case str():
            for inside in _TEMPLATE.findall(part):
                found = _VARIABLE.fullmatch(inside)
                if found is None:
                    raise ValueError("a template must be ${NAME} or ${NAME:-default}")
                yield found["name"] + ("?" if found["default"] else "")
        case dict():
            for one in part.values():
                yield from _variables(one)
        case list():
            for one in part:
                yield from _variables(one)


def _looked_up(names: set[str], ground: McpGround) -> dict[str, str]:
    own = sorted(name for name in names if name.rstrip("?").upper() in ground.withheld)
    if own:
        raise ValueError(f"{', '.join(own)}: Denrei's own settings are not for servers")
    if ground.environ is None:
        return {}
    needed = {name for name in names if not name.endswith("?")}
    missing = sorted(name for name in needed if not ground.environ.get(name))
    if missing:
        raise ValueError(f"not set in the environment: {', '.join(missing)}")
    known = {name.rstrip("?") for name in names}
    return {name: ground.environ[name] for name in sorted(known) if name in ground.environ}
