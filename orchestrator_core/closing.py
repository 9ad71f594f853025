"""What the end of a run means for its turn, and how the person is told. Stores nothing."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator_core.errors import AgentRefusedError
from orchestrator_core.messages import Button, Say
from orchestrator_core.model import Session, TurnState
from orchestrator_core.texts import Texts
from orchestrator_core.turn_run import Ending, RunResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """How a turn ends: its state, and the catalog text or Claude's words that say so."""

    state: TurnState
    #: Claude's own words; empty when there are none.
    words: str = ""
    #: A text of the catalog, shown after the words.
    key: str | None = None


STOPPED = Closing(state=TurnState.STOPPED)
INTERRUPTED = Closing(state=TurnState.INTERRUPTED)


def answer_message(closing: Closing, from_session: Session | None, say: Texts, number: int) -> Say:
    """`from_session` heads the text when the chat has moved on to another session."""
    parts = [closing.words] if closing.words else []
    if closing.key:
        parts.append(say(closing.key))
    if not parts:
        parts.append(say("turn.no_text"))
    if from_session:
        parts.insert(0, from_session.label)
    buttons: tuple[Button, ...] = ()
    if closing.state not in {TurnState.DONE, TurnState.INTERRUPTED}:
        buttons = (Button(label=say("button.status"), command=f"/status {number}"),)
    return Say(text="\n\n".join(parts), buttons=buttons)


def closing_of(result: RunResult) -> Closing:
    """What the end of a run means for its turn."""
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
    return Closing(state=TurnState.DONE, words=words)


def conversation_is_gone(result: RunResult) -> bool:
    error = result.error
    return isinstance(error, AgentRefusedError) and error.reason == "no_conversation"


_CUT_SHORT: dict[Ending, tuple[TurnState, str | None]] = {
    Ending.STOPPED: (TurnState.STOPPED, None),
    Ending.DRAINED: (TurnState.INTERRUPTED, None),
    Ending.CUT_OFF: (TurnState.INTERRUPTED, None),
    Ending.TIMED_OUT: (TurnState.FAILED, "turn.timed_out"),
}


def _came_whole(result: RunResult) -> bool:
    """Claude was done at the very moment a shutdown would have interrupted it."""
    finished = result.finished
    whole = finished is not None and finished.reason == "success" and not finished.is_error
    return whole and result.ending is Ending.DRAINED
