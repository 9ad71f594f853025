"""`/agent [agent]`: the agent that new sessions of this chat start with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from commands.grammar import fold
from commands.registry import Call
from commands.rights import agent_buttons, agent_for
from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import AuditAction, Binding


@dataclass(frozen=True, slots=True)
class Agent:
    name: ClassVar[str] = "agent"
    aliases: ClassVar[tuple[str, ...]] = ("エージェント",)

    async def run(self, call: Call) -> list[Message]:
        binding = await call.records.bindings.get(call.chat.id) or Binding(chat_id=call.chat.id)
        if not call.argument:
            return [_list(call, binding)]
        chosen = agent_for(call, fold(call.argument).removeprefix("@"))
        await call.records.bindings.save(replace(binding, agent=chosen))
        await call.note(AuditAction.CHAT_AGENT, agent=chosen, chat_id=call.chat.id)
        new = Button(label=call.say("button.new"), command="/new")
        return [Say(text=call.say("agent.now", name=chosen), buttons=(new,))]


def _list(call: Call, binding: Binding) -> Say:
    """Those open to the person. What the chat has may be another's choice."""
    current = binding.agent or agent_for(call, None)
    text = call.say("agent.list", current=current)
    return Say(text=text, buttons=agent_buttons(call, "/agent "))
