"""The catalogs: every text there, in every language, and none for nothing."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
import regex
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

from bot.line.characters import cut_to_clusters
from bot.line.menu_items import Item
from commands.help_topics import Topic
from orchestrator_core.guard import RuleBook
from orchestrator_core.model import (
    ApprovalState,
    AuditAction,
    Choice,
    Language,
    MediaKind,
    Mode,
    QuotaMode,
    Refusal,
    Role,
    SessionState,
)
from orchestrator_core.texts import FOLDER, locale_of, texts_in
from tests.core import Core

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for package in ("bot", "commands", "orchestrator_core")
    for path in (ROOT / package).rglob("*.py")
    if "simulator" not in path.parts
]
#: What LINE shows of a label on a quick reply.
LABEL_LIMIT = 20
KEY = re.compile(r"[a-z_]+(\.[a-z_]+)+")

COMMANDS = [command.name for command in Core().router.registry]
#: The keys that are put together when they are needed, and of what.
FAMILIES: dict[str, list[list[str]]] = {
    "help.{}.usage": [COMMANDS],
    "help.{}.short": [COMMANDS],
    "help.{}.long": [COMMANDS],
    "help.topic.{}": [[topic.value for topic in Topic]],
    "role.{}": [[role.value for role in Role]],
    "rights.refused.{}": [["operator", "viewer"]],
    "pairing.late.{}": [["accepted", "refused"]],
    "answer.{}": [["done", "failed", "interrupted"]],
    "state.{}": [[state.value for state in SessionState]],
    "age.{}": [["days", "hours", "minutes", "seconds"]],
    "approval.late.{}": [
        [state.value for state in ApprovalState if state is not ApprovalState.PENDING]
    ],
    "interrupted.{}": [[choice.value for choice in Choice]],
    "interrupted.late.{}": [[choice.value for choice in Choice]],
    "budget.{}.title": [["warning", "used_up", "other_warning", "other_used_up"]],
    "budget.{}.summary": [["warning", "used_up", "other_warning", "other_used_up"]],
    "budget.{}.text": [
        ["warning", "used_up"]
        + [
            f"{effect}_{stage}"
            for effect in ("pause", "stop", "notify", "turn")
            for stage in ("warning", "used_up")
        ]
    ],
    "budget.span.{}": [["turn", "day", "month"]],
    "upload.kind.{}": [[kind.value for kind in MediaKind]],
    "upload.refused.{}": [[why.value for why in Refusal]],
    "schedule.state.{}": [["paused", "revoked", "left"]],
    "question.late.{}": [
        [state.value for state in ApprovalState if state is not ApprovalState.PENDING]
    ],
    "budget.spent.{}": [["turn", "day", "month"]],
    "log.{}": [["prompt", "answer"]],
    "menu.{}": [[item.value for item in Item]],
    "mode.{}": [[mode.value for mode in Mode]],
    "mode.label.{}": [[mode.value for mode in Mode]],
    "retried.{}": [["limited", "overloaded", "unreachable", "fault"]],
    "step.{}": [
        ["prompt", "text", "turn_done", "turn_failed", "turn_stopped", "turn_interrupted"]
    ],
    "quota.{}.title": [["warning", "used_up"]],
    "quota.{}.summary": [["warning", "used_up"]],
    "quota.{}.text": [["warning", "used_up"]],
    "quota.mode.{}": [[mode.value for mode in QuotaMode]],
    "quota.now.{}": [[mode.value for mode in QuotaMode]],
    "quota.about.{}": [["push", "frugal"]],
    "guard.{}": [sorted(RuleBook.standard().rules)],
    "turn.failed.{}": [
        [
            *("error", "unavailable", "auth", "billing", "budget"),
            *("no_conversation", "no_cli", "no_workspace", "no_agent"),
        ],
    ],
}


def catalog(language: Language) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as source:
        return read_po(source, locale=locale_of(language), abort_invalid=True)


def entries(language: Language) -> dict[str, Message]:
    found = {}
    for message in catalog(language):
        key = message.id if isinstance(message.id, str) else message.id[0]
        if key:
            found[key] = message
    return found


def forms(message: Message) -> list[str]:
    """Its text, or each of its plural forms."""
    return (
        [message.string or ""]
        if not isinstance(message.string, tuple | list)
        else [*message.string]
    )


def literals() -> Iterator[str]:
    """Every text in the code that may be a key; what an f-string fills in stands as {}."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    str(part.value) if isinstance(part, ast.Constant) else "{}"
                    for part in node.values
                )


