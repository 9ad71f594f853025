"""The buttons of an interrupted turn: Continue, Run again, Leave."""

from __future__ import annotations

from dataclasses import replace

from commands.prompt import Prompting
from commands.registry import Call
from commands.rights import demand_agent
from orchestrator_core.errors import NotFoundError, PersonError
from orchestrator_core.interrupted import Decision, Offer, Refusal, choose, lock_offer, refusal
from orchestrator_core.messages import Button, ChoiceTap, Message, Say
from orchestrator_core.model import Choice


async def take_choice(call: Call, prompting: Prompting, tap: ChoiceTap) -> list[Message]:
    """Raises PersonError when the tap does not count, saying why."""
    offer = await _offered(call, tap)
    leaves = tap.choice is Choice.LEAVE
    notice = None if leaves else await prompting.why_not_now(call, offer.session)
    # As with a prompt: a notice uses the reply token; else the turn's answer is free.
    origin = replace(call.origin, reply_token=None) if notice else call.origin
    decision = Decision(choice=tap.choice, actor=call.person.id, origin=origin)
    await choose(call.records, prompting.desk, offer, decision, now=call.now)
    if leaves:
        return [_left(call, offer)]
    return [notice] if notice else []


async def _offered(call: Call, tap: ChoiceTap) -> Offer:
    try:
        offer = await lock_offer(call.records, tap.session_id, tap.turn_id)
    except NotFoundError:
        raise PersonError("approval.not_yours") from None
    demand_agent(call, offer.session.agent)
    turn = offer.turn
    elsewhere = turn.chat is not None and turn.chat.id != call.chat.id
    if elsewhere or turn.person_id not in {None, call.person.id}:
        raise PersonError("approval.not_yours")
    match refusal(turn, tap.choice):
        case Refusal.NOT_INTERRUPTED:
            raise PersonError("approval.not_yours")
        case Refusal.DECIDED:
            raise PersonError(f"interrupted.late.{turn.choice}")
        case Refusal.TAKEN_BACK:
            raise PersonError("interrupted.taken_back")
    return offer


def _left(call: Call, offer: Offer) -> Say:
    number = offer.session.number
    status = Button(label=call.say("button.status"), command=f"/status {number}")
    return Say(text=call.say("interrupted.left"), buttons=(status,))
