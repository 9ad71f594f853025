"""`[rate_limits]` of denrei.toml: how much may be asked for in a while."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from bot.api.limits import Rates
from orchestrator_core.ports import ChatRates

_RATE = re.compile(r"[1-9][0-9]{0,6}/(?:second|minute|hour|day)")


def _rates(text: str) -> str:
    rates = [" ".join(part.split()) for part in text.split(";")]
    if not all(_RATE.fullmatch(rate) for rate in rates):
        raise ValueError(f"{text!r} is no rate; write one like '20/minute; 300/hour'")
    return "; ".join(rates)


Rate = Annotated[str, AfterValidator(_rates)]
_CHATS, _API = ChatRates(), Rates()


class RateLimits(BaseModel):
    """Prompts and commands by person and by chat; the API by token, what is refused by address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompts_per_person: Rate = _CHATS.prompts_per_person
    prompts_per_chat: Rate = _CHATS.prompts_per_chat
    commands_per_person: Rate = _CHATS.commands_per_person
    commands_per_chat: Rate = _CHATS.commands_per_chat
    api_reads: Rate = _API.reads
    api_writes: Rate = _API.writes
    wrong_tokens: Rate = _API.wrong_tokens
    #: Calls of the webhook that LINE has not signed.
    unsigned: Rate = _API.unsigned

    def in_chats(self) -> ChatRates:
        return ChatRates(
            prompts_per_person=self.prompts_per_person,
            prompts_per_chat=self.prompts_per_chat,
            commands_per_person=self.commands_per_person,
            commands_per_chat=self.commands_per_chat,
        )

    def over_http(self) -> Rates:
        return Rates(
            reads=self.api_reads,
            writes=self.api_writes,
            wrong_tokens=self.wrong_tokens,
            unsigned=self.unsigned,
        )
