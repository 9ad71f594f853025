"""Answers Claude's permission questions: by the policy, then by whoever asked for the turn.

Anything that goes wrong on the way is a no. What a no says is read by the model, not by a
person. Knows no SDK.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from orchestrator_core.model import JsonObject
from orchestrator_core.policy import Policy
from orchestrator_core.ports import AskPermission, Verdict

logger = logging.getLogger(__name__)


class Gatekeeper:
    def __init__(self, policy: Policy, workspace: Path) -> None:
        self._policy = policy
        self._workspace = workspace
        #: Who answers for the turn under way; None between turns.
        self.permit: AskPermission | None = None

    def decide(self, call: Mapping[str, Any]) -> Literal["allow", "ask", "deny"]:
        """What the policy says of a call, given as a PreToolUse hook gets it."""
        try:
            decision = self._policy.decide(
                call["tool_name"],
                call["tool_input"],
                workspace=self._workspace,
                cwd=Path(call["cwd"]),
            )
        except Exception:
            logger.exception("policy failed")
            return "deny"
        return decision.value

    async def ask(self, tool: str, tool_input: JsonObject) -> Verdict:
        if self.permit is None:
            return Verdict(allow=False, message="Nobody is there to ask.")
        try:
            return await self.permit(tool, tool_input)
        except Exception:
            logger.exception("asking for permission failed")
            return Verdict(allow=False, message="Permission could not be asked for.")
