"""`/mode [#session] [plan | acceptEdits | default]`: how freely Claude works in a session.

The policy rules on every call in each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from commands.addressing import named_first
from commands.grammar import fold
from commands.registry import Call
from orchestrator_core.desk import SessionDesk
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import AuditAction, Session
from orchestrator_core.model import Mode as SessionMode

_WORDS = {
    SessionMode.PLAN: ("plan", "計画"),
    SessionMode.ACCEPT_EDITS: ("acceptEdits", "accept", "edits", "編集"),
    SessionMode.DEFAULT: ("default", "標準"),
}
_BY_WORD = {fold(word): mode for mode, words in _WORDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class Mode:
    desk: SessionDesk

    name: ClassVar[str] = "mode"
    aliases: ClassVar[tuple[str, ...]] = ("モード",)

    async def run(self, call: Call) -> list[Message]:
        session, rest = await named_first(call, self.desk)
        if not rest.argument:
            shown = call.say(f"mode.{session.mode}")
            text = call.say("mode.which", label=session.label, mode=shown)
            return [Say(text=text, buttons=_buttons(call, session))]
        mode = _BY_WORD.get(fold(rest.argument))
        if mode is None:
            raise PersonError("mode.usage", buttons=_buttons(call, session))
        locked = await call.records.sessions.lock(session.id)
        await call.records.sessions.save(replace(locked, mode=mode))
        await call.note(AuditAction.SESSION_MODE, session_id=session.id, mode=mode.value)
        shown = call.say(f"mode.{mode}")
        return [Say(text=call.say("mode.now", label=session.label, mode=shown))]


def _buttons(call: Call, session: Session) -> tuple[Button, ...]:
    return tuple(
        Button(label=call.say(f"mode.label.{mode}"), command=f"/mode #{session.number} {words[0]}")
        for mode, words in _WORDS.items()
    )