def keys_in_code() -> set[str]:
    """Keys said whole, and those of the families."""
    roots = {key.split(".")[0] for key in entries(Language.ENGLISH)}
    said = {one for one in literals() if one.split(".")[0] in roots}
    found = {one for one in said if KEY.fullmatch(one) or one in {"refusal", "welcome"}}
    found |= {one for one in said if one == "unsupported"}
    for family, parts in FAMILIES.items():
        assert family in said, f"{family} is no longer used"
        found |= {family.format(*chosen) for chosen in product(*parts)}
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_family_of_keys_in_the_code_is_known_here() -> None:
    roots = {key.split(".")[0] for key in entries(Language.ENGLISH)}
    families = {
        one
        for one in literals()
        if "{}" in one and KEY.fullmatch(one.replace("{}", "x")) and one.split(".")[0] in roots
    }
    # Actions of the audit are not for people.
    assert families - {"approval.{}"} == set(FAMILIES)


@pytest.mark.parametrize("language", Language)
def test_every_key_used_has_a_text_and_every_text_is_used(language: Language) -> None:
    # Keys that are also names of something else in the code are no keys of ours.
    known = set(entries(language))
    used = {key for key in keys_in_code() if key in known or not _is_other(key)}

    assert used - known == set()
    assert known - used == set()


def _is_other(name: str) -> bool:
    """Actions of the audit and events of LINE look like keys, too."""
    actions = {"session.ask", "session.start", "session.stop", "session.use"}
    return name in {*AuditAction, *actions, "budget.raise", "turn.choice"}


@pytest.mark.parametrize("language", Language)
def test_no_text_is_empty_or_unsure(language: Language) -> None:
    bad = [
        key
        for key, message in entries(language).items()
        if message.fuzzy or not all(form.strip() for form in forms(message))
    ]
    assert bad == []


@pytest.mark.parametrize("language", Language)
def test_all_languages_fill_in_the_same_facts(language: Language) -> None:
    english, other = entries(Language.ENGLISH), entries(language)
    differing = [
        key
        for key, message in english.items()
        if placeholders("".join(forms(message))) != placeholders("".join(forms(other[key])))
    ]
    assert differing == []


@pytest.mark.parametrize("language", Language)
def test_what_has_plural_forms_has_as_many_as_its_language(language: Language) -> None:
    plural = catalog(language).num_plurals
    wrong = [
        key
        for key, message in entries(language).items()
        if isinstance(message.id, tuple) and len(forms(message)) != plural
    ]
    assert wrong == []


@pytest.mark.parametrize("language", Language)
def test_a_button_s_label_is_shown_whole(language: Language) -> None:
    labels = [key for key in entries(language) if key.startswith("button.")]
    labels += ["approval.allow", "approval.deny"]
    say = texts_in(language)
    shown = [say(key, number=99999) for key in labels]

    assert [one for one in shown if len(regex.findall(r"\X", one)) > LABEL_LIMIT] == []
    assert [cut_to_clusters(one, LABEL_LIMIT) for one in shown] == shown


def test_a_key_without_a_text_is_an_error_not_a_text() -> None:
    say = texts_in(Language.ENGLISH)

    with pytest.raises(KeyError):
        say("no.such.key")
    with pytest.raises(KeyError):
        say.count("no.such.key", 2)


@pytest.mark.parametrize(("n", "text"), [(0, "0 prompts"), (1, "1 prompt"), (2, "2 prompts")])
def test_english_counts_in_two_forms(n: int, text: str) -> None:
    assert texts_in(Language.ENGLISH).count("status.queue", n) == text


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        (Language.ENGLISH, "$1,234.50"),
        (Language.JAPANESE, "$1,234.50"),
        (Language.CHINESE, "US$1,234.50"),
        (Language.THAI, "US$1,234.50"),
    ],
)
def test_us_dollars_are_written_as_the_language_writes_them(
    language: Language, shown: str
) -> None:
    amount = Decimal("1234.5")

    assert texts_in(language).money(amount) == shown
    assert format_currency(amount, "USD", locale=locale_of(language)) == shown


@pytest.mark.parametrize("language", Language)
def test_numbers_are_grouped_as_the_language_groups_them(language: Language) -> None:
    said = texts_in(language)("prompt.too_long", most=12_345_678)

    assert format_decimal(12_345_678, locale=locale_of(language)) in said


@pytest.mark.parametrize("language", Language)
def test_the_plural_forms_are_those_of_the_language(language: Language) -> None:
    found = catalog(language)
    named = Catalog(locale=locale_of(language))

    assert (found.num_plurals, found.plural_expr) == (named.num_plurals, named.plural_expr)


def test_what_a_person_wrote_is_filled_in_as_it_is() -> None:
    said = "{braces} %s \\n {0}"

    assert said in texts_in(Language.ENGLISH)("session.unknown", reference=said)


@pytest.mark.parametrize("language", Language)
def test_every_command_has_its_help(language: Language) -> None:
    core = Core()
    say = texts_in(language)
    for command in core.router.registry:
        for part in ("usage", "short", "long"):
            assert say(f"help.{command.name}.{part}")
        assert say(f"help.{command.name}.usage").startswith(f"/{command.name}")
