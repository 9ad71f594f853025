"""Rules are data: they can be added and relaxed, but not those that keep from catastrophes."""

from __future__ import annotations

import pytest

from orchestrator_core.guard import Guard, Judgement, Outcome, Rule, RuleBook, reason
from orchestrator_core.model import Language
from orchestrator_core.texts import texts_in
from tests.guard.cases import HOME, judged

OWN = Rule("shop.deploy", Outcome.ASK, ("deployctl push --prod",), said="Ask Ann first.")
CATASTROPHIC = [
    rule.id for rule in RuleBook.standard().rules.values() if rule.outcome is Outcome.NEVER
]


def judge(book: RuleBook, command: str) -> Judgement:
    return judged(Guard(book, home=HOME), "Bash", {"command": command})


def test_a_relaxed_rule_no_longer_stops() -> None:
    book = RuleBook.standard()

    relaxed = book.extended(relaxed=["git.push_force"])

    assert judge(book, "git push -f").rule == "git.push_force"
    assert judge(relaxed, "git push -f").outcome is Outcome.FINE
    assert judge(relaxed, "git reset --hard").rule == "git.discard"


@pytest.mark.parametrize("name", CATASTROPHIC)
def test_a_catastrophic_rule_cannot_be_relaxed(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}' is catastrophic and cannot be relaxed"):
        RuleBook.standard().extended(relaxed=[name])


def test_a_rule_that_is_not_there_cannot_be_relaxed() -> None:
    with pytest.raises(ValueError, match=r"there is no rule 'git.pussh' to relax"):
        RuleBook.standard().extended(relaxed=["git.pussh"])


def test_a_rule_of_the_owner_s_stops_what_it_names_wherever_it_is_wrapped() -> None:
    book = RuleBook.standard().extended(added=[OWN])

    for command in ("deployctl push --prod", "sh -c 'timeout 5 deployctl push a --prod'"):
        assert judge(book, command).rule == "shop.deploy"
    assert judge(book, "deployctl push --staging").outcome is Outcome.FINE


def test_a_rule_of_the_owner_s_gives_its_own_reason() -> None:
    book = RuleBook.standard().extended(added=[OWN])

    judgement = judge(book, "deployctl push --prod")

    assert reason(judgement, texts_in(Language.ENGLISH)) == "Ask Ann first."


def test_an_id_is_given_once() -> None:
    with pytest.raises(ValueError, match=r"there is already a rule 'git.discard'"):
        RuleBook.standard().extended(added=[Rule("git.discard", Outcome.ASK, ("x",))])


def test_a_pattern_begins_with_a_program() -> None:
    with pytest.raises(ValueError, match=r"a pattern begins"):
        RuleBook([Rule("a.b", Outcome.ASK, ("--force",))])


@pytest.mark.parametrize("language", Language)
def test_a_person_is_told_why_in_their_language(language: Language) -> None:
    say = texts_in(language)

    for rule in RuleBook.standard().rules.values():
        judgement = Judgement(outcome=rule.outcome, rule=rule.id, why="")
        assert reason(judgement, say) == say(f"guard.{rule.id}")
    assert reason(judge(RuleBook.standard(), "ls"), say) == ""
