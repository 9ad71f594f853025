"""What is particular to chats of several people: who is spoken to, and words for all of them.

Works inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from orchestrator_core.gate import Gate
from orchestrator_core.incoming import Joined, MediaSent, TextSaid, Unnamed
from orchestrator_core.messages import Say
from orchestrator_core.model import Language, Origin
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import EventReader, Records
from orchestrator_core.texts import Texts, texts_in


async def with_quoted(records: Records, reader: EventReader, said: TextSaid) -> TextSaid:
    """What the text answers to, looked up: a word of Denrei's own, which is as good as a mention
    of it, or something that was sent."""
    if said.quoted_message_id is None:
        return said
    quoted = said.quoted_message_id
    for event in await records.inbox.of_message(said.chat.id, quoted):
        try:
            meant = reader.read(event.payload)
        except ValueError:
            continue
        if isinstance(meant, MediaSent):
            return replace(said, quoted_media=meant)
    if said.mentioned or said.chat.is_one_to_one:
        return said
    session_id = await records.sent_messages.session_of(said.chat.id, quoted)
    return replace(said, mentioned=session_id is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeter:
    gate: Gate
    outbox: Outbox
    #: With what a text begins that is meant for Denrei; None: with nothing but a mention.
    prefix: str | None = None

    async def speak(self, records: Records, about: Joined | Unnamed, *, now: datetime) -> None:
        """Greet those who are there, or say why somebody is not heard. By reply or not at all:
        nobody asked for it."""
        token = about.reply_token
        if token is None or token.expires_at <= now:
            return
        say = await self._language(records)
        text = self._greeting(say) if isinstance(about, Joined) else say("group.unnamed")
        # Nobody's: its buttons, had it any, would be for everybody.
        to = Origin(chat=about.chat, person_id="", reply_token=token)
        await self.outbox.put(records, [Say(text=text)], to=to, now=now, is_owed=False)

    def _greeting(self, say: Texts) -> str:
        if self.prefix is None:
            return say("group.hello")
        return say("group.hello_prefix", prefix=self.prefix)

    async def _language(self, records: Records) -> Texts:
        """A group has none of its own, and an owner had Denrei taken in."""
        owners = await self.gate.owners_at_home(records)
        return texts_in(owners[0][0].language if owners else Language.ENGLISH)
