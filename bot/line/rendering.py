"""Turns what Denrei says into LINE's message objects, packed into calls.

Knows LINE's limits and shapes; sends nothing.
https://developers.line.biz/en/reference/messaging-api/#message-objects
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.line import answers, cards, files
from bot.line.buttons import QUICK_REPLIES, ButtonMaker, carried
from bot.line.postbacks import Postbacks
from bot.line.text_messages import text_objects
from orchestrator_core.messages import Answer, Button, Card, Files, Message
from orchestrator_core.model import Chat, JsonObject

_OBJECTS_PER_CALL = 5


class LineRenderer:
    """Implements the port Renderer."""

    def __init__(self, postbacks: Postbacks) -> None:
        self._postbacks = postbacks

    def calls(
        self, messages: Sequence[Message], *, chat: Chat, person_id: str | None
    ) -> list[tuple[JsonObject, ...]]:
        """Raises ValueError for an empty text, or for a button that is not exactly one of a
        command and an answer.

        Quick replies vanish under any newer message, so those of all the texts are put below
        the last object, thirteen at most. A button whose command is too long for LINE to send
        is left out.
        """
        maker = ButtonMaker(self._postbacks, chat=chat, person_id=person_id)
        objects: list[JsonObject] = []
        below: list[Button] = []
        for message in messages:
            if isinstance(message, Card):
                made, rest = cards.render(message, maker)
                objects += made
                below += rest
            elif isinstance(message, Files):
                objects.append(files.render(message))
            elif isinstance(message, Answer):
                objects += answers.render(message, maker)
                below += carried(message.buttons)
            else:
                objects += text_objects(message.text)
                below += carried(message.buttons)
        if objects and below:
            items = [maker.quick_reply(button) for button in below[:QUICK_REPLIES]]
            objects[-1] = {**objects[-1], "quickReply": {"items": items}}
        return [
            tuple(objects[start : start + _OBJECTS_PER_CALL])
            for start in range(0, len(objects), _OBJECTS_PER_CALL)
        ]
