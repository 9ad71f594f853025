"""Deals the blows of a plan, each when its time has come, and mends what it broke."""

from __future__ import annotations

import asyncio
import signal
from collections import defaultdict
from dataclasses import dataclass, field

from bot.simulator.line_journal import Kind
from bot.simulator.line_state import user_id
from tests.chaos.model import ANSWER
from tests.chaos.plan import POSTGRES, VALKEY, Blow, ChatPlan, FaultPlan
from tests.chaos.town import RESTART_SECONDS, ChaosTown
from tests.harness import text_of


@dataclass(slots=True)
class Blows:
    town: ChaosTown
    #: Those that were dealt, with the seconds since the start.
    dealt: list[tuple[float, FaultPlan]] = field(default_factory=list)
    #: Sessions that were being worked on when their worker was killed: since when, and when they
    #: gave a sign of life.
    waits: list[asyncio.Task[float]] = field(default_factory=list)
    #: How many have begun and not been mended yet.
    under_way: int = 0
    _began: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    #: A process that is away cannot be frozen meanwhile.
    _locks: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    async def deal(self, fault: FaultPlan) -> None:
        """When it is due; what it broke is whole again at the end."""
        await self.town.meter.reached(fault.when.progress, fault.when.count)
        self.under_way += 1
        try:
            await asyncio.sleep(fault.when.delay)
            await self._deal(fault)
        finally:
            self.under_way -= 1

    async def recoveries(self) -> tuple[float, ...]:
        """For each session whose worker was killed; those that never went on are elsewhere."""
        done, waiting = await asyncio.wait(self.waits, timeout=0) if self.waits else (set(), set())
        for task in waiting:
            task.cancel()
        return tuple(task.result() for task in done)

    async def _deal(self, fault: FaultPlan) -> None:
        async with self._locks[fault.target]:
            self.dealt.append((asyncio.get_running_loop().time() - self._began, fault))
            match fault.blow:
                case Blow.WIPE:
                    await self.town.wipe()
                case Blow.LINE:
                    assert fault.line is not None
                    self.town.platform.faults.order(fault.line, fault.count, fault.calls)
                case Blow.COPIES:
                    await self._copies(fault.count)
                case _ if fault.target == VALKEY:
                    await self._valkey(fault)
                case _ if fault.target == POSTGRES:
                    await self._postgres(fault)
                case _:
                    await self._process(fault)

    async def _process(self, fault: FaultPlan) -> None:
        process = self.town.processes[fault.target]
        if fault.blow is Blow.FREEZE:
            process.send(signal.SIGSTOP)
            await asyncio.sleep(fault.seconds)
            process.send(signal.SIGCONT)
            return
        process.told = True
        if fault.blow is Blow.KILL:
            busy = await self._busy(process.pid)
            process.send(signal.SIGKILL)
            self._watch(busy)
        else:
            process.send(signal.SIGTERM)
        await process.ended()
        await asyncio.sleep(fault.seconds)
        await self.town.start(fault.target)

    async def _valkey(self, fault: FaultPlan) -> None:
        valkey = self.town.stores.valkey
        if valkey is None:
            # Denrei's own comes back with the next start.
            self.town.kill_embedded_valkey()
            return
        valkey.kill()
        await asyncio.sleep(fault.seconds)
        await asyncio.to_thread(valkey.start)

    async def _postgres(self, fault: FaultPlan) -> None:
        postgres = self.town.stores.postgres
        assert postgres is not None
        self.town.database_is_away = True
        await postgres.stop(gently=fault.blow is Blow.RESTART)
        await asyncio.sleep(fault.seconds)
        await postgres.start()
        # Who began to look for it just before it was back may end a little later.
        await asyncio.sleep(RESTART_SECONDS)
        self.town.database_is_away = False

    async def _copies(self, count: int) -> None:
        """Of the newest events that were taken: LINE may send any of them again."""
        taken = [
            entry.data["eventId"]
            for entry in self.town.platform.journal.of(Kind.WEBHOOK)
            if entry.data["status"] == 200
        ]
        for event_id in taken[-count:]:
            await self.town.platform.redeliver(event_id)

    async def _busy(self, pid: int) -> set[str]:
        """The people in whose sessions this process is working on a prompt."""
        working = await self.town.people_of(pid)
        asked = {call.marker for call in self.town.model.calls}
        return {
            chat.name
            for chat in self.town.plan.chats
            if chat.name in working and {p.marker for p in chat.prompts} & asked - self._told(chat)
        }

    def _watch(self, names: set[str]) -> None:
        for chat in self.town.plan.chats:
            if chat.name in names:
                self.waits.append(asyncio.create_task(self._sign_of_life(chat)))

    async def _sign_of_life(self, chat: ChatPlan) -> float:
        loop = asyncio.get_running_loop()
        began, known = loop.time(), self._signs(chat)
        while self._signs(chat) == known:
            await self.town.meter.grown()
        return loop.time() - began

    def _signs(self, chat: ChatPlan) -> int:
        """Calls of the model and messages so far."""
        markers = {prompt.marker for prompt in chat.prompts}
        calls = sum(1 for call in self.town.model.calls if call.marker in markers)
        return calls + len(self.town.platform.messages(user_id(chat.name)))

    def _told(self, chat: ChatPlan) -> set[str]:
        messages = self.town.platform.messages(user_id(chat.name))
        return {marker for one in messages for marker in ANSWER.findall(text_of(one))}
