"""`/quota`: how many pushes are left this month; `/quota frugal`: what this chat spends on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from commands.grammar import fold
from commands.registry import Call
from commands.rights import demand
from orchestrator_core.errors import PersonError
from orchestrator_core.messages import Button, Card, Fact, Message, Say
from orchestrator_core.model import AuditAction, Binding, QuotaCount, QuotaMode
from orchestrator_core.quota import QuotaRules
from orchestrator_core.rights import Action, may

_WORDS = {
    **{mode.value: mode for mode in QuotaMode},
    "プッシュ": QuotaMode.PUSH,
    "節約": QuotaMode.FRUGAL,
    "自動": QuotaMode.AUTO,
}


@dataclass(frozen=True, slots=True)
class Quota:
    rules: QuotaRules

    name: ClassVar[str] = "quota"
    aliases: ClassVar[tuple[str, ...]] = ("通数", "額度", "โควตา")

    async def run(self, call: Call) -> list[Message]:
        binding = await call.records.bindings.get(call.chat.id) or Binding(chat_id=call.chat.id)
        if not call.argument:
            return [await self._shown(call, binding)]
        demand(call, Action.QUOTA_MODE)
        mode = _WORDS.get(fold(call.argument))
        if mode is None:
            raise PersonError("quota.usage")
        await call.records.bindings.save(replace(binding, quota=mode))
        await call.note(AuditAction.CHAT_QUOTA, chat_id=call.chat.id, mode=mode.value)
        if mode is QuotaMode.PUSH:
            # It was spared in the mode of before.
            await call.records.deliveries.let_go(call.chat.id, call.now)
        return [Say(text=call.say(f"quota.now.{mode}"))]

    async def _shown(self, call: Call, binding: Binding) -> Card:
        say = call.say
        count = await call.records.quotas.get(self.rules.month(call.now))
        mode = say(f"quota.mode.{binding.quota or self.rules.mode}")
        facts = [Fact(label=say("quota.used"), value=_used(call, count))]
        if count.left is not None:
            reserve = self.rules.reserve(count)
            facts += [
                Fact(label=say("quota.left"), value=say.count("quota.pushes", count.left)),
                Fact(label=say("quota.reserve"), value=say.count("quota.pushes", reserve)),
            ]
        facts.append(Fact(label=say("quota.mode"), value=mode))
        if count.told_at is not None:
            at = f"{count.told_at.astimezone(self.rules.zone):%m/%d %H:%M %Z}"
            facts.append(Fact(label=say("quota.told_at"), value=at))
        return Card(
            title=say("quota.title"),
            summary=say("quota.summary", used=_used(call, count), mode=mode),
            text=say(f"quota.about.{'frugal' if self._is_frugal(binding, count) else 'push'}"),
            facts=tuple(facts),
            buttons=_buttons(call, binding.quota or self.rules.mode),
        )

    def _is_frugal(self, binding: Binding, count: QuotaCount) -> bool:
        return self.rules.is_frugal(binding.quota, count)


def _used(call: Call, count: QuotaCount) -> str:
    if count.limit is None:
        return call.say("quota.no_limit", used=count.used)
    return call.say("quota.of", used=count.used, limit=count.limit)


def _buttons(call: Call, current: QuotaMode) -> tuple[Button, ...]:
    inbox = Button(label=call.say("button.inbox"), command="/inbox")
    if not may(call.person.role, Action.QUOTA_MODE):
        return (inbox,)
    modes = tuple(
        Button(label=call.say(f"quota.mode.{mode}"), command=f"/quota {mode}")
        for mode in QuotaMode
        if mode is not current
    )
    return (*modes, inbox)
