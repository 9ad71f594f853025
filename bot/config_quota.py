"""`[quota]` of `denrei.toml`: what LINE's monthly pushes are spent on."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from orchestrator_core.model import QuotaMode
from orchestrator_core.quota import QuotaRules


class QuotaSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Of chats that have chosen none with `/quota`.
    mode: QuotaMode = QuotaMode.AUTO
    #: Of the month's pushes, kept back for approvals and alerts.
    reserve_percent: int = Field(default=10, ge=0, le=90)
    #: With so much left, `auto` no longer pushes answers.
    frugal_below_percent: int = Field(default=30, ge=0, le=100)

    def rules(self, zone: ZoneInfo) -> QuotaRules:
        return QuotaRules(
            zone=zone,
            reserve_percent=self.reserve_percent,
            frugal_below_percent=self.frugal_below_percent,
            mode=self.mode,
        )
