"""The quota as a budget against LINE's stand-in: real cards, real calls, LINE's own count.

Every message is checked as LINE would check it, and what was pushed is what LINE says it was.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.line.postbacks import Postbacks
from bot.line.rendering import LineRenderer
from bot.line.webhook_events import LineEventReader
from orchestrator_core.courier import Courier
from orchestrator_core.intake import Intake
from orchestrator_core.late_turns import SPENT_BEFORE, LateTurns
from orchestrator_core.messages import Card
from orchestrator_core.model import DeliveryKind, DeliveryState, QuotaMode
from orchestrator_core.outbox import Outbox
from orchestrator_core.progress import Progress
from orchestrator_core.quota_alarm import QuotaAlarm
from orchestrator_core.turn_result import TurnCloser
from orchestrator_core.upkeep import QuotaRefresh
from tests.contracts.messenger_platforms import ANNA, OverHttp, over_http
from tests.core import Core
from tests.fakes.clock import FakeClock
from tests.mail import choose, quota_of
from tests.people import at_home
from tests.samples import an_event
from tests.turns import run_all

LATE = timedelta(seconds=51) - SPENT_BEFORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Anna, LINE and Denrei."""

    platform: OverHttp
    core: Core
    intake: Intake
    courier: Courier
    refresh: QuotaRefresh
    late: LateTurns

    async def say(self, text: str) -> None:
        await self._hear(await self.platform.line.say(ANNA, text))

    async def tap(self, data: str) -> None:
        await self._hear(await self.platform.line.tap(ANNA, data))

    async def deliver(self) -> None:
        while await self.courier.send_due():
            await self.courier.settle()

    async def finish(self) -> None:
        """What Claude was asked is answered."""
        await run_all(replace(self.core.worker(), closer=self._closer()))
        await self.deliver()

    def shown(self) -> list[str]:
        """What Anna's phone shows: of a card what a notification says."""
        return [str(one.get("text") or one["altText"]) for one in self.platform.said()]

    def pushed(self) -> int:
        return self.platform.line.quota.used

    def _closer(self) -> TurnCloser:
        return replace(self.core.closer(), outbox=self.intake.outbox)

    async def _hear(self, event_id: str) -> None:
        event = self.platform.line.event(event_id)
        # The core's clock is moved by the test; LINE's own goes on by itself.
        event = {**event, "timestamp": int(self.core.clock.now().timestamp() * 1000)}
        new = replace(an_event(payload=json.dumps(event)), webhook_event_id=event_id, chat_id=ANNA)
        await self.core.store.take_in([new])
        await self.intake.handle_new()
        await self.deliver()


@asynccontextmanager
async def town(*, quota: int | None = 200) -> AsyncIterator[Town]:
    postbacks = Postbacks(b"key")
    outbox = Outbox(renderer=LineRenderer(postbacks))
    async with over_http() as platform:
        platform.leave_quota(quota)
        core = Core(owners=frozenset({ANNA}), clock=FakeClock())
        alarm = QuotaAlarm(gate=core.gate, outbox=outbox)
        push_quota = replace(core.push_quota(), messenger=platform.messenger, alarm=alarm)
        intake = replace(core.intake(), reader=LineEventReader(postbacks), outbox=outbox)
        here = Town(
            platform=platform,
            core=core,
            intake=intake,
            courier=replace(core.courier(), messenger=platform.messenger, quota=push_quota),
            refresh=QuotaRefresh(
                store=core.store,
                messenger=platform.messenger,
                clock=core.clock,
                metrics=core.metrics,
                rules=core.quota_rules,
                alarm=alarm,
            ),
            late=LateTurns(
                store=core.store,
                outbox=outbox,
                rules=core.quota_rules,
                clock=core.clock,
                progress=Progress(every=timedelta(minutes=3)),
            ),
        )
        await here.refresh.run()
        yield here


def data_of(platform: OverHttp) -> str:
    """What the button of the last card carries."""
    found = list(_postbacks(platform.said()[-1]))
    assert len(found) == 1
    return found[0]


def _postbacks(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if part.get("type") == "postback":
            yield part["data"]
        for value in part.values():
            yield from _postbacks(value)
    elif isinstance(part, list):
        for value in part:
            yield from _postbacks(value)


async def test_in_a_frugal_chat_a_long_turn_costs_nothing() -> None:
    async with town() as here:
        await here.say("/quota frugal")
        await here.say("do something long")
        here.core.clock.advance(LATE)
        await here.late.look()
        await here.deliver()
        card = here.shown()[-1]
        data = data_of(here.platform)
        await here.finish()
        waiting = await here.core.deliveries(DeliveryState.INBOX)
        await here.tap(data)

        assert card.startswith("Still working")
        assert len(waiting) == 1
        assert "do something long" in here.shown()[-1]
        assert here.pushed() == (await quota_of(here.core)).used == 0
        assert await here.core.deliveries(DeliveryState.INBOX) == []


async def test_when_the_quota_is_out_an_approval_comes_with_whatever_anna_says() -> None:
    async with town(quota=10) as here:
        here.platform.line.quota.take(10)
        await here.refresh.run()
        await here.deliver()
        async with here.core.store.transaction() as records:
            await here.intake.outbox.put(
                records,
                [_card("May I?")],
                to=at_home(ANNA),
                now=here.core.clock.now(),
                kind=DeliveryKind.APPROVAL,
            )
        await here.deliver()
        silent = here.shown()
        await here.say("/inbox")

        assert silent == []
        assert [text.split(" (")[0] for text in here.shown()] == [
            "LINE's quota is used up",
            "May I?",
        ]
        assert here.pushed() == 10


async def test_our_count_and_line_s_agree_and_the_owner_is_warned_in_time() -> None:
    async with town(quota=20) as here:
        await choose(here.core, QuotaMode.PUSH, ANNA)
        for number in range(20):
            async with here.core.store.transaction() as records:
                await here.intake.outbox.put(
                    records,
                    [_card(f"news {number}")],
                    to=at_home(ANNA),
                    now=here.core.clock.now(),
                    kind=DeliveryKind.ALERT,
                )
            await here.deliver()
        count = await quota_of(here.core)
        await here.say("/quota")

        assert count.used == here.pushed() == 20
        warnings = [text for text in here.shown() if "quota is" in text]
        assert ["80 %" in text for text in warnings[:1]] == [True]
        assert "95 %" in warnings[1]
        assert "used up" in warnings[2]
        assert "20 of 20" in here.shown()[-1]


def _card(title: str) -> Card:
    return Card(title=title, summary=title, text="text")
