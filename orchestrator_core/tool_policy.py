"""The one policy every tool call passes: the agent's whitelist, then the guard.

What the guard forbids is denied and what it doubts is asked, whitelisted or not. What it finds
fine runs if the whitelist names it or if it only reads inside the workspace; the rest is asked.
A session that plans changes no file and has all but reading asked; one that accepts edits is not
asked for those in its workspace.
Knows no SDK, asks nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from orchestrator_core.guard import Guard, Judgement, Outcome, RuleBook
from orchestrator_core.model import Decision, Mode, Ruling
from orchestrator_core.policy import ReadingOnly
from orchestrator_core.ports import AgentProfile
from orchestrator_core.questions import ASKING
from orchestrator_core.tool_rules import parse_rule, path_of, right_of

READING = "reading"
EDIT = "Edit"
#: Claude is told so, in the language it speaks to tools.
PLANNING = "Plan mode: files are not changed now. Answer with the plan; the user decides then."


@dataclass(frozen=True, slots=True)
class Place:
    workspace: Path
    #: Where relative paths of the call begin.
    cwd: Path


class Judge(Protocol):
    """The guard, as the policy asks it."""

    def judge(
        self, tool: str, tool_input: Mapping[str, Any], *, workspace: Path, cwd: Path
    ) -> Judgement: ...


class Policy(Protocol):
    def rule_on(
        self, tool: str, tool_input: Mapping[str, Any], *, profile: AgentProfile, place: Place
    ) -> Ruling:
        """May raise, which is a no."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolPolicy:
    rulebook: RuleBook = field(default_factory=RuleBook.standard)
    #: Rules of the guard that need the yes of two people.
    second_person: frozenset[str] = frozenset()
    make_guard: Callable[[RuleBook], Judge] = Guard
    #: By the rules relaxed.
    _guards: dict[tuple[str, ...], Judge] = field(init=False, repr=False, default_factory=dict)

    def rule_on(
        self, tool: str, tool_input: Mapping[str, Any], *, profile: AgentProfile, place: Place
    ) -> Ruling:
        if tool == ASKING:
            # It does nothing but ask a person, whatever the whitelist says.
            return Ruling(decision=Decision.ASK, cwd=str(place.cwd))
        judged = self._guard(profile.relaxed).judge(
            tool, tool_input, workspace=place.workspace, cwd=place.cwd
        )
        if judged.outcome is not Outcome.NEVER and _is_planned_edit(tool, profile):
            return Ruling(decision=Decision.DENY, told=PLANNING, cwd=str(place.cwd))
        if judged.outcome is Outcome.FINE:
            return self._of_whitelist(tool, tool_input, profile, place)
        decision = Decision.DENY if judged.outcome is Outcome.NEVER else Decision.ASK
        return self._stopped(decision, judged, place)

    def _of_whitelist(
        self, tool: str, tool_input: Mapping[str, Any], profile: AgentProfile, place: Place
    ) -> Ruling:
        where = {"workspace": place.workspace, "cwd": place.cwd}
        if ReadingOnly().decide(tool, tool_input, **where) is Decision.ALLOW:
            return Ruling(decision=Decision.ALLOW, allowed_by=READING, cwd=str(place.cwd))
        if profile.mode is Mode.PLAN:
            return Ruling(decision=Decision.ASK, cwd=str(place.cwd))
        if profile.mode is Mode.ACCEPT_EDITS and _edits_inside(tool, tool_input, place):
            mode = Mode.ACCEPT_EDITS.value
            return Ruling(decision=Decision.ALLOW, allowed_by=mode, cwd=str(place.cwd))
        for text in profile.allowed_tools:
            if parse_rule(text).allows(tool, tool_input, **where):
                return Ruling(decision=Decision.ALLOW, allowed_by=text, cwd=str(place.cwd))
        return Ruling(decision=Decision.ASK, cwd=str(place.cwd))

    def _stopped(self, decision: Decision, judged: Judgement, place: Place) -> Ruling:
        return Ruling(
            decision=decision,
            rule=judged.rule,
            why=judged.why,
            said=judged.said,
            cwd=str(place.cwd),
            second_person=judged.rule in self.second_person,
        )

    def _guard(self, relaxed: tuple[str, ...]) -> Judge:
        if relaxed not in self._guards:
            self._guards[relaxed] = self.make_guard(self.rulebook.extended(relaxed=relaxed))
        return self._guards[relaxed]


def _is_planned_edit(tool: str, profile: AgentProfile) -> bool:
    return profile.mode is Mode.PLAN and right_of(tool) == EDIT


def _edits_inside(tool: str, tool_input: Mapping[str, Any], place: Place) -> bool:
    if right_of(tool) != EDIT:
        return False
    path = path_of(tool, tool_input, place.cwd)
    return path is not None and path.is_relative_to(place.workspace.resolve(strict=True))
