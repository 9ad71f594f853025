"""Files that people send: noted to be fetched, and taken along by what is written next."""

from __future__ import annotations

from commands.lookup import the_current
from commands.prompt import Prompting
from commands.registry import Call
from commands.rights import demand
from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import MediaSent
from orchestrator_core.messages import Message
from orchestrator_core.model import NewUpload, Session
from orchestrator_core.ports import Topic
from orchestrator_core.rights import Action
from orchestrator_core.upload_notes import GOES_ALONG_FOR, choices

#: Of one person in one chat, at a time.
MOST_WAITING = 30


async def take_media(call: Call, prompting: Prompting, sent: MediaSent) -> list[Message]:
    """Have it fetched into the workspace of the chat's session, started where there is none.

    In a group nothing happens: people show each other pictures there. Raises PersonError.
    """
    if not sent.chat.is_one_to_one:
        return []
    demand(call, Action.PROMPT)
    session = await the_current(call, prompting.desk)
    await note_media(call, session or await prompting.start(call, agent=None), sent)
    return []


async def ask_about(call: Call, prompting: Prompting, sent: MediaSent) -> list[Message]:
    """Ask about what the person's words answer to, whoever sent it. Raises PersonError."""
    session = await the_current(call, prompting.desk)
    session = session or await prompting.start(call, agent=None)
    await note_media(call, session, sent)
    return await prompting.to(call, session)


async def note_media(call: Call, session: Session, sent: MediaSent) -> None:
    """Raises PersonError when there are too many."""
    since = call.now - GOES_ALONG_FOR
    waiting = await call.records.uploads.count(call.chat.id, call.person.id, since=since)
    if waiting >= MOST_WAITING:
        raise PersonError("upload.too_many", buttons=choices(call.say), most=MOST_WAITING)
    if sent.message_id is None:
        return
    await call.records.uploads.add(
        NewUpload(
            chat=call.chat,
            person_id=call.person.id,
            message_id=sent.message_id,
            kind=sent.kind,
            workspace=session.workspace,
            pool=session.pool,
            created_at=call.now,
            name=sent.name,
            set_id=sent.set_id,
            set_total=sent.set_total,
            reply_token=sent.reply_token,
        )
    )
    call.records.wake(Topic.MEDIA)
