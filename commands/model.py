"""`/model [#session] [model]`: the model a session works with from its next prompt on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar

from commands.addressing import named_first
from commands.grammar import fold
from commands.registry import Call
from orchestrator_core.desk import SessionDesk
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import AuditAction, Session

#: Claude Code's own short names, for the buttons; any other name may be typed.
OFFERED = ("opus", "sonnet", "haiku")
_AS_ALWAYS = frozenset({"default", "agent", "標準"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@\[\]-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Model:
    desk: SessionDesk

    name: ClassVar[str] = "model"
    aliases: ClassVar[tuple[str, ...]] = ("モデル",)

    async def run(self, call: Call) -> list[Message]:
        session, rest = await named_first(call, self.desk)
        word = fold(rest.argument)
        if not word:
            text = call.say("model.which", label=session.label, model=self._shown(call, session))
            return [Say(text=text, buttons=_buttons(call, session))]
        if not _NAME.fullmatch(word) and word not in _AS_ALWAYS:
            raise PersonError("model.usage", buttons=_buttons(call, session))
        locked = await call.records.sessions.lock(session.id)
        chosen = replace(locked, model=None if word in _AS_ALWAYS else word)
        await call.records.sessions.save(chosen)
        await call.note(AuditAction.SESSION_MODEL, session_id=session.id, model=chosen.model)
        text = call.say("model.now", label=session.label, model=self._shown(call, chosen))
        return [Say(text=text)]

    def _shown(self, call: Call, session: Session) -> str:
        profile = self.desk.agents.profiles.get(session.agent)
        agents = profile.model if profile else None
        return session.model or agents or call.say("model.own_choice")


def _buttons(call: Call, session: Session) -> tuple[Button, ...]:
    command = f"/model #{session.number}"
    offered = [Button(label=name, command=f"{command} {name}") for name in OFFERED]
    always = Button(label=call.say("button.model_default"), command=f"{command} default")
    return (*offered, always)
