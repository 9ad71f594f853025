"""Errors as they are told to whoever calls the API or runs a command on the server, in English.

What is said in a chat ends with what to type there next; here that is something else.
"""

from __future__ import annotations

from orchestrator_core.errors import PersonError
from orchestrator_core.model import Language
from orchestrator_core.texts import texts_in

#: Instead of the catalog's.
_TEXTS = {
    "earlier.gone": "That is no longer kept, so it cannot be sent again.",
    "pairing.late.accepted": "This code was used already.",
    "people.unknown": "Nobody here is called “{reference}”.",
    "question.needs_answer": "That is a question of Claude's, which needs an answer, not a yes.",
    "schedule.too_many": "There are {most} schedules, which is as many as there may be. Delete "
    "one first.",
}


def plainly(error: PersonError) -> str:
    """What is wrong, and what there is to choose from."""
    text = _TEXTS.get(error.key)
    if text is None:
        sentence = texts_in(Language.ENGLISH)(error.key, **error.facts)
    else:
        sentence = text.format(**error.facts)
    # What is a button in a chat is a choice to name here, but for another command.
    choices = [one.label for one in error.buttons if not one.label.startswith("/")]
    return " ".join([sentence, *choices])
