"""How a tool call is shown to the person who is asked: what it would do, why it was stopped,
where. Reads no file but the one a call wants to overwrite.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from pathlib import Path

from orchestrator_core.guard import Judgement, Outcome, reason
from orchestrator_core.messages import ApprovalTap, Button, Card, Fact, WholeCallTap
from orchestrator_core.model import CLAUDES_OWN, Approval, JsonObject, Ruling, Session
from orchestrator_core.texts import Texts
from orchestrator_core.tool_rules import path_of
from orchestrator_core.tool_scopes import scope_of

#: What is longer is shown in part, with a button that shows all of it: the rest would be many
#: messages, each of which may count against a quota.
SHOWN_CHARACTERS = 4000
_BEGINNING = 1200
_BEGINNING_LINES = 30
_MOST_COMPARED_BYTES = 200_000
_MOST_COMPARED_LINES = 1000


def approval_card(
    approval: Approval, session: Session, say: Texts, *, code: str, whole: bool = False
) -> Card:
    """`code` is what `describe` makes of the call; unless it is to be shown `whole`, a long one
    is cut and gets a button that shows the rest."""
    waits = approval.expires_at - approval.created_at
    minutes = max(1, round(waits.total_seconds() / 60))
    shown, is_cut = (code, False) if whole else _beginning(code)
    text = [why_stopped(approval, say), say.count("approval.text", minutes)]
    if approval.second_person:
        text.insert(1, say("approval.two_people"))
    if is_cut:
        text.append(say("approval.cut", shown=len(shown), all=len(code)))
    return Card(
        title=say("approval.title", tool=approval.tool),
        summary=say("approval.summary", tool=approval.tool, number=session.number),
        text="\n".join(text),
        facts=tuple(_facts(approval, session, say)),
        code=shown,
        buttons=tuple(_buttons(approval, say, is_cut=is_cut)),
    )


def why_stopped(approval: Approval, say: Texts) -> str:
    """In the person's language, with what of the call met the rule."""
    if approval.rule is None:
        return say("approval.not_whitelisted")
    told = rule_told(approval, say)
    # On one line, or another of it could pass for words of ours.
    why = " ".join(approval.why.split())
    return say("approval.stopped", reason=told, why=why) if why else told


def rule_told(stopped: Approval | Ruling, say: Texts) -> str:
    """What the rule that was met is about, in the person's language."""
    if stopped.rule == CLAUDES_OWN:
        return say("approval.claude_asks")
    judged = Judgement(outcome=Outcome.ASK, rule=stopped.rule, why=stopped.why, said=stopped.said)
    try:
        return reason(judged, say)
    except KeyError:
        # A rule that was there when the call was stopped and is not any more.
        return stopped.rule or ""


def describe(approval: Approval) -> str:
    """As `describe_call`; of a file that is to be overwritten, what would change in it."""
    if approval.tool == "Write" and approval.cwd:
        changes = _changes_of_writing(approval.tool_input, Path(approval.cwd))
        if changes:
            return changes
    return describe_call(approval.tool, approval.tool_input)


