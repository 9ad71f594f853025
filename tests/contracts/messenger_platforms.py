"""The fake and LINE's stand-in over real HTTP, each with a way to look at the other side."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from bot.line.messenger import LineMessenger
from bot.simulator.line_faults import Fault
from bot.simulator.line_platform import LinePlatform
from bot.simulator.line_state import Profile as SimulatedProfile
from bot.simulator.line_state import group_id, user_id
from orchestrator_core.errors import (
    MessengerBusyError,
    MessengerError,
    MessengerUnclearError,
    QuotaUsedUpError,
)
from orchestrator_core.model import JsonObject
from orchestrator_core.ports import Messenger, Profile
from tests.fakes.messenger import FakeMessenger

ANNA = user_id("anna")
HELLO: JsonObject = {"type": "text", "text": "hello"}
NEVER_SENT = {
    Fault.RATE_LIMIT: MessengerBusyError,
    Fault.UNAUTHORIZED: MessengerBusyError,
    Fault.QUOTA: QuotaUsedUpError,
    Fault.ERROR: MessengerUnclearError,
    Fault.HANG: MessengerUnclearError,
}

SENT_ALL_THE_SAME = (
    Fault.ACCEPT_THEN_ERROR,
    Fault.ACCEPT_THEN_HANG,
    Fault.ACCEPT_THEN_CUT,
)


class Platform(Protocol):
    """What a test needs to know of the other side."""

    messenger: Messenger

    async def token(self) -> str: ...

    def fail_next(self, fault: Fault) -> None: ...

    def said(self) -> Sequence[JsonObject]: ...

    def leave_quota(self, pushes: int | None) -> None: ...

    def a_group(self, people: int) -> str: ...


class InMemory:
    def __init__(self) -> None:
        profile = Profile(display_name="Anna", language="ja")
        self.messenger = self._fake = FakeMessenger(profiles={ANNA: profile})

    async def token(self) -> str:
        return uuid.uuid4().hex

    def fail_next(self, fault: Fault) -> None:
        error: MessengerError = MessengerUnclearError("no clear answer")
        if not fault.accepts:
            error = NEVER_SENT[fault]("it failed")
        self._fake.fail_next(error, accepts=fault.accepts)

    def said(self) -> Sequence[JsonObject]:
        return self._fake.messages()

    def leave_quota(self, pushes: int | None) -> None:
        self._fake.quota_left = pushes

    def a_group(self, people: int) -> str:
        self._fake.groups["C1"] = people
        return "C1"


class OverHttp:
    def __init__(self, line: LinePlatform, messenger: LineMessenger) -> None:
        self.line = line
        self.messenger = messenger

    async def token(self) -> str:
        return str(self.line.event(await self.line.say(ANNA, "hi"))["replyToken"])

    def fail_next(self, fault: Fault) -> None:
        self.line.faults.order(fault)

    def said(self) -> Sequence[JsonObject]:
        return self.line.messages(ANNA)

    def leave_quota(self, pushes: int | None) -> None:
        self.line.quota.limit = pushes

    def a_group(self, people: int) -> str:
        group = group_id("all of us")
        for number in range(people):
            self.line.people.join(group, user_id(f"person {number}") if number else ANNA)
        return group


@asynccontextmanager
async def over_http(*, timeout: float = 10.0) -> AsyncIterator[OverHttp]:
    anna = SimulatedProfile(user_id=ANNA, display_name="Anna", language="ja")
    line = LinePlatform(
        channel_secret="secret",
        channel_access_token="access",
        profiles=[anna],
        redelivery_delays=(),
    )
    async with (
        line.serve() as base_url,
        LineMessenger(access_token="access", api_base=base_url, timeout=timeout) as messenger,
    ):
        # The first call waits for the SDK's import, which is no part of any timeout here.
        await messenger.show_loading(ANNA, 5)
        yield OverHttp(line, messenger)


@asynccontextmanager
async def in_memory() -> AsyncIterator[InMemory]:
    yield InMemory()


def a_key() -> str:
    return str(uuid.uuid4())
