"""Answers Claude's permission questions: by the policy, then by whoever asked for the turn.

Anything that goes wrong on the way is a no. What a no says is read by the model, not by a
person. Knows no SDK.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestrator_core.model import Decision, JsonObject, Ruling
from orchestrator_core.ports import AgentProfile, AskPermission, Verdict
from orchestrator_core.tool_policy import Place, Policy

logger = logging.getLogger(__name__)

#: Should the CLI itself want to know of a call that the policy was not asked about.
_UNJUDGED = Ruling(decision=Decision.ASK)


class Gatekeeper:
    def __init__(self, policy: Policy, profile: AgentProfile, workspace: Path) -> None:
        self._policy = policy
        self._profile = profile
        self._workspace = workspace
        #: Who answers for the turn under way; None between turns.
        self.permit: AskPermission | None = None
        #: What is to be asked, by the call's id.
        self._rulings: dict[str, Ruling] = {}

    async def before(self, call: Mapping[str, Any], call_id: str | None) -> tuple[Decision, str]:
        """What becomes of a call, given as a PreToolUse hook gets it, and what to tell the model.

        Nothing runs that could not be written down.
        """
        try:
            ruling = self._rule_on(call)
        except Exception:
            logger.exception("policy failed")
            return Decision.DENY, "The policy failed, so nothing may run."
        if ruling.decision is Decision.ASK:
            self._rulings[call_id or ""] = ruling
            return Decision.ASK, ""
        verdict = await self._settle(call["tool_name"], call["tool_input"], ruling)
        return Decision.ALLOW if verdict.allow else Decision.DENY, verdict.message

    async def ask(self, tool: str, tool_input: JsonObject, call_id: str | None) -> Verdict:
        ruling = self._rulings.pop(call_id or "", _UNJUDGED)
        return await self._settle(tool, tool_input, ruling)

    def forget(self) -> None:
        """The turn is over, and with it what it wanted to do."""
        self.permit = None
        self._rulings.clear()

    def _rule_on(self, call: Mapping[str, Any]) -> Ruling:
        place = Place(self._workspace, Path(call["cwd"]))
        return self._policy.rule_on(
            call["tool_name"], call["tool_input"], profile=self._profile, place=place
        )

    async def _settle(self, tool: str, tool_input: JsonObject, ruling: Ruling) -> Verdict:
        if self.permit is None:
            return Verdict(allow=False, message="Nobody is there to ask.")
        try:
            return await self.permit(tool, tool_input, ruling)
        except Exception:
            logger.exception("asking for permission failed")
            return Verdict(allow=False, message="Permission could not be asked for.")
