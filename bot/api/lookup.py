"""What a path means: a session by full id, the beginning of one, or number; others by id."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request

from bot.api import problem_kinds as kinds
from bot.api.problems import ProblemError
from orchestrator_core.model import Session
from orchestrator_core.ports import Records

#: Anything else is no reference, and need not reach the database.
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
LAST_ID = 2**63 - 1
_REFERENCE = re.compile(r"[0-9A-Za-z_-]{1,64}")


async def session_meant(records: Records, reference: str) -> Session:
    """Raises ProblemError when there is none, or more than one."""
    if not _REFERENCE.fullmatch(reference):
        raise _nothing()
    exact = await records.sessions.get(reference)
    if exact is not None:
        return exact
    found = await records.sessions.find(reference)
    beginning = reference.lower()
    # A name is for people to type; it is neither unique nor fit for a path.
    meant = [session for session in found if session.id.startswith(beginning)]
    by_number = [session for session in found if str(session.number) == reference]
    return _only(by_number or meant)


def id_meant(request: Request[Any], what: str) -> int:
    """The id in the path at this name. Raises ProblemError for what can be none."""
    reference = str(request.path_params[what])
    if not _ID.fullmatch(reference) or int(reference) > LAST_ID:
        raise ProblemError(kinds.NOT_FOUND, f"No {what} has this id.")
    return int(reference)


def _only(meant: list[Session]) -> Session:
    if not meant:
        raise _nothing()
    if len(meant) > 1:
        raise ProblemError(
            kinds.CONFLICT, f"{len(meant)} sessions begin with this; give more of the id."
        )
    return meant[0]


def _nothing() -> ProblemError:
    return ProblemError(kinds.NOT_FOUND, "No session has this id or number.")
