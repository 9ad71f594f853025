"""`denrei audit export`: who did what, as lines of JSON, from the server itself, while it serves
or not. Reads only."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import AuditEntry, AuditFilter, Channel
from orchestrator_core.ports import Store

if TYPE_CHECKING:
    from bot.settings import Settings

#: Entries are read so many at a time, however many there are.
BATCH = 500

_EXAMPLE = "2026-11-01T00:00+09:00"


def add_audit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    audit = commands.add_parser("audit", help="who did what, and from where")
    acts = audit.add_subparsers(dest="act", required=True)
    export = acts.add_parser("export", help="write it out, oldest first, one JSON object a line")
    export.add_argument("--actor", help="a person's id, api, cli or denrei")
    export.add_argument("--action", help="one kind of action, e.g. session.stop")
    export.add_argument("--session", help="a session's number, id or its beginning, or name")
    export.add_argument("--since", type=_moment, help=f"from this moment on, e.g. {_EXAMPLE}")


def run_audit(given: argparse.Namespace, settings: Settings) -> int:
    """Write it to standard output. The process's exit code."""
    from orchestrator_core.errors import StartError  # noqa: PLC0415

    wanted = AuditFilter(actor=given.actor, action=given.action, since=given.since)
    try:
        asyncio.run(_export(settings, wanted, given.session))
    except NotFoundError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except StartError as error:
        sys.stderr.write(f"Denrei cannot reach its database: {error}\n")
        return 1
    except BrokenPipeError:
        # Whoever reads has seen enough; Python would complain once more when it closes the pipe.
        sys.stderr.close()
    return 0


async def write_out(store: Store, wanted: AuditFilter, to: TextIO) -> None:
    async for entry in _entries(store, wanted):
        to.write(json.dumps(_line(entry), ensure_ascii=False, separators=(",", ":")) + "\n")
    to.flush()


async def session_meant(store: Store, reference: str) -> str:
    """The id of the one session that is meant. Raises NotFoundError, which says why there is
    none."""
    async with store.read() as records:
        found = await records.sessions.find(reference.removeprefix("#"))
        exact = [one for one in found if reference in {one.id, str(one.number), f"#{one.number}"}]
        alone = AuditFilter(session_id=reference)
        if not found and await records.audit.after(alone, limit=1, after_id=0):
            # Of the session itself nothing is left.
            return reference
    meant = exact or found
    if len(meant) == 1:
        return meant[0].id
    if not meant:
        raise NotFoundError(f"There is no session “{reference}”.")
    several = ", ".join(f"#{one.number} {one.id}" for one in meant)
    raise NotFoundError(f"“{reference}” fits several sessions: {several}")


async def _export(settings: Settings, wanted: AuditFilter, session: str | None) -> None:
    from bot.wiring import open_beside  # noqa: PLC0415

    async with open_beside(settings) as store:
        if session is not None:
            wanted = replace(wanted, session_id=await session_meant(store, session))
        await write_out(store, wanted, sys.stdout)


async def _entries(store: Store, wanted: AuditFilter) -> AsyncIterator[AuditEntry]:
    last = 0
    while True:
        async with store.read() as records:
            found = await records.audit.after(wanted, limit=BATCH, after_id=last)
        for entry in found:
            yield entry
        if len(found) < BATCH:
            return
        last = found[-1].id


def _line(entry: AuditEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "created_at": entry.created_at.isoformat(),
        "actor": entry.actor,
        "channel": entry.channel or Channel.of(entry.actor),
        "address": entry.address,
        "action": entry.action,
        "session_id": entry.session_id,
        "detail": entry.detail,
    }


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time, like {_EXAMPLE}") from None
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} lacks its offset, like +09:00 or Z")
    return moment
