"""The guard: understands what a tool call would do, and says fine, ask or never."""

from orchestrator_core.guard.guard import Guard
from orchestrator_core.guard.judgement import Judgement, Outcome
from orchestrator_core.guard.patterns import check_pattern
from orchestrator_core.guard.reasons import reason
from orchestrator_core.guard.rule import Rule
from orchestrator_core.guard.rules import RuleBook

__all__ = ["Guard", "Judgement", "Outcome", "Rule", "RuleBook", "check_pattern", "reason"]
