"""The runs of a prompt are told apart by the model's record alone, and judged by what it says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from bot.simulator.model_replies import Say, UseTool
from bot.simulator.model_request import read_request
from tests.chaos import oracles
from tests.chaos.books import CostRow
from tests.chaos.evidence import Evidence
from tests.chaos.model import Call, ChaosModel
from tests.chaos.plan import ONE, Blow, ChatPlan, FaultPlan, Kind, Plan, Progress, When
from tests.chaos.test_oracles import planned, run_again, sound
from tests.harness import Json

KILL = FaultPlan(blow=Blow.KILL, target=ONE, when=When(progress=Progress.ASKED, count=1, delay=0))


@dataclass(slots=True)
class Claude:
    """The calls of a Claude Code, and of another that takes up its conversation."""

    model: ChaosModel
    messages: list[Json] = field(default_factory=list)

    def resumed(self) -> Claude:
        """By another process; this one may live on."""
        return Claude(self.model, list(self.messages))

    async def prompt(self, marker: str) -> UseTool | Say:
        self.messages.append({"role": "user", "content": f"{marker}, please"})
        return await self._ask()

    async def result_of(self, asked: UseTool | Say) -> UseTool | Say:
        assert isinstance(asked, UseTool)
        result = {"type": "tool_result", "tool_use_id": asked.call_id, "content": "done"}
        self.messages.append({"role": "user", "content": [result]})
        return await self._ask()

    async def _ask(self) -> UseTool | Say:
        body = {"model": "m", "tools": [{"name": "Bash"}], "messages": self.messages}
        request = read_request(json.dumps(body).encode(), session_id="always the same")
        reply = await self.model.reply(request)
        assert isinstance(reply, UseTool | Say)
        assert reply.usage is not None
        self.model.billed(request, reply.usage)
        block: Json = {"type": "text", "text": "an answer"}
        if isinstance(reply, UseTool):
            block = {"type": "tool_use", "id": reply.call_id, "name": reply.tool, "input": {}}
        self.messages.append({"role": "assistant", "content": [block]})
        return reply


def claude() -> Claude:
    """The model asks for a tool at the first prompt, and for none at the second."""
    return Claude(ChaosModel(plan_of_two(), on_call=lambda: None))


def plan_of_two() -> Plan:
    prompts = (planned("s1p1", Kind.TOOL), planned("s1p2"))
    chats = (ChatPlan(name="haru", prompts=prompts),)
    return replace(sound().plan, chats=chats, faults=(KILL,))


async def killed_before_the_report() -> ChaosModel:
    """All was answered; of the first prompt's two runs only the second came to be reported."""
    killed = claude()
    await killed.result_of(await killed.prompt("s1p1"))
    after = killed.resumed()
    await after.prompt("s1p2")
    await after.result_of(await after.prompt("s1p1"))
    return after.model


def recorded(model: ChaosModel, evidence: Evidence, **reported: int) -> Evidence:
    """With the costs of these calls' runs in the books: `s1p2=2` is that of the third's."""
    calls = tuple(model.calls)
    turns = {turn.marker: turn.id for turn in evidence.books.turns}
    costs = tuple(
        CostRow(turn_id=turns[marker], usd=cost_of(calls, calls[index].run))
        for marker, index in reported.items()
    )
    books = replace(evidence.books, costs=costs)
    return replace(evidence, plan=plan_of_two(), calls=calls, books=books)


def cost_of(calls: Iterable[Call], run: str) -> Decimal:
    return sum((call.usd or Decimal(0) for call in calls if call.run == run), Decimal(0))


async def test_a_call_goes_on_with_the_run_that_had_asked_for_its_tool() -> None:
    model = await killed_before_the_report()

    first, first_too, other, second, second_too = (call.run for call in model.calls)
    assert (first, second) == (first_too, second_too)
    assert len({first, other, second}) == 3


async def test_a_run_that_was_killed_before_its_report_and_run_again_is_sound() -> None:
    evidence = recorded(await killed_before_the_report(), run_again(sound()), s1p2=2, s1p1=3)

    assert oracles.violations(evidence) == []


async def test_a_run_that_was_reported_is_missed_in_the_books_though_another_was_not() -> None:
    evidence = recorded(await killed_before_the_report(), run_again(sound()), s1p2=2)

    assert list(oracles.the_books_hold_every_reported_call_once(evidence)) != []


async def test_the_cost_of_a_run_that_was_not_reported_does_not_stand_in_for_one_that_was() -> (
    None
):
    evidence = recorded(await killed_before_the_report(), run_again(sound()), s1p2=2, s1p1=0)

    assert list(oracles.the_books_hold_every_reported_call_once(evidence)) != []


async def test_a_run_again_that_begins_before_the_killed_one_has_ended_is_found() -> None:
    lives_on = claude()
    waiting = await lives_on.prompt("s1p1")
    again = lives_on.resumed()
    asked = await again.prompt("s1p1")
    await lives_on.result_of(waiting)
    await again.result_of(asked)
    evidence = recorded(again.model, run_again(sound()))

    assert len(list(oracles.a_session_has_one_run_at_a_time(evidence))) == 1


async def test_another_s_run_between_the_calls_of_one_is_found() -> None:
    lives_on = claude()
    waiting = await lives_on.prompt("s1p1")
    await lives_on.resumed().prompt("s1p2")
    await lives_on.result_of(waiting)
    evidence = recorded(lives_on.model, sound())

    assert len(list(oracles.a_session_has_one_run_at_a_time(evidence))) == 1


async def test_a_prompt_that_is_run_twice_in_one_session_unasked_is_found() -> None:
    killed = claude()
    await killed.prompt("s1p2")
    await killed.resumed().prompt("s1p2")
    evidence = recorded(killed.model, sound())

    assert len(list(oracles.no_prompt_reaches_the_model_twice(evidence))) == 1
