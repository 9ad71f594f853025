"""A session and its conversation, for tests of whatever drives Claude."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from orchestrator_core.agent_events import AgentEvent, Counted, Finished, Opened
from orchestrator_core.model import Decision, JsonObject, Ruling, Session, SessionState
from orchestrator_core.ports import AgentClient, AgentProfile, AskPermission, Verdict

PROFILE = AgentProfile(name="claude", model="claude-opus-5-5")


def new_session(workspace: Path, *, session_id: str = "s1") -> Session:
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    return Session(
        id=session_id,
        number=1,
        name=None,
        chat=None,
        person_id=None,
        agent="claude",
        workspace=str(workspace),
        state=SessionState.IDLE,
        created_at=now,
        updated_at=now,
    )


async def allow(_tool: str, _tool_input: JsonObject, ruling: Ruling) -> Verdict:
    return Verdict(allow=ruling.decision is not Decision.DENY)


async def never_asked(tool: str, tool_input: JsonObject, ruling: Ruling) -> Verdict:
    if ruling.decision is Decision.ASK:
        raise AssertionError(f"{tool} was asked for")
    return await allow(tool, tool_input, ruling)


@dataclass(slots=True)
class Conversation:
    """A session and what is remembered of it between clients, as the store would."""

    session: Session
    #: What the last turn told for the books.
    counted: list[Counted] = field(default_factory=list)

    async def take(
        self, client: AgentClient, prompt: str, *, permit: AskPermission = never_asked
    ) -> list[AgentEvent]:
        """The events of a whole turn, but for what is told for the books alone."""
        events = [event async for event in client.ask(prompt, permit=permit)]
        for event in events:
            self.remember(event)
        self.counted = [event for event in events if isinstance(event, Counted)]
        return [event for event in events if not isinstance(event, Counted)]

    def remember(self, event: AgentEvent) -> None:
        match event:
            case Opened(claude_session_id=claude_session_id):
                self.session = replace(self.session, claude_session_id=claude_session_id)
            case Finished():
                self.session = replace(
                    self.session,
                    cost_usd=self.session.cost_usd + event.cost_usd,
                    reported_total_usd=event.reported_total_usd,
                )
