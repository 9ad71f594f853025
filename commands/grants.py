"""What was allowed for the rest of a session: a card that lists it, and taking one back."""

from __future__ import annotations

from commands.grammar import fold
from commands.registry import Call
from orchestrator_core.approval_answers import API
from orchestrator_core.errors import NotFoundError, PersonError
from orchestrator_core.grants import take_back
from orchestrator_core.messages import Button, Card, Fact, Message, Say
from orchestrator_core.model import Grant, Session

#: The first words of `/approve` that are about these.
LISTING = frozenset({"grants", "許可一覧"})
TAKING = frozenset({"revoke", "取消", "取り消す"})
#: As many as a card has room for, beside the session.
MOST_LISTED = 11
_LAST_ID = 2**63 - 1


async def grants_card(call: Call, session: Session) -> Message:
    found = await call.records.approvals.grants(session.id, limit=MOST_LISTED + 1)
    if not found:
        return Say(text=call.say("grants.none", label=session.label))
    listed = found[:MOST_LISTED]
    return Card(
        title=call.say("grants.title"),
        summary=call.say("grants.summary", number=session.number),
        text=call.say("grants.more" if len(found) > len(listed) else "grants.text"),
        facts=(
            Fact(label=call.say("fact.session"), value=session.label),
            *[await _fact(call, one) for one in listed],
        ),
        buttons=tuple(
            Button(
                label=call.say("grants.take_back", id=one.id),
                command=f"/approve revoke {one.id}",
            )
            for one in listed
        ),
    )


async def take_back_named(call: Call, reference: str) -> Message:
    """Raises PersonError when it names none that this person may see."""
    unknown = PersonError("grants.no_such", reference=reference)
    grant = await _named(call, fold(reference).removeprefix("#"))
    if grant is None:
        raise unknown
    try:
        await take_back(call.records, grant, actor=call.person.id, now=call.now)
    except NotFoundError:
        raise unknown from None
    return Say(text=call.say("grants.taken_back", what=_what(call, grant)))


async def _named(call: Call, number: str) -> Grant | None:
    if not (number.isascii() and number.isdigit()) or int(number) > _LAST_ID:
        return None
    grant = await call.records.approvals.grant_by_id(int(number))
    session = await call.records.sessions.get(grant.session_id) if grant else None
    visible = session is not None and call.agents.admits(call.person, session.agent)
    return grant if visible else None


async def _fact(call: Call, grant: Grant) -> Fact:
    by = grant.granted_by
    person = None if by == API else await call.records.people.get(by)
    name = person.label if person else by
    label = call.say("grants.label", id=grant.id, name=name)
    return Fact(label=label, value=_what(call, grant))


def _what(call: Call, grant: Grant) -> str:
    return grant.text or call.say("grants.unknown", approval=grant.approval_id)
