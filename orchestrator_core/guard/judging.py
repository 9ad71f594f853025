"""From what would be started to the rules it meets; the gravest counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchestrator_core.guard.checks import Case, Met
from orchestrator_core.guard.invocations import Finding, Invocation
from orchestrator_core.guard.judgement import FINE, Judgement, Outcome
from orchestrator_core.guard.marks import known
from orchestrator_core.guard.net_checks import NET_CHECKS
from orchestrator_core.guard.path_checks import check_effects
from orchestrator_core.guard.paths import Places
from orchestrator_core.guard.program_checks import check_verbs, program_checks
from orchestrator_core.guard.rules import RuleBook
from orchestrator_core.guard.secret_checks import check_secrets
from orchestrator_core.guard.shown import shown
from orchestrator_core.guard.tables.names import names

#: Programs that do nothing without a verb; one that is not known is asked about.
_VERBED = names(
    "git kubectl aws gcloud az helm terraform docker gh npm systemctl cargo deno pnpm yarn"
)


def gravest(book: RuleBook, met: Iterable[tuple[str, str]]) -> Judgement:
    """Of rules with the part that met each. What the book does not hold was relaxed."""
    found = FINE
    for name, part in met:
        rule = book.rules.get(name)
        if rule is None or (found.outcome is not Outcome.FINE and rule.outcome is Outcome.ASK):
            continue
        found = Judgement(outcome=rule.outcome, rule=name, why=shown(part), said=rule.said)
        if rule.outcome is Outcome.NEVER:
            return found
    return found


def met_by(
    book: RuleBook, places: Places, invocations: list[Invocation], findings: list[Finding]
) -> Iterator[tuple[str, str]]:
    for finding in findings:
        yield finding.rule, finding.shown
    for invocation in invocations:
        if invocation.program == "=":
            yield from _of_patterns(book, Case(invocation, places))
            continue
        for name, _part in _of_case(book, Case(invocation, places)):
            yield name, invocation.shown


def _of_case(book: RuleBook, case: Case) -> Met:
    if case.program in _VERBED and case.args[-1:] == ("--help",):
        return
    yield from _of_patterns(book, case)
    yield from check_effects(case)
    yield from check_secrets(case)
    net = NET_CHECKS.get(case.program)
    if net is not None:
        yield from net(case)
    for check in program_checks(case.program):
        yield from check(case)
    yield from check_verbs(case)
    if case.program in _VERBED and case.operands and not known(case.operands[0][:1]):
        yield "shell.unknown_command", case.program


def _of_patterns(book: RuleBook, case: Case) -> Met:
    for rule, pattern in book.of_program(case.program):
        if pattern.meets(case.given, case.args):
            yield rule.id, case.invocation.shown
