"""Addresses among the settings. What is said of a wrong one quotes nothing of it: it may hold a
password, and the standard library's own errors quote.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def safe_base(url: str) -> str:
    """An address to which a token may be sent."""
    parts = _read(url)
    if parts.scheme == "https" and parts.hostname:
        return url.rstrip("/")
    if parts.scheme == "http" and parts.hostname in LOOPBACK:
        return url.rstrip("/")
    raise ValueError("must be an https address (http only on this machine's own loopback)")


def public(url: str) -> str:
    """Denrei's own address, as LINE's apps reach it: they load nothing over http."""
    parts = _read(url)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be an https address, like https://denrei.example.com")
    return url.rstrip("/")


def database(url: SecretStr) -> SecretStr:
    scheme, _, rest = url.get_secret_value().partition("://")
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ValueError("must begin with postgres:// or sqlite://")
    if not rest or rest.startswith(":memory:"):
        raise ValueError("must name a database: postgres://host/name or sqlite:///path/to/file")
    # What follows sqlite:// is a path, and a path may look like anything.
    if scheme != "sqlite":
        _read(url.get_secret_value())
    return url


def redis(url: SecretStr) -> SecretStr:
    if _read(url.get_secret_value()).scheme not in {"redis", "rediss", "unix"}:
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return url


def _read(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise ValueError("cannot be read as an address") from None
    try:
        _ = parts.port
    except ValueError:
        # A password with a slash in it ends the host early.
        raise ValueError(
            "has no valid port (in a password, write / as %2F, # as %23, ? as %3F, @ as %40)"
        ) from None
    return parts
