"""What a command is, and which one answers which word."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from commands.grammar import fold
from orchestrator_core.agents import AgentBook
from orchestrator_core.messages import Message
from orchestrator_core.model import AuditAction, AuditEntry, Chat, Origin, Person
from orchestrator_core.ports import Records
from orchestrator_core.texts import Texts, texts_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A command as given: by whom, where, with what behind it, inside which transaction."""

    records: Records
    #: With the role they have now.
    person: Person
    origin: Origin
    argument: str
    now: datetime
    agents: AgentBook

    @property
    def say(self) -> Texts:
        return texts_in(self.person.language)

    @property
    def chat(self) -> Chat:
        return self.origin.chat

    async def note(
        self, action: AuditAction, *, session_id: str | None = None, **detail: object
    ) -> None:
        """Into the audit: that the person did this."""
        entry = AuditEntry(
            actor=self.person.id,
            action=action,
            detail=detail,
            created_at=self.now,
            session_id=session_id,
        )
        await self.records.audit.add(entry)


class Command(Protocol):
    """Its texts are `help.<name>.usage`, `.short` and `.long` in every catalog."""

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]]

    async def run(self, call: Call) -> list[Message]:
        """What to say at once; nothing when the answer comes later. Raises PersonError."""
        ...


class Registry:
    def __init__(self, *commands: Command) -> None:
        self._commands = commands
        self._by_word = {
            fold(word): command
            for command in commands
            for word in (command.name, *command.aliases)
        }
        if len(self._by_word) != sum(1 + len(command.aliases) for command in commands):
            raise ValueError("two commands answer to one word")

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands)

    def get(self, word: str) -> Command | None:
        return self._by_word.get(fold(word))

    def nearest(self, word: str) -> str | None:
        """The command most like `word`, by its name, or by its word in another language when
        that is what `word` is like; None when nothing is like it."""
        close = difflib.get_close_matches(fold(word), self._by_word, n=1, cutoff=0.5)
        if not close:
            return None
        return self._by_word[close[0]].name if close[0].isascii() else close[0]
