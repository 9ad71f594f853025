"""All rules: found by id and by the program they speak of, added to and relaxed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from orchestrator_core.guard.judgement import Outcome
from orchestrator_core.guard.patterns import Pattern, compiled, names_program
from orchestrator_core.guard.rule import Rule
from orchestrator_core.guard.tables.rules_code import CODE_RULES
from orchestrator_core.guard.tables.rules_data import DATA_RULES
from orchestrator_core.guard.tables.rules_git import GIT_RULES
from orchestrator_core.guard.tables.rules_net import NET_RULES
from orchestrator_core.guard.tables.rules_system import SYSTEM_RULES

STANDARD = (*GIT_RULES, *DATA_RULES, *SYSTEM_RULES, *NET_RULES, *CODE_RULES)


class RuleBook:
    """Rules by id, and by the program that they speak of."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in rules}
        self._patterns = [
            (rule, compiled(text)) for rule in self.rules.values() for text in rule.patterns
        ]
        exact: dict[str, list[tuple[Rule, Pattern]]] = {}
        self._wild: list[tuple[Rule, Pattern]] = []
        for entry in self._patterns:
            for program in entry[1].programs:
                if "*" in program:
                    self._wild.append(entry)
                else:
                    exact.setdefault(program, []).append(entry)
        self._exact = exact

    @classmethod
    def standard(cls) -> RuleBook:
        return _standard()

    def extended(self, added: Iterable[Rule] = (), relaxed: Iterable[str] = ()) -> RuleBook:
        """With rules of the owner's, and without those relaxed. Raises ValueError with a sentence
        for a person: unknown or catastrophic rules cannot be relaxed, nor ids be taken twice."""
        rules = dict(self.rules)
        for rule in added:
            if rule.id in rules:
                raise ValueError(f"there is already a rule {rule.id!r}")
            rules[rule.id] = rule
        for name in relaxed:
            if name not in rules:
                raise ValueError(f"there is no rule {name!r} to relax")
            if rules[name].outcome is Outcome.NEVER:
                raise ValueError(f"{name!r} is catastrophic and cannot be relaxed")
            del rules[name]
        return RuleBook(rules.values())

    def of_program(self, program: str) -> list[tuple[Rule, Pattern]]:
        found = self._exact.get(program, [])
        wild = [entry for entry in self._wild if names_program(entry[1], program)]
        return found + wild if wild else found

    def knows(self, program: str) -> bool:
        return program in self._exact


@cache
def _standard() -> RuleBook:
    return RuleBook(STANDARD)
