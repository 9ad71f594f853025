"""Which message told of which turn, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from tests.fakes.state import FakeTable


class FakeSentMessages(FakeTable):
    async def add(self, chat_id: str, turn_id: int, message_ids: Sequence[str]) -> None:
        self.state.sent_messages.update({(chat_id, one): turn_id for one in message_ids})

    async def session_of(self, chat_id: str, message_id: str) -> str | None:
        turn = self.state.turns.get(self.state.sent_messages.get((chat_id, message_id), 0))
        return turn.session_id if turn else None
