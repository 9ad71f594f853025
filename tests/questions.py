"""A tool call that waits for a person, for tests of what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.messages import ApprovalTap, Message
from orchestrator_core.model import (
    Approval,
    Chat,
    Decision,
    JsonObject,
    Lease,
    Origin,
    ReplyToken,
    Ruling,
    Session,
    Turn,
)
from orchestrator_core.ports import Verdict
from tests.claims import a_claim, lease_of
from tests.core import Core
from tests.people import HOME, OWNER, at_home

BASH: JsonObject = {"command": "rm -rf build\nmake"}
OFF_LIST = Ruling(decision=Decision.ASK, cwd="/work")


@dataclass(slots=True)
class Asked:
    """A question on somebody's phone."""

    core: Core
    session: Session
    turn: Turn
    lease: Lease
    waiting: asyncio.Task[Verdict]
    approval: Approval

    async def tap(
        self,
        *,
        allow: bool = True,
        more: bool = False,
        person_id: str = OWNER,
        chat: Chat = HOME,
        reply_token: ReplyToken | None = None,
    ) -> list[Message]:
        tap = ApprovalTap(
            approval_id=self.approval.id, nonce=self.approval.nonce, allow=allow, more=more
        )
        tapped = ButtonTapped(chat=chat, person_id=person_id, reply_token=reply_token, tap=tap)
        return await self.core.answers(tapped, person_id=person_id)

    async def verdict(self) -> Verdict:
        async with asyncio.timeout(5):
            return await self.waiting

    async def now(self) -> Approval:
        async with self.core.store.read() as records:
            return await records.approvals.get(self.approval.id)


@asynccontextmanager
async def asked(
    core: Core,
    *,
    origin: Origin | None = None,
    over_the_api: bool = False,
    ruling: Ruling = OFF_LIST,
    tool: str = "Bash",
    tool_input: JsonObject | None = None,
) -> AsyncIterator[Asked]:
    await core.know()
    session = await core.session(chat=None if over_the_api else HOME)
    now = core.clock.now()
    async with core.store.transaction() as records:
        where = None if over_the_api else origin or at_home()
        await core.desk.ask(records, session, "build it", origin=where, now=now)
        [claimed] = await records.turns.claim(a_claim(now=now), limit=1)
    turn = claimed.turn
    asking = core.approvals.settle(turn, lease_of(claimed), tool, tool_input or BASH, ruling)
    waiting = asyncio.create_task(asking)
    async with asyncio.timeout(5):
        while not (pending := await core.pending_approvals(turn.id)):  # noqa: ASYNC110
            await asyncio.sleep(0)
    try:
        yield Asked(core, session, turn, lease_of(claimed), waiting, pending[0])
    finally:
        waiting.cancel()
        await asyncio.wait([waiting])
