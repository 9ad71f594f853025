"""What stands in the record of a run: the questions that several oracles ask of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.chaos.evidence import Evidence, Prompt, Shown, key_of
from tests.chaos.model import Call

#: Where an answer stands that was not shown.
NOWHERE = -1

_LINE = re.compile(r"answer to (s\d+p\d+), line (\d+):")
#: What tells a person that a prompt was not answered.
_REPORT = "turn."


def answered(evidence: Evidence, prompt: Prompt) -> bool:
    return next(lines_of(evidence, prompt.marker), None) is not None


def lines_of(evidence: Evidence, marker: str) -> Iterator[str]:
    for shown in evidence.shown:
        if f"answer to {marker}." in shown.text:
            yield ""
        yield from (n for found, n in _LINE.findall(shown.text) if found == marker)


def stopped(evidence: Evidence, prompt: Prompt) -> bool:
    was_told = evidence.commands.get((prompt.chat, "stop"), 0) > 0
    states = {turn.state for turn in evidence.turns_of(prompt.marker)[-1:]}
    return was_told and not prompt.after_stop and states <= {"stopped", "held"} and states != set()


def undelivered(evidence: Evidence, prompt: Prompt) -> bool:
    return any(evidence.undelivered(turn) for turn in evidence.turns_of(prompt.marker))


def chosen(evidence: Evidence, chat: str) -> int:
    """How many turns a person's choice has begun."""
    markers = {prompt.marker for prompt in evidence.prompts if prompt.chat == chat}
    turns = [turn for turn in evidence.books.turns if turn.marker in markers]
    return len(turns) - len({turn.marker for turn in turns})


def is_report(shown: Shown) -> bool:
    key = key_of(shown.text)
    return key is not None and key.startswith(_REPORT) and "answer to" not in shown.text


def surely_before(earlier: Prompt, later: Prompt) -> bool:
    return earlier.taken is not None and earlier.taken < later.said


def place(evidence: Evidence, prompt: Prompt) -> int:
    wanted = re.compile(rf"answer to {prompt.marker}\b")
    return next((shown.seq for shown in evidence.shown if wanted.search(shown.text)), NOWHERE)


def came_again(evidence: Evidence, prompt: Prompt) -> bool:
    """Run or sent once more on a person's wish, it comes when that is carried out."""
    sent_again = evidence.resent(prompt.chat, prompt.marker) > 0
    return sent_again or len(evidence.turns_of(prompt.marker)) > 1


def span(calls: list[Call]) -> tuple[float, float, str]:
    ends = [call.began if call.ended is None else call.ended for call in calls]
    return min(call.began for call in calls), max(ends), calls[0].marker
