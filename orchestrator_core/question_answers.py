"""What a person's tap or words do to a question of Claude's that waits.

Works inside the caller's transaction and locks as approvals do. The first answer to each
question counts; with the last one Claude goes on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from orchestrator_core.approval_answers import Given, Locked, close, hand_on, lock, lock_tapped
from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import ButtonTapped, TextSaid
from orchestrator_core.messages import Message, QuestionTap, Say
from orchestrator_core.model import Answer, Approval, ApprovalState, Person
from orchestrator_core.ports import Records
from orchestrator_core.questions import ASKING, current, question_card, questions_in
from orchestrator_core.texts import texts_in

MOST_CHARACTERS = 4000


async def take_pick(
    records: Records, tapped: ButtonTapped, tap: QuestionTap, person: Person, *, now: datetime
) -> list[Message]:
    """Raises PersonError when the tap does not count, saying why."""
    locked = await lock_tapped(records, tap, person)
    approval = locked.approval
    _demand_open(approval, now)
    if tap.question != current(approval):
        raise PersonError("question.done_before")
    question = questions_in(approval.tool_input)[tap.question]
    given = Given(
        answer=Answer.ONCE,
        actor=person.id,
        chat_id=tapped.chat.id,
        reply_token=tapped.reply_token,
    )
    if tap.own:
        waiting = replace(approval, typing_by=person.id, reason_chat_id=tapped.chat.id)
        await records.approvals.save(waiting)
        return [Say(text=texts_in(person.language)("question.type", question=question.text))]
    if tap.option is None:
        if not (question.several and approval.picked):
            raise PersonError("question.pick_first")
        return await _answered(records, locked, approval.picked, given, person, now=now)
    if tap.option >= len(question.options):
        raise PersonError("approval.not_yours")
    label = question.options[tap.option].label
    if not question.several:
        return await _answered(records, locked, (label,), given, person, now=now)
    kept = tuple(one for one in approval.picked if one != label)
    picked = kept if len(kept) < len(approval.picked) else (*approval.picked, label)
    return [await _asked_again(records, replace(approval, picked=picked), person)]


async def hear_answer(
    records: Records, said: TextSaid, person: Person, *, now: datetime
) -> list[Message] | None:
    """None: no words of theirs are waited for in this chat. Raises PersonError."""
    waiting = await records.approvals.typing(person.id, said.chat.id)
    words = said.text.strip()
    if waiting is None or not words:
        return None
    locked = await lock(records, waiting.id)
    approval = locked.approval
    if approval.state is not ApprovalState.PENDING or approval.typing_by != person.id:
        return None
    _demand_open(approval, now)
    given = Given(
        answer=Answer.ONCE,
        actor=person.id,
        chat_id=said.chat.id,
        reply_token=said.reply_token,
    )
    chosen = (*approval.picked, words[:MOST_CHARACTERS])
    return await _answered(records, locked, chosen, given, person, now=now)


def _demand_open(approval: Approval, now: datetime) -> None:
    state = approval.state
    if state is ApprovalState.PENDING and approval.expires_at <= now:
        state = ApprovalState.EXPIRED
    if approval.tool != ASKING:
        raise PersonError("approval.not_yours")
    if state is not ApprovalState.PENDING:
        raise PersonError(f"question.late.{state}")


async def _answered(
    records: Records,
    locked: Locked,
    chosen: tuple[str, ...],
    given: Given,
    person: Person,
    *,
    now: datetime,
) -> list[Message]:
    """The next question; nothing when Claude has all it asked for, and says the rest."""
    answers = (*locked.approval.answers, chosen)
    approval = replace(
        locked.approval, answers=answers, picked=(), typing_by=None, reason_chat_id=None
    )
    if len(answers) < len(questions_in(approval.tool_input)):
        return [await _asked_again(records, approval, person)]
    decided = replace(
        approval, state=ApprovalState.ALLOWED, decided_by=given.actor, decided_at=now
    )
    await close(records, decided, actor=given.actor, now=now, answer=given.answer)
    await hand_on(records, locked.turn, given)
    return []


async def _asked_again(records: Records, approval: Approval, person: Person) -> Message:
    """A tap on an option is an answer: words are no longer waited for."""
    asking = replace(approval, typing_by=None, reason_chat_id=None)
    await records.approvals.save(asking)
    session = await records.sessions.lock(asking.session_id)
    return question_card(asking, session, texts_in(person.language))
