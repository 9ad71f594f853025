"""The record of a run, as plain values: what LINE, the model, /proc and the tables have of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from babel.messages.pofile import read_po

from orchestrator_core.model import Language
from orchestrator_core.texts import FOLDER
from tests.chaos.books import Books, TurnRow
from tests.chaos.model import Call
from tests.chaos.plan import Kind, Plan

#: What may stand where a text of the catalog has a fact.
_FACT = re.compile(r"\\\{\w+[^}]*\\\}")

#: The texts that are messages of their own, by the beginning of their keys.
KINDS = (
    *("turn.", "stop.", "use.", "prompt.", "approval.late.", "session.", "error."),
    # A question's text is here so that no shorter one is found in what it is about.
    *("earlier.", "interrupted.", "approval.text"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a person said, by LINE's record."""

    marker: str
    chat: str
    kind: Kind
    #: The place in the record before it was said, and where it got its 200; None: never.
    said: int
    taken: int | None = None
    #: Said to a session that had been stopped and taken up again.
    after_stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A message that reached a phone."""

    chat: str
    seq: int
    text: str
    retry_key: str | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    plan: Plan
    prompts: tuple[Prompt, ...]
    shown: tuple[Shown, ...]
    calls: tuple[Call, ...]
    books: Books
    #: The markers that tools left in the workspace.
    effects: tuple[str, ...] = ()
    #: How often each command was said in a chat, and how often a button was tapped.
    commands: Mapping[tuple[str, str], int] = field(default_factory=dict)
    #: What had not come to an end when the wait for it did.
    unfinished: Mapping[str, int] = field(default_factory=dict)
    #: The exit status of each process; None for one that ended before it was told to.
    exits: Mapping[str, int | None] = field(default_factory=dict)
    #: Processes still there when all had ended.
    left: Mapping[int, str] = field(default_factory=dict)
    #: Seconds until a session whose worker was killed showed a sign of life.
    recoveries: tuple[float, ...] = ()

    def turns_of(self, marker: str) -> list[TurnRow]:
        """The prompt's own, and after it those that a person chose when it was interrupted."""
        return [turn for turn in self.books.turns if turn.marker == marker]

    def chats(self) -> list[str]:
        return sorted({prompt.chat for prompt in self.prompts})

    def undelivered(self, turn: TurnRow) -> bool:
        """Whether something of its end is known not to have reached the phone for certain."""
        return any(
            delivery.turn_id == turn.id and delivery.state not in {"sent", "resent"}
            for delivery in self.books.deliveries
        )

    def resent(self, chat: str, marker: str | None = None) -> int:
        """What was sent again on a person's wish, of a prompt or of all, may be seen twice."""
        turns = {turn.id for turn in self.turns_of(marker)} if marker else None
        return sum(
            1
            for delivery in self.books.deliveries
            if delivery.state == "resent"
            and delivery.chat == chat
            and (turns is None or delivery.turn_id in turns)
        )


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """A pattern for each text of the catalog that is a message of its own."""
    with (FOLDER / f"{Language.ENGLISH}.po").open("rb") as source:
        catalog = read_po(source)
    forms = {
        str(message.id[0] if message.pluralizable else message.id): message.string
        for message in catalog
        if message.id
    }
    return {
        key: re.compile("|".join(_pattern(one) for one in _all_forms(form)))
        for key, form in forms.items()
        if key.startswith(KINDS)
    }


def _all_forms(form: str | Sequence[str] | None) -> Sequence[str]:
    return (form,) if isinstance(form, str) else form or ()


def _pattern(text: str) -> str:
    # Searched for anywhere, so a fact at its start or end says nothing.
    parts = _FACT.split(re.escape(text))
    return "(?s:.{1,99}?)".join(part for part in parts if part)


@cache
def key_of(text: str) -> str | None:
    """The key of the longest text of the catalog that stands in it; None for Claude's words."""
    fitting = [
        (len(pattern.pattern), key) for key, pattern in _patterns().items() if pattern.search(text)
    ]
    return max(fitting)[1] if fitting else None