def describe_call(tool: str, tool_input: JsonObject) -> str:
    """What the call would do, whole: a command's text or an edit's lines first, then every other
    argument by name. What is short comes before what would push it off the card."""
    command = tool_input.get("command")
    if tool == "Edit" and (changes := _changes_of_edit(tool_input)):
        return changes
    if tool != "Bash" or not isinstance(command, str):
        return _by_name(tool_input)
    # Claude's description of a command is only its word for it.
    rest = {name: tool_input[name] for name in tool_input.keys() - {"command", "description"}}
    parts = [command, _by_name(rest)] if rest else [command]
    return "\n\n".join(sorted(parts, key=lambda one: len(one) > _BEGINNING // 4))


def _beginning(code: str) -> tuple[str, bool]:
    if len(code) <= SHOWN_CHARACTERS:
        return code, False
    lines = code[:_BEGINNING].split("\n")
    # A line that is cut is left out, unless it is all there is.
    return "\n".join(lines[: max(1, min(len(lines) - 1, _BEGINNING_LINES))]) + "\n…", True


def _facts(approval: Approval, session: Session, say: Texts) -> Iterator[Fact]:
    yield Fact(label=say("fact.session"), value=session.label)
    yield Fact(label=say("fact.directory"), value=approval.cwd or session.workspace)
    if approval.rule is not None:
        yield Fact(label=say("fact.rule"), value=approval.rule)
    if not approval.second_person:
        scope = scope_of(approval.tool, approval.tool_input, rule=approval.rule, cwd=approval.cwd)
        value = scope.text if scope.is_wider else say("approval.this_call")
        yield Fact(label=say("fact.for_session"), value=value)


def _buttons(approval: Approval, say: Texts, *, is_cut: bool) -> Iterator[Button]:
    if is_cut:
        tap = WholeCallTap(approval_id=approval.id, nonce=approval.nonce)
        yield Button(label=say("approval.show_all"), tap=tap)
    yield Button(label=say("approval.allow"), tap=_tap(approval, allow=True), primary=True)
    if not approval.second_person:
        session_tap = _tap(approval, allow=True, more=True)
        yield Button(label=say("approval.allow_session"), tap=session_tap)
    yield Button(label=say("approval.deny"), tap=_tap(approval, allow=False))
    why_tap = _tap(approval, allow=False, more=True)
    yield Button(label=say("approval.deny_saying_why"), tap=why_tap)


def _tap(approval: Approval, *, allow: bool, more: bool = False) -> ApprovalTap:
    return ApprovalTap(approval_id=approval.id, nonce=approval.nonce, allow=allow, more=more)


def _changes_of_edit(tool_input: JsonObject) -> str:
    """Empty for an input of another shape."""
    known = {"file_path", "old_string", "new_string", "replace_all"}
    old, new = tool_input.get("old_string"), tool_input.get("new_string")
    if not (tool_input.keys() <= known and isinstance(old, str) and isinstance(new, str)):
        return ""
    head = str(tool_input.get("file_path", ""))
    if tool_input.get("replace_all"):
        head += "\nreplace_all: true"
    changes = _diff(old, new)
    return f"{head}\n{changes}" if changes else ""


def _changes_of_writing(tool_input: JsonObject, cwd: Path) -> str:
    """Empty when there is nothing yet to compare with."""
    path, new = path_of("Write", tool_input, cwd), tool_input.get("content")
    if path is None or not isinstance(new, str) or tool_input.keys() != {"file_path", "content"}:
        return ""
    try:
        # A pipe of that name would never end.
        if not path.is_file() or path.stat().st_size > _MOST_COMPARED_BYTES:
            return ""
        changes = _diff(path.read_bytes().decode("utf-8"), new)
    except (OSError, UnicodeDecodeError):
        return ""
    return f"{tool_input['file_path']}\n{changes}" if changes else ""


def _diff(old: str, new: str) -> str:
    """Empty when comparing would take long, or would show nothing."""
    # Not splitlines: it would swallow characters that look like the end of a line and are none.
    before, after = old.split("\n"), new.split("\n")
    if max(len(before), len(after)) > _MOST_COMPARED_LINES:
        return ""
    # The first two lines would name two files.
    shown = [*difflib.unified_diff(before, after, lineterm="", n=2)][2:]
    # What follows the last end of a line is no line.
    return "\n".join(shown[:-1] if shown and shown[-1] == " " else shown)


def _by_name(arguments: JsonObject) -> str:
    told = [_argument(name, value) for name, value in arguments.items()]
    return "\n".join(sorted(told, key=lambda one: "\n" in one or len(one) > _BEGINNING // 4))


def _argument(name: str, value: object) -> str:
    """Lines of a text are set in, or one of them could pass for another argument."""
    shown = name if name.isidentifier() else json.dumps(name, ensure_ascii=False)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if "\n" not in text:
        return f"{shown}: {text}"
    return "\n".join([f"{shown}:", *(f"  {line}" for line in text.split("\n"))])
