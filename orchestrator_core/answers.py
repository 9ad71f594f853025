"""How Claude's words become a message: whose they are, how it went, and where the rest is."""

from __future__ import annotations

from orchestrator_core.messages import Answer, AnswerWords
from orchestrator_core.model import Session
from orchestrator_core.texts import Texts


def answer_of(
    session: Session, turn_id: int, text: str, say: Texts, *, status: str = "", page: int = 1
) -> Answer:
    """`text`: all that Claude wrote in the turn."""
    name = session.name or f"#{session.number}"
    return Answer(
        text=text,
        title=session.label,
        summary=say("answer.summary", name=name, status=status) if status else session.label,
        words=AnswerWords(
            more=say("button.more"), copy=say("answer.copy"), outline=say("answer.outline")
        ),
        turn_id=turn_id,
        session_id=session.id,
        status=status,
        page=page,
    )
