"""`/files [ask [text] | drop]`: what was sent and waits for a word."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from commands.grammar import fold
from commands.prompt import Prompting
from commands.registry import Call
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Message, Say
from orchestrator_core.upload_notes import GOES_ALONG_FOR, choices, names_of

_ASK = frozenset({"ask", "聞く"})
_DROP = frozenset({"drop", "捨てる"})


@dataclass(frozen=True, slots=True)
class Files:
    prompting: Prompting

    name: ClassVar[str] = "files"
    aliases: ClassVar[tuple[str, ...]] = ("ファイル",)

    async def run(self, call: Call) -> list[Message]:
        word, _, rest = call.argument.partition(" ")
        since = call.now - GOES_ALONG_FOR
        uploads = call.records.uploads
        if fold(word) in _DROP:
            dropped = await uploads.drop(call.chat.id, call.person.id, since=since, now=call.now)
            return [Say(text=call.say.count("files.dropped", dropped))]
        waiting = await uploads.waiting(call.chat.id, call.person.id, since=since)
        if not waiting:
            raise PersonError("files.none")
        if fold(word) in _ASK:
            prompt = rest.strip() or call.say.count("files.look", len(waiting))
            return await self.prompting.to_current(replace(call, argument=prompt))
        text = call.say.count("files.waiting", len(waiting), names=names_of(waiting, call.say))
        return [Say(text=text, buttons=choices(call.say))]
