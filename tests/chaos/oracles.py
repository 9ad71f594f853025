"""What must hold after every run, whatever was killed. Pure: they read the record and complain."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise

from tests.chaos.books import TurnRow
from tests.chaos.evidence import KINDS, Evidence, Prompt, key_of
from tests.chaos.model import Call, answer_to
from tests.chaos.plan import VALKEY, Kind
from tests.chaos.reading import (
    NOWHERE,
    answered,
    came_again,
    chosen,
    is_report,
    lines_of,
    place,
    span,
    stopped,
    surely_before,
    undelivered,
)

MOST_RECOVERY_SECONDS = 20.0

#: Of these texts there are no more than were asked for, by the beginning of their keys.
COUNTED = ("stop", "use", "approval.late", "prompt", "interrupted")

Oracle = Callable[[Evidence], Iterator[str]]


def every_prompt_is_answered_or_reported_once(evidence: Evidence) -> Iterator[str]:
    for prompt in evidence.prompts:
        yield from _missing_lines(evidence, prompt)
    for chat in evidence.chats():
        taken = [one for one in evidence.prompts if one.chat == chat and one.taken is not None]
        silent = [
            one for one in taken if not answered(evidence, one) and not stopped(evidence, one)
        ]
        owed = [one for one in silent if not undelivered(evidence, one)]
        reports = [s for s in evidence.shown if s.chat == chat and is_report(s)]
        most = len(silent) + chosen(evidence, chat) + evidence.resent(chat)
        if not len(owed) <= len(reports) <= most:
            names = ", ".join(one.marker for one in owed) or "none"
            yield f"{len(reports)} reports in a chat whose unanswered prompts are: {names}"


def no_message_is_seen_twice(evidence: Evidence) -> Iterator[str]:
    for prompt in evidence.prompts:
        lines = Counter(lines_of(evidence, prompt.marker))
        most = 1 + evidence.resent(prompt.chat, prompt.marker)
        twice = [line for line, times in lines.items() if times > most]
        if twice:
            yield f"the answer to {prompt.marker} was shown twice ({len(twice)} lines)"
    calls = defaultdict(set)
    for shown in evidence.shown:
        if shown.retry_key is not None:
            calls[shown.retry_key].add(shown.request_id)
    yield from (f"two calls under retry key {key}" for key, ids in calls.items() if len(ids) > 1)
    yield from _words_beyond_need(evidence)


def a_session_s_prompts_keep_their_order(evidence: Evidence) -> Iterator[str]:
    """One that LINE had got a 200 for before the next was said comes before it."""
    #: At the first of a prompt's calls.
    began = {call.marker: call.began for call in reversed(evidence.calls)}
    shown = {prompt.marker: place(evidence, prompt) for prompt in evidence.prompts}
    for earlier, later in combinations(evidence.prompts, 2):
        if earlier.chat != later.chat or not surely_before(earlier, later):
            continue
        if came_again(evidence, earlier):
            continue
        first, second = earlier.marker, later.marker
        if began.get(first, 0) > began.get(second, float("inf")):
            yield f"the model was asked {second} before {first}"
        if shown[first] > shown[second] > NOWHERE:
            yield f"the answer to {second} was shown before that to {first}"


def a_session_has_one_run_at_a_time(evidence: Evidence) -> Iterator[str]:
    runs: defaultdict[str, defaultdict[str, list[Call]]] = defaultdict(lambda: defaultdict(list))
    chats = {prompt.marker: prompt.chat for prompt in evidence.prompts}
    for call in evidence.calls:
        runs[chats.get(call.marker, "")][call.run].append(call)
    for by_run in runs.values():
        spans = sorted(span(calls) for calls in by_run.values())
        for (_, end, marker), (start, _, other) in pairwise(spans):
            if start < end:
                yield f"the run of {other} began {end - start:.3f} s before that of {marker} ended"


def no_prompt_reaches_the_model_twice(evidence: Evidence) -> Iterator[str]:
    runs = defaultdict(set)
    for call in evidence.calls:
        if call.first:
            runs[call.marker].add(call.run)
    for marker, ids in runs.items():
        if len(ids) > max(1, len(evidence.turns_of(marker))):
            yield f"{marker} was run {len(ids)} times"
    for chat in evidence.chats():
        if chosen(evidence, chat) > evidence.commands.get((chat, "interrupted"), 0):
            yield "more prompts were run again than a person has asked for"


def no_effect_happens_twice(evidence: Evidence) -> Iterator[str]:
    times = Counter(evidence.effects)
    for marker, n in times.items():
        if n > max(1, len(evidence.turns_of(marker))):
            yield f"the tool of {marker} ran {n} times"
    refused = {one.marker for one in evidence.plan.prompts if not one.allow}
    yield from (f"the tool of {marker} ran though denied" for marker in refused & times.keys())


def a_conversation_goes_on(evidence: Evidence) -> Iterator[str]:
    """What was answered before is known to the next run of the session."""
    turns = {turn.marker: turn for turn in reversed(evidence.books.turns)}
    told = {prompt.marker for prompt in evidence.prompts if answered(evidence, prompt)}
    ends = {call.marker: call.ended or 0.0 for call in evidence.calls if call.usd is not None}
    for call in evidence.calls:
        for marker in told & ends.keys():
            same = call.marker in turns and turns[marker].session == turns[call.marker].session
            if same and ends[marker] < call.began and marker not in {*call.earlier, call.marker}:
                yield f"the run of {call.marker} did not know of {marker}"


def the_books_hold_every_reported_call_once(evidence: Evidence) -> Iterator[str]:
    entries = Counter(one.turn_id for one in evidence.books.costs)
    for prompt in evidence.prompts:
        turns = evidence.turns_of(prompt.marker)
        times = sum(entries[turn.id] for turn in turns)
        if not answered(evidence, prompt):
            continue
        if not 1 <= times <= len(turns):
            yield f"{prompt.marker} was answered and is {times} times in the books"
        elif len(turns) == 1:
            yield from _cheaper_than_billed(evidence, turns[0])
    yield from _sums_that_differ(evidence)


def all_comes_to_rest(evidence: Evidence) -> Iterator[str]:
    yield from (f"{count} {what} never settled" for what, count in evidence.unfinished.items())


def nothing_is_left_running(evidence: Evidence) -> Iterator[str]:
    yield from (f"process {pid} ({name}) lived on" for pid, name in evidence.left.items())


def every_process_ends_as_told(evidence: Evidence) -> Iterator[str]:
    for name, status in evidence.exits.items():
        if status is None:
            yield f"{name} ended by itself"
        elif status != 0:
            yield f"{name} ended with status {status}"


def a_killed_worker_s_sessions_go_on_soon(evidence: Evidence) -> Iterator[str]:
    for seconds in evidence.recoveries:
        if seconds > MOST_RECOVERY_SECONDS:
            yield f"a session went on only after {seconds:.1f} s"


def what_the_model_never_saw_has_not_failed(evidence: Evidence) -> Iterator[str]:
    """It is begun again by itself: nobody need send it again."""
    asked = {call.marker for call in evidence.calls}
    for turn in evidence.books.turns:
        if turn.state == "failed" and turn.marker not in asked:
            yield f"{turn.marker} failed though the model was never asked"


def without_a_blow_all_is_answered(evidence: Evidence) -> Iterator[str]:
    """Redis, LINE and copies of events are no excuse for a turn."""
    if any(fault.target not in {"line", VALKEY} for fault in evidence.plan.faults):
        return
    for turn in evidence.books.turns:
        if turn.state in {"failed", "interrupted"}:
            yield f"{turn.marker} {turn.state} though no process was touched"


ORACLES: tuple[Oracle, ...] = (
    every_prompt_is_answered_or_reported_once,
    no_message_is_seen_twice,
    a_session_s_prompts_keep_their_order,
    a_session_has_one_run_at_a_time,
    no_prompt_reaches_the_model_twice,
    no_effect_happens_twice,
    a_conversation_goes_on,
    the_books_hold_every_reported_call_once,
    all_comes_to_rest,
    nothing_is_left_running,
    every_process_ends_as_told,
    a_killed_worker_s_sessions_go_on_soon,
    what_the_model_never_saw_has_not_failed,
    without_a_blow_all_is_answered,
)


def violations(evidence: Evidence) -> list[str]:
    return [
        f"{oracle.__name__.replace('_', ' ')}: {complaint}"
        for oracle in ORACLES
        for complaint in oracle(evidence)
    ]


def _missing_lines(evidence: Evidence, prompt: Prompt) -> Iterator[str]:
    """Of an answer of many pages: the first is shown, the rest is there to be read."""
    if prompt.kind is not Kind.LONG or not answered(evidence, prompt):
        return
    there = {int(line) for line in lines_of(evidence, prompt.marker)}
    if there != set(range(len(there))):
        yield f"the answer to {prompt.marker} has {len(there)} lines with gaps between"
    kept = [evidence.books.answers.get(turn.id) for turn in evidence.turns_of(prompt.marker)]
    if answer_to(prompt.marker, Kind.LONG) not in kept:
        yield f"the answer to {prompt.marker} is not kept whole"


def _cheaper_than_billed(evidence: Evidence, turn: TurnRow) -> Iterator[str]:
    price = sum(call.usd or 0 for call in evidence.calls if call.marker == turn.marker)
    booked = sum(one.usd for one in evidence.books.costs if one.turn_id == turn.id)
    if booked < price:
        yield f"{turn.marker} cost {price} and is booked as {booked}"


def _words_beyond_need(evidence: Evidence) -> Iterator[str]:
    """More confirmations than there were commands, more cards than tools."""
    said = Counter((one.chat, _group(key_of(one.text))) for one in evidence.shown)
    prompts = Counter(prompt.chat for prompt in evidence.prompts)
    for (chat, group), times in said.items():
        most = evidence.commands.get((chat, group), 0)
        if group == "prompt":
            most = prompts[chat]
        most += evidence.resent(chat)
        if group in COUNTED and times > most:
            yield f"{times} messages of the kind {group!r} in a chat where {most} are due"
    for prompt in evidence.prompts:
        cards = [s for s in evidence.shown if f"echo {prompt.marker} >> " in s.text]
        turns = len(evidence.turns_of(prompt.marker))
        if len(cards) > max(1, turns) + evidence.resent(prompt.chat):
            yield f"{len(cards)} cards for the tool of {prompt.marker}"


def _group(key: str | None) -> str:
    return next((kind.rstrip(".") for kind in KINDS if (key or "").startswith(kind)), "")


def _sums_that_differ(evidence: Evidence) -> Iterator[str]:
    """No more is booked than was billed, and no less than was reported."""
    told = {prompt.marker for prompt in evidence.prompts if answered(evidence, prompt)}
    #: A prompt that was run again was answered by its last run.
    last = {call.marker: call.run for call in evidence.calls}
    for session in {turn.session for turn in evidence.books.turns}:
        turns = {turn.id: turn for turn in evidence.books.turns if turn.session == session}
        markers = {turn.marker for turn in turns.values()}
        booked = sum(one.usd for one in evidence.books.costs if one.turn_id in turns)
        calls = [call for call in evidence.calls if call.marker in markers]
        most = sum(call.usd or 0 for call in calls)
        least = sum(
            call.usd or 0
            for call in calls
            if call.marker in told and call.run == last[call.marker]
        )
        whole = all(turn.state == "done" for turn in turns.values())
        if not least <= booked <= most or (whole and booked != most):
            yield f"{booked} booked for a session that was billed {most}, {least} of it reported"
