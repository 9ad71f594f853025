"""What the end of a run means for its turn, and how the person is told. Stores nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from orchestrator_core.answers import answer_of
from orchestrator_core.approval_cards import rule_told
from orchestrator_core.errors import AgentRefusedError
from orchestrator_core.interrupted import interrupted_card
from orchestrator_core.messages import Button, Files, Message, OfferedFile, Say
from orchestrator_core.model import Ruling, Session, Turn, TurnState
from orchestrator_core.run_outcome import Ending, RunResult
from orchestrator_core.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a turn ends: its state, and the catalog text or Claude's words that say so."""

    state: TurnState
    #: Claude's own words; empty when there are none.
    words: str = ""
    #: A text of the catalog, shown after the words.
    key: str | None = None
    #: What Claude made for whoever asked.
    files: tuple[OfferedFile, ...] = ()
    #: What the guard forbade meanwhile.
    forbidden: tuple[Ruling, ...] = ()


STOPPED = Closing(state=TurnState.STOPPED)
INTERRUPTED = Closing(state=TurnState.INTERRUPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A turn that is over, as it is told about."""

    turn: Turn
    session: Session
    #: Of this run.
    cost_usd: Decimal
    #: The chat has moved on to another session.
    is_apart: bool


def messages_of(closing: Closing, told: Told, say: Texts) -> list[Message]:
    """Claude's words, or what there is to say in their place; and what to do about a turn that
    was interrupted."""
    if closing.state is not TurnState.INTERRUPTED:
        return [_answer(closing, told, say), *_files(closing, say)]
    card = interrupted_card(told.turn, told.session, say)
    return [_answer(closing, told, say), card] if closing.words else [card]


def _answer(closing: Closing, told: Told, say: Texts) -> Message:
    session = told.session
    note = "\n".join(_notes(closing, say))
    buttons: tuple[Button, ...] = ()
    if closing.state not in {TurnState.DONE, TurnState.INTERRUPTED}:
        buttons = (Button(label=say("button.status"), command=f"/status {session.number}"),)
    if closing.words:
        status = say(f"answer.{closing.state}", cost=say.money(told.cost_usd))
        answer = answer_of(session, told.turn.id, closing.words, say, status=status)
        return replace(answer, note=note, is_apart=told.is_apart, buttons=buttons)
    heading = session.label if told.is_apart else ""
    said = [heading, "" if closing.key else say("turn.no_text"), note]
    return Say(text="\n\n".join(filter(None, said)), buttons=buttons)


def _notes(closing: Closing, say: Texts) -> Iterator[str]:
    if closing.key:
        yield say(closing.key)
    for ruling in closing.forbidden:
        yield say("turn.forbidden", reason=rule_told(ruling, say))


def _files(closing: Closing, say: Texts) -> list[Message]:
    if not closing.files:
        return []
    names = ", ".join(one.name for one in closing.files)
    text = say("made.files", names=names)
    return [Files(text=text, files=closing.files, note=say("made.until"))]


def closing_of(result: RunResult) -> Closing:
    """What the end of a run means for its turn."""
    return replace(_closing_of(result), forbidden=result.forbidden)


def _closing_of(result: RunResult) -> Closing:
    words = result.finished.text if result.finished else ""
    words = words if words.strip() else ""
    if result.ending and not _came_whole(result):
        state, key = _CUT_SHORT[result.ending]
        return Closing(state=state, words=words, key=key)
    if isinstance(result.error, AgentRefusedError):
        return Closing(state=TurnState.FAILED, key=f"turn.failed.{result.error.reason}")
    if result.finished is None:
        return Closing(state=TurnState.FAILED, key="turn.failed.unavailable")
    if result.finished.is_error:
        return Closing(state=TurnState.FAILED, words=words, key="turn.failed.error")
    return Closing(state=TurnState.DONE, words=words, files=result.files)


def conversation_is_gone(result: RunResult) -> bool:
    error = result.error
    return isinstance(error, AgentRefusedError) and error.reason == "no_conversation"


_CUT_SHORT: dict[Ending, tuple[TurnState, str | None]] = {
    Ending.STOPPED: (TurnState.STOPPED, None),
    Ending.DRAINED: (TurnState.INTERRUPTED, None),
    Ending.CUT_OFF: (TurnState.INTERRUPTED, None),
    Ending.TIMED_OUT: (TurnState.FAILED, "turn.timed_out"),
    Ending.SPENT: (TurnState.FAILED, "turn.failed.budget"),
}


def _came_whole(result: RunResult) -> bool:
    """Claude was done at the very moment in which it would have been interrupted."""
    finished = result.finished
    whole = finished is not None and finished.reason == "success" and not finished.is_error
    return whole and result.ending in {Ending.DRAINED, Ending.SPENT}
