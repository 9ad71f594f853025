"""`/new [@agent] [text]`: a new session, and its first prompt when there is text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from commands.grammar import split_agent
from commands.prompt import Prompting
from commands.registry import Call
from orchestrator_core.messages import Message, Say


@dataclass(frozen=True, slots=True)
class New:
    prompting: Prompting

    name: ClassVar[str] = "new"
    aliases: ClassVar[tuple[str, ...]] = ("新規", "新建", "ใหม่", "n")

    async def run(self, call: Call) -> list[Message]:
        agent, prompt = split_agent(call.argument)
        session = await self.prompting.start(call, agent=agent)
        if not prompt:
            text = call.say("new.ready", number=session.number, agent=session.agent)
            return [Say(text=text)]
        return await self.prompting.to(replace(call, argument=prompt), session)
