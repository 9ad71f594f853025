"""Each oracle says nothing of a sound record, and complains of the one wrong it is there for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator_core.model import Language
from orchestrator_core.texts import texts_in
from tests.chaos import oracles
from tests.chaos.books import Books, CostRow, DeliveryRow, TurnRow
from tests.chaos.evidence import Evidence, Prompt, Shown
from tests.chaos.model import Call, answer_to
from tests.chaos.plan import (
    ONE,
    Blow,
    ChatPlan,
    FaultPlan,
    Kind,
    Plan,
    Progress,
    PromptPlan,
    Topology,
    When,
)

PRICE = Decimal("0.0006")
CARD = "Claude asks\necho s1p1 >> effects.txt"
SAY = texts_in(Language.ENGLISH)
INTERRUPTED = SAY("turn.interrupted")
QUESTION = SAY("approval.not_whitelisted") + "\n" + SAY.count("approval.text", 1)


Change = Callable[[Evidence], Evidence]


def planned(marker: str, kind: Kind = Kind.SAY, *, allow: bool = True) -> PromptPlan:
    return PromptPlan(marker=marker, kind=kind, pause=0, think=0, allow=allow)


def sound() -> Evidence:
    """One chat: two prompts, both answered, the second after the first had been taken."""
    prompts = (planned("s1p1"), planned("s1p2"))
    return Evidence(
        plan=Plan(
            seed=0,
            topology=Topology.SMALL,
            real_cli=False,
            lease_seconds=1,
            hang_seconds=1,
            chats=(ChatPlan(name="haru", prompts=prompts),),
            faults=(),
        ),
        prompts=tuple(
            Prompt(marker=one.marker, chat="C", kind=Kind.SAY, said=10 * n, taken=10 * n + 1)
            for n, one in enumerate(prompts)
        ),
        shown=tuple(
            Shown(chat="C", seq=10 * n + 5, text=answer_to(one.marker, Kind.SAY))
            for n, one in enumerate(prompts)
        ),
        calls=(call("s1p1", 1, 2), call("s1p2", 3, 4, "s1p1")),
        books=Books(
            turns=tuple(
                TurnRow(id=n, session="S", marker=one.marker, state="done", runs=1)
                for n, one in enumerate(prompts)
            ),
            costs=(CostRow(turn_id=0, usd=PRICE), CostRow(turn_id=1, usd=PRICE)),
        ),
        exits={"denrei": 0},
        recoveries=(2.0,),
    )


def call(
    marker: str, began: float, ended: float, *earlier: str, run: str = "", first: bool = True
) -> Call:
    return Call(
        marker=marker,
        run=run or f"run of {marker}",
        first=first,
        earlier=earlier,
        began=began,
        ended=ended,
        usd=PRICE,
    )


def told(text: str) -> Change:
    """It also said this, at the end."""
    return lambda evidence: replace(
        evidence, shown=(*evidence.shown, Shown(chat="C", seq=99, text=text))
    )


def without_answer(evidence: Evidence, state: str = "interrupted") -> Evidence:
    """The second prompt was never answered."""
    turns = (evidence.books.turns[0], replace(evidence.books.turns[1], state=state))
    books = replace(evidence.books, turns=turns, costs=evidence.books.costs[:1])
    return replace(evidence, shown=evidence.shown[:1], books=books)


def stopped(evidence: Evidence) -> Evidence:
    return replace(without_answer(evidence, "stopped"), commands={("C", "stop"): 1})


def unconfirmed(evidence: Evidence) -> Evidence:
    lost = DeliveryRow(chat="C", state="unconfirmed", turn_id=1)
    return replace(evidence, books=replace(evidence.books, deliveries=(lost,)))


def denied(evidence: Evidence) -> Evidence:
    prompts = (planned("s1p1", Kind.TOOL, allow=False), planned("s1p2"))
    chats = (ChatPlan(name="haru", prompts=prompts),)
    return replace(evidence, plan=replace(evidence.plan, chats=chats), effects=("s1p1",))


def booked(evidence: Evidence, *amounts: Decimal) -> Evidence:
    """What stands in the books for the first prompt."""
    costs = (*(CostRow(turn_id=0, usd=usd) for usd in amounts), evidence.books.costs[1])
    return replace(evidence, books=replace(evidence.books, costs=costs))


def sent_again(evidence: Evidence) -> Evidence:
    """As the person wished: the answer to the second prompt and a confirmation."""
    again = (
        DeliveryRow(chat="C", state="resent", turn_id=1),
        DeliveryRow(chat="C", state="resent", turn_id=None),
    )
    changed = replace(evidence, books=replace(evidence.books, deliveries=again))
    return told(answer_to("s1p2", Kind.SAY))(told("You are now in #1.")(changed))


def run_again(evidence: Evidence) -> Evidence:
    """The first prompt was interrupted, and answered when the person had it run again."""
    first, second = evidence.books.turns
    again = replace(first, id=9)
    turns = (replace(first, state="interrupted"), second, again)
    books = Books(turns=turns, costs=(evidence.books.costs[1], CostRow(turn_id=9, usd=PRICE)))
    calls = (*evidence.calls[1:], call("s1p1", 5, 6, "s1p1", "s1p2", run="the second"))
    killed = call("s1p1", 1, 2, run="the first")
    answer = replace(evidence.shown[0], seq=30)
    report, card = (Shown(chat="C", seq=12, text=text) for text in (INTERRUPTED, CARD))
    return replace(
        evidence,
        books=books,
        calls=(killed, *calls),
        shown=(report, card, card, evidence.shown[1], answer),
        commands={("C", "interrupted"): 1},
        effects=("s1p1", "s1p1"),
    )


def first_sent_again(evidence: Evidence) -> Evidence:
    again = (DeliveryRow(chat="C", state="resent", turn_id=0),)
    return replace(evidence, books=replace(evidence.books, deliveries=again))


def shown_backwards(evidence: Evidence) -> Evidence:
    messages = (replace(one, seq=99 - one.seq) for one in reversed(evidence.shown))
    return replace(evidence, shown=tuple(messages))


@pytest.mark.parametrize(
    "change",
    [
        lambda e: e,
        sent_again,
        run_again,
        lambda e: shown_backwards(first_sent_again(e)),
        lambda e: told(INTERRUPTED)(without_answer(e)),
        stopped,
        lambda e: unconfirmed(without_answer(e)),
        # It may have come although nobody knows.
        lambda e: told(INTERRUPTED)(unconfirmed(without_answer(e))),
        told("Did this reach you?"),
        told(QUESTION),
    ],
)
def test_a_sound_record_is_not_complained_of(change: Change) -> None:
    kill = FaultPlan(
        blow=Blow.KILL, target=ONE, when=When(progress=Progress.TOLD, count=1, delay=0)
    )
    changed = change(sound())
    excused = replace(changed, plan=replace(changed.plan, faults=(kill,)))

    assert oracles.violations(excused) == []


def calls_of(*calls: Call) -> Change:
    return lambda evidence: replace(evidence, calls=calls)


def called_under_one_key(evidence: Evidence) -> Evidence:
    calls = (replace(one, retry_key="K", request_id=str(one.seq)) for one in evidence.shown)
    return replace(evidence, shown=tuple(calls))


def stopped_afterwards(evidence: Evidence) -> Evidence:
    prompts = (replace(one, after_stop=True) for one in evidence.prompts)
    return replace(stopped(evidence), prompts=tuple(prompts))


def never_asked(evidence: Evidence) -> Evidence:
    return replace(without_answer(evidence, "failed"), calls=evidence.calls[:1])


def run_twice(evidence: Evidence) -> Evidence:
    return replace(evidence, calls=(*evidence.calls, call("s1p1", 8, 9, run="another")))


ONCE = oracles.every_prompt_is_answered_or_reported_once
TWICE = oracles.no_message_is_seen_twice
ORDER = oracles.a_session_s_prompts_keep_their_order
BOOKS = oracles.the_books_hold_every_reported_call_once

BROKEN: list[tuple[oracles.Oracle, Change]] = [
    (ONCE, without_answer),
    (ONCE, told(INTERRUPTED)),
    (ONCE, lambda e: told(INTERRUPTED)(told(INTERRUPTED)(without_answer(e)))),
    (ONCE, stopped_afterwards),
    (TWICE, told(answer_to("s1p1", Kind.SAY))),
    (TWICE, told("You are now in #1.")),
    (TWICE, called_under_one_key),
    (TWICE, lambda e: told(CARD)(told(CARD)(e))),
    (TWICE, lambda e: told(answer_to("s1p1", Kind.SAY))(sent_again(e))),
    (TWICE, lambda e: told(answer_to("s1p2", Kind.SAY))(sent_again(e))),
    (ORDER, calls_of(call("s1p1", 3, 4), call("s1p2", 1, 2))),
    (ORDER, shown_backwards),
    (
        oracles.a_session_has_one_run_at_a_time,
        calls_of(call("s1p1", 1, 3.5), call("s1p2", 3, 4)),
    ),
    (oracles.no_prompt_reaches_the_model_twice, run_twice),
    (
        oracles.no_prompt_reaches_the_model_twice,
        lambda e: replace(run_again(e), commands={}),
    ),
    (oracles.no_prompt_reaches_the_model_twice, lambda e: run_twice(run_again(e))),
    (oracles.no_effect_happens_twice, lambda e: replace(e, effects=("s1p1", "s1p1"))),
    (oracles.no_effect_happens_twice, denied),
    (oracles.a_conversation_goes_on, calls_of(call("s1p1", 1, 2), call("s1p2", 3, 4))),
    (BOOKS, booked),
    (BOOKS, lambda e: booked(e, PRICE, PRICE)),
    (BOOKS, lambda e: booked(e, PRICE / 2)),
    (BOOKS, lambda e: booked(e, PRICE * 2)),
    (oracles.all_comes_to_rest, lambda e: replace(e, unfinished={"turns": 1})),
    (oracles.nothing_is_left_running, lambda e: replace(e, left={4711: "sleep"})),
    (oracles.every_process_ends_as_told, lambda e: replace(e, exits={"denrei": None})),
    (oracles.every_process_ends_as_told, lambda e: replace(e, exits={"denrei": 1})),
    (oracles.a_killed_worker_s_sessions_go_on_soon, lambda e: replace(e, recoveries=(1, 20.5))),
    (oracles.what_the_model_never_saw_has_not_failed, never_asked),
    (oracles.without_a_blow_all_is_answered, without_answer),
]


@pytest.mark.parametrize(("oracle", "change"), BROKEN)
def test_a_broken_record_is_complained_of(oracle: oracles.Oracle, change: Change) -> None:
    assert list(oracle(change(sound()))) != []


def test_every_oracle_is_asked_and_can_complain() -> None:
    assert set(oracles.ORACLES) == {oracle for oracle, _ in BROKEN}


def test_a_long_answer_is_shown_without_gaps_and_kept_whole() -> None:
    text = answer_to("s1p1", Kind.LONG)
    lines = text.splitlines()
    whole = sound()
    prompts = (replace(whole.prompts[0], kind=Kind.LONG), whole.prompts[1])
    page = Shown(chat="C", seq=5, text="\n".join(lines[:19]))
    good = replace(
        whole,
        prompts=prompts,
        shown=(page, whole.shown[1]),
        books=replace(whole.books, answers={0: text}),
    )
    gap = replace(page, text="\n".join([*lines[:5], *lines[6:19]]))
    with_gap = replace(good, shown=(gap, whole.shown[1]))
    cut = replace(good, books=replace(good.books, answers={0: "\n".join(lines[:19])}))

    complaints = [
        len(list(oracles.every_prompt_is_answered_or_reported_once(one)))
        for one in (good, with_gap, cut)
    ]
    assert complaints == [0, 1, 1]
