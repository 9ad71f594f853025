"""Interrupted turns as their person finds them: what tests about them share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from orchestrator_core.errors import PersonError
from orchestrator_core.incoming import ButtonTapped
from orchestrator_core.messages import Card, ChoiceTap, Message
from orchestrator_core.model import Chat, Choice, Origin, Session, Turn
from tests.claims import a_claim
from tests.core import Core, token
from tests.people import HOME, OWNER

PROMPT = "fix the failing test\nand tell me why"


@dataclass(slots=True)
class Left:
    """A turn that a dead worker left, and the card about it."""

    core: Core
    session: Session
    turn: Turn
    card: Card

    def tap(self, choice: Choice) -> ChoiceTap:
        return ChoiceTap(turn_id=self.turn.id, session_id=self.session.id, choice=choice)

    async def choose(
        self, choice: Choice, *, person_id: str = OWNER, chat: Chat = HOME, **changes: object
    ) -> list[Message]:
        tapped = ButtonTapped(
            chat=chat,
            person_id=person_id,
            reply_token=token(self.core, "of the tap"),
            tap=replace(self.tap(choice), **changes),  # type: ignore[arg-type]
        )
        return await self.core.answers(tapped)

    async def refused(self, choice: Choice, **changes: object) -> str:
        before = await self.waiting()
        with pytest.raises(PersonError) as error:
            await self.choose(choice, **changes)  # type: ignore[arg-type]
        assert await self.waiting() == before
        return error.value.key

    async def waiting(self) -> list[Turn]:
        return await self.core.open_turns(self.session.id)


async def left(core: Core, prompt: str = PROMPT, **changes: object) -> Left:
    """Its message is `m`, its worker died after it had reached the model, and it was told."""
    await core.know()
    session = await core.session()
    origin = Origin(chat=HOME, person_id=OWNER, message_id="m")
    turn = await core.ask(session, prompt, origin=origin)
    return await interrupted(core, turn, **changes)


async def interrupted(core: Core, turn: Turn, **changes: object) -> Left:
    async with core.store.transaction() as records:
        [(claimed, _)] = await records.turns.claim(a_claim("dead", now=core.clock.now()), limit=1)
    assert claimed.id == turn.id
    await core.save_turn(claimed, **{"reached_model": True, **changes})
    await core.worker().recover(alone=True)
    card = core.renderer.shown[-1]
    assert isinstance(card, Card)
    return Left(
        core, await core.read_session(turn.session_id), await core.read_turn(turn.id), card
    )
