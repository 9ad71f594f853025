"""Buttons as LINE's actions, below a text or on a card.

https://developers.line.biz/en/reference/messaging-api/#action-objects
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.line import flex
from bot.line.characters import cleaned, cut_to_clusters, cut_to_units, utf16_length
from bot.line.postbacks import Postbacks
from orchestrator_core.messages import Button, PageTap
from orchestrator_core.model import Chat, JsonObject

#: How many LINE takes below a message.
QUICK_REPLIES = 13

_LABEL_LIMIT = 20
_COMMAND_LIMIT = 300
#: One cluster can be any number of marks on one letter.
_LABEL_UNITS = 100


def carried(buttons: Sequence[Button]) -> list[Button]:
    """Those whose command LINE can send; a longer one has to be typed."""
    return [one for one in buttons if utf16_length(one.command or "") <= _COMMAND_LIMIT]


class ButtonMaker:
    """Makes the buttons of one chat, for one person or (None) for anyone in it."""

    def __init__(self, postbacks: Postbacks, *, chat: Chat, person_id: str | None) -> None:
        self._postbacks = postbacks
        self._chat = chat
        self._person_id = person_id

    def quick_reply(self, button: Button) -> JsonObject:
        return {"type": "action", "action": self.action(button)}

    def on_card(self, button: Button) -> JsonObject:
        return flex.button(self.action(button), primary=button.primary)

    def action(self, button: Button) -> JsonObject:
        """Raises ValueError when it is not exactly one of a command and an answer."""
        label = cut_to_units(cut_to_clusters(cleaned(button.label), _LABEL_LIMIT), _LABEL_UNITS)
        if button.tap is not None and button.command is None:
            # Whoever reads an answer in a group may read on.
            person_id = None if isinstance(button.tap, PageTap) else self._person_id
            data = self._postbacks.sign(button.tap, chat_id=self._chat.id, person_id=person_id)
            return {"type": "postback", "label": label, "data": data, "displayText": label}
        if button.command and button.tap is None:
            return {"type": "message", "label": label, "text": cleaned(button.command)}
        raise ValueError("A button carries either a command or an answer.")
