"""Messages taken back, in memory."""

from __future__ import annotations

from dataclasses import replace

from orchestrator_core.model import MessageRole, SessionEvent, SessionMessage, Turn
from orchestrator_core.ports import Brought
from tests.fakes.state import FakeTable


class FakeWithdrawals(FakeTable):
    async def turns_of(self, chat_id: str, message_id: str) -> list[Brought]:
        return [
            Brought(turn.session_id, turn.id)
            for turn in self.state.turns.values()
            if turn.chat is not None and (turn.chat.id, turn.message_id) == (chat_id, message_id)
        ]

    async def erase_prompt(self, turn: Turn) -> None:
        self.state.turns[turn.id] = replace(self.state.turns[turn.id], prompt="")
        self.state.messages[:] = [_erased(one, turn) for one in self.state.messages]
        self.state.events[:] = [_untold(one, turn) for one in self.state.events]


def _erased(message: SessionMessage, turn: Turn) -> SessionMessage:
    of_turn = message.turn_id == turn.id and message.role is MessageRole.PROMPT
    return replace(message, text="") if of_turn else message


def _untold(event: SessionEvent, turn: Turn) -> SessionEvent:
    of_turn = event.turn_id == turn.id and event.kind == "prompt"
    return replace(event, data={**event.data, "text": ""}) if of_turn else event
