"""The people of a run: they ask, tap, stop and go on, each in a chat of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from bot.simulator.line_journal import Entry, Kind
from bot.simulator.line_platform import LinePlatform
from bot.simulator.line_state import user_id
from orchestrator_core.model import Language
from orchestrator_core.texts import texts_in
from tests.chaos.model import COMMAND
from tests.chaos.plan import ChatPlan, PromptPlan
from tests.harness import Json, actions_of, text_of

#: How long a patient person waits for an answer, and anyone for the word that a session stopped.
PATIENCE_SECONDS = 4.0

_SAY = texts_in(Language.ENGLISH)
ALLOW, DENY = _SAY("approval.allow"), _SAY("approval.deny")
SEND_AGAIN = _SAY("button.send_again")


@dataclass(slots=True)
class Said:
    """A prompt as a person said it."""

    marker: str
    chat: str
    event_id: str
    #: The place in LINE's record before it was said.
    after: int


@dataclass(slots=True)
class Chat:
    plan: ChatPlan
    platform: LinePlatform
    #: The number of the chat's session, as /use takes it.
    session_number: Callable[[str], Awaitable[int | None]]
    said: list[Said] = field(default_factory=list)
    #: Event ids of the commands, by the command.
    commands: dict[str, list[str]] = field(default_factory=dict)
    #: Markers said after the session was known to have been stopped and taken up again.
    resumed_at: int | None = None
    taps: int = 0
    choices: int = 0

    @property
    def id(self) -> str:
        return user_id(self.plan.name)

    async def talk(self) -> None:
        for index, prompt in enumerate(self.plan.prompts):
            if index == self.plan.stop_after:
                await self._stop_and_go_on()
            await asyncio.sleep(prompt.pause)
            await self._say(prompt)

    async def tap_cards(self) -> None:
        """Answer every approval card as planned, until cancelled."""
        seen = 0
        while True:
            entries = await self.platform.journal.wait_after(seen)
            seen += len(entries)
            for entry in entries:
                if entry.kind is Kind.BOT_MESSAGE and entry.chat_id == self.id:
                    await self._tap(entry)

    async def _say(self, prompt: PromptPlan) -> None:
        after = len(self.platform.journal.after(0))
        event_id = await self.platform.say(self.id, f"{prompt.marker} {prompt.kind}, please")
        self.said.append(Said(marker=prompt.marker, chat=self.id, event_id=event_id, after=after))
        if prompt.patient:
            await self._wait_for(prompt.marker)

    async def _stop_and_go_on(self) -> None:
        self._note("stop", await self.platform.say(self.id, "/stop"))
        await self._wait_for("/use")
        while (number := await self.session_number(self.id)) is None:  # noqa: ASYNC110 - a row
            await asyncio.sleep(0.1)
        self._note("use", await self.platform.say(self.id, f"/use {number}"))
        self.resumed_at = len(self.said)

    async def _wait_for(self, wanted: str) -> None:
        def come() -> bool:
            return any(
                wanted in text_of(message) or wanted in str(message.get("quickReply"))
                for message in self.platform.messages(self.id)
            )

        with suppress(TimeoutError):
            await self.platform.journal.wait_until(come, PATIENCE_SECONDS)

    async def _tap(self, entry: Entry) -> None:
        message = entry.data["message"]
        buttons = actions_of(message)
        if self.plan.again and SEND_AGAIN in buttons:
            await self._press(buttons[SEND_AGAIN])
        choice = self.plan.choice and buttons.get(_SAY(f"interrupted.{self.plan.choice}"))
        if choice:
            self.choices += 1
            await self._press(choice)
        found = COMMAND.search(text_of(message))
        if ALLOW in buttons and found is not None:
            prompt = next(one for one in self.plan.prompts if one.marker == found[1])
            self.taps += 1
            await self._press(buttons[ALLOW if prompt.allow else DENY])

    async def _press(self, action: Json) -> None:
        await self.platform.tap(self.id, action["data"], action["displayText"])

    def _note(self, command: str, event_id: str) -> None:
        self.commands.setdefault(command, []).append(event_id)
