"""What happens to a chat without a word to answer: Denrei joins or leaves it, a message is unsent.

Each function works inside the caller's transaction, which has the chat to itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from orchestrator_core.desk import name_from
from orchestrator_core.incoming import AboutChat, Left, Unsent
from orchestrator_core.model import Binding, Chat, InboxEvent, TurnState
from orchestrator_core.ports import Brought, EventReader, Records, Topic
from orchestrator_core.unrun import end_unrun


async def take_note(
    records: Records, reader: EventReader, event: InboxEvent, about: AboutChat, *, now: datetime
) -> None:
    """`about` is what the event means."""
    if isinstance(about, Unsent):
        await withdraw(records, reader, about.chat, about.message_id, now=now)
    else:
        left_at = now if isinstance(about, Left) else None
        await note_presence(records, event, about.chat, left_at=left_at)


async def note_presence(
    records: Records, event: InboxEvent, chat: Chat, *, left_at: datetime | None
) -> None:
    """Whether messages reach the chat from now on, unless a later event has told already."""
    binding = await records.bindings.get(chat.id) or Binding(chat_id=chat.id)
    if (binding.left_at is None) == (left_at is None) or await records.inbox.is_overtaken(event):
        return
    await records.bindings.save(replace(binding, left_at=left_at))


async def is_unsent(records: Records, reader: EventReader, event: InboxEvent) -> bool:
    """Whether the message the event brings was taken back, by whichever event arrived first.

    If so, nothing of what was written is kept.
    """
    if event.message_id is None or event.chat_id is None:
        return False
    related = await records.inbox.of_message(event.chat_id, event.message_id)
    if not any(one.id != event.id and _takes_back(one, reader) for one in related):
        return False
    await _erase(records, reader, event)
    return True


async def withdraw(
    records: Records, reader: EventReader, chat: Chat, message_id: str, *, now: datetime
) -> None:
    """Delete the message's text wherever it is kept; what waits because of it never runs.

    A turn at work or at its end stays as it is, but for its prompt's text.
    """
    for event in await records.inbox.of_message(chat.id, message_id):
        await _erase(records, reader, event)
    await records.schedules.delete_of_message(chat.id, message_id)
    await records.uploads.withdraw(chat.id, message_id)
    records.wake(Topic.MEDIA)
    for brought in await records.withdrawals.turns_of(chat.id, message_id):
        await _withdraw_turn(records, brought, now)


async def _withdraw_turn(records: Records, brought: Brought, now: datetime) -> None:
    session = await records.sessions.lock(brought.session_id)
    turn = await records.turns.lock(brought.turn_id)
    if turn.is_taken_back:
        return
    if turn.state in (TurnState.QUEUED, TurnState.HELD):
        await end_unrun(records, turn, TurnState.WITHDRAWN, now=now)
    if session.name == name_from(turn.prompt):
        await records.sessions.save(replace(session, name=None))
    await records.withdrawals.erase_prompt(turn)


async def _erase(records: Records, reader: EventReader, event: InboxEvent) -> None:
    await records.inbox.rewrite(event.id, reader.without_content(event.payload))


def _takes_back(event: InboxEvent, reader: EventReader) -> bool:
    try:
        return isinstance(reader.read(event.payload), Unsent)
    except ValueError:
        return False
