"""The `denrei` command and all it offers. It prints for whoever runs the server."""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING

from bot.audit_cli import add_audit, run_audit
from bot.line_cli import add_line, run_line
from bot.people_cli import add_people, run_people
from bot.roles import Part, ServeRole, part_of
from orchestrator_core.model import DEFAULT_POOL

if TYPE_CHECKING:
    from bot.load import SettingsError

#: https://man.freebsd.org/cgi/man.cgi?query=sysexits - a fault of configuration.
EXIT_CONFIG = 78


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    given, rest = parser.parse_known_args(arguments)
    if rest and given.command != "claude":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    match given.command:
        case "serve":
            return _serve(part_of(given.role, given.pool))
        case "demo":
            return _demo(given.port)
        case "doctor":
            return _doctor()
        case "people" | "audit" | "line":
            return _beside(given)
        case _:
            return _claude(rest)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="denrei", description="Command Claude Code sessions from LINE."
    )
    parser.add_argument("--version", action="version", version=f"denrei {version('denrei')}")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser(
        "serve", help="run for real; settings come from the environment and .env"
    )
    serve.add_argument(
        "--role",
        action="append",
        choices=[role.value for role in ServeRole],
        help="do only this part of the work (may be repeated); without it, all of it",
    )
    serve.add_argument(
        "--pool",
        default=DEFAULT_POOL,
        help="as a worker, serve the sessions of this pool of denrei.toml",
    )
    demo = commands.add_parser("demo", help="try it in a browser: no account, no key, no cost")
    demo.add_argument("--port", type=int, default=8088, help="port of the chat page")
    commands.add_parser(
        "doctor", help="say what is active between Claude and this machine: sandbox, users, rules"
    )
    add_people(commands)
    add_audit(commands)
    add_line(commands)
    commands.add_parser(
        "claude", help="run Claude Code as this installation, e.g. `denrei claude auth login`"
    )
    return parser


def _serve(part: Part) -> int:
    # Imported here: each command pays only for what it needs.
    from bot.config_agents import secret_names  # noqa: PLC0415
    from bot.host import Host  # noqa: PLC0415
    from bot.load import SettingsError, load  # noqa: PLC0415
    from bot.serve import serve  # noqa: PLC0415
    from bot.settings import take_secrets  # noqa: PLC0415
    from orchestrator_core.errors import StartError  # noqa: PLC0415

    try:
        loaded = load(part=part, host=Host(), environ=os.environ)
    except SettingsError as error:
        print(_faults(error, so="Denrei did not start: "), file=sys.stderr)
        return EXIT_CONFIG
    take_secrets(os.environ, also=secret_names(loaded.config.agents))
    try:
        serve(loaded, part)
    except StartError as error:
        print(f"Denrei did not start: {error}", file=sys.stderr)
        return 1
    return 0


def _doctor() -> int:
    """0 when everything is as it was asked for."""
    from bot.doctor import Doctor, written  # noqa: PLC0415
    from bot.load import SettingsError, load  # noqa: PLC0415

    try:
        loaded = load(environ=os.environ)
    except SettingsError as error:
        print(_faults(error), file=sys.stderr)
        return EXIT_CONFIG
    findings = list(Doctor(loaded=loaded).findings())
    print(written(findings))
    return 0 if all(finding.sound for finding in findings) else 1


def _beside(given: argparse.Namespace) -> int:
    """A command on what Denrei serves, while it does or not."""
    from bot.load import SettingsError, load_settings  # noqa: PLC0415

    try:
        settings = load_settings()
    except SettingsError as error:
        print(_faults(error), file=sys.stderr)
        return EXIT_CONFIG
    if given.command == "audit":
        return run_audit(given, settings)
    done, told = run_people(given, settings) if given.command == "people" else run_line(settings)
    print(told, file=sys.stdout if done else sys.stderr)
    return 0 if done else 1


def _demo(port: int) -> int:
    from bot.simulator.demo import demo  # noqa: PLC0415

    try:
        asyncio.run(demo(port))
    except KeyboardInterrupt:
        print("\nThe demo has ended; it left nothing behind.")
    return 0


def _claude(arguments: Sequence[str]) -> int:
    """Run the CLI of the SDK's wheel, with this installation's own login and transcripts."""
    from bot.settings import claude_home  # noqa: PLC0415
    from orchestrator_core.claude_launcher import bundled_cli  # noqa: PLC0415

    cli = bundled_cli()
    if cli is None:
        print("Claude Code is not there: install claude-agent-sdk again.", file=sys.stderr)
        return 1
    home = claude_home()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = {**os.environ, "CLAUDE_CONFIG_DIR": str(home)}
    return subprocess.run([str(cli), *arguments], env=environment, check=False).returncode  # noqa: S603


def _faults(error: SettingsError, *, so: str = "") -> str:
    """`so`: what has come of it."""
    widest = max(len(fault.variable) for fault in error.faults)
    lines = [f"  {fault.variable:<{widest}}  {fault.problem}" for fault in error.faults]
    return "\n".join(
        [
            f"{so}{len(error.faults)} setting(s) to mend.",
            *lines,
            "Every setting is explained in README.md under “Settings”.",
            "To try Denrei without any of them: denrei demo",
        ]
    )
