"""Answers Claude's permission questions: by the policy, then by whoever asked for the turn.

Anything that goes wrong on the way is a no. What a no says is read by the model, not by a
person. Knows no SDK.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestrator_core.model import CLAUDES_OWN, Decision, JsonObject, Ruling
from orchestrator_core.ports import AgentProfile, AskPermission, Verdict
from orchestrator_core.redaction import redact
from orchestrator_core.tool_policy import Place, Policy

logger = logging.getLogger(__name__)

#: Of what Claude Code says of its own question.
_MOST_WHY = 200
_FAILED = Ruling(decision=Decision.DENY, why="the policy failed")


class Gatekeeper:
    def __init__(self, policy: Policy, profile: AgentProfile, workspace: Path) -> None:
        self._policy = policy
        self._profile = profile
        self._workspace = workspace
        #: Who answers for the turn under way; None between turns.
        self.permit: AskPermission | None = None
        #: What the policy said, by the call's id.
        self._rulings: dict[str, Ruling] = {}

    async def before(self, call: Mapping[str, Any], call_id: str | None) -> tuple[Decision, str]:
        """What becomes of a call, given as a PreToolUse hook gets it, and what to tell the model.

        Nothing runs that could not be written down.
        """
        try:
            ruling = self._rule_on(call)
        except Exception:
            logger.exception("policy failed")
            return Decision.DENY, await self._note_failure(call)
        self._rulings[call_id or ""] = ruling
        if ruling.decision is Decision.ASK:
            return Decision.ASK, ""
        verdict = await self._settle(call["tool_name"], call["tool_input"], ruling)
        return Decision.ALLOW if verdict.allow else Decision.DENY, verdict.message

    async def ask(
        self, tool: str, tool_input: JsonObject, call_id: str | None, *, why: str = ""
    ) -> Verdict:
        """`why`: what Claude Code says of it, where it is its own wish to know."""
        ruling = self._rulings.pop(call_id or "", None)
        if ruling is None or ruling.decision is not Decision.ASK:
            cwd = ruling.cwd if ruling else str(self._workspace)
            ruling = Ruling(
                decision=Decision.ASK, rule=CLAUDES_OWN, why=redact(why)[:_MOST_WHY], cwd=cwd
            )
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

    async def _note_failure(self, call: Mapping[str, Any]) -> str:
        """For the books; what was to be called may be told wrongly, or not at all."""
        tool, tool_input = call.get("tool_name"), call.get("tool_input")
        await self._settle(
            tool if isinstance(tool, str) else "",
            tool_input if isinstance(tool_input, dict) else {},
            _FAILED,
        )
        return "The policy failed, so nothing may run."

    async def _settle(self, tool: str, tool_input: JsonObject, ruling: Ruling) -> Verdict:
        if self.permit is None:
            return Verdict(allow=False, message="Nobody is there to ask.")
        try:
            return await self.permit(tool, tool_input, ruling)
        except Exception:
            logger.exception("asking for permission failed")
            return Verdict(allow=False, message="Permission could not be asked for.")
