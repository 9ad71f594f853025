"""The stored inbox of a chat: what was not pushed and waits there to be fetched for free.

Whatever is said there by reply takes it along (`orchestrator_core/calls.py`); here it gets a reply
of its own. Knows which fit into one; writes no words but those that say that there is more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from orchestrator_core.calls import MOST_OBJECTS
from orchestrator_core.messages import Button, Say
from orchestrator_core.model import Delivery, DeliveryState, JsonObject, Language, ReplyToken
from orchestrator_core.ports import Records, Topic
from orchestrator_core.texts import texts_in

#: Enough to know that one call cannot take it all.
LOOKED_AT = MOST_OBJECTS + 1


def fit(waiting: Sequence[Delivery], beside: Sequence[JsonObject] = ()) -> bool:
    """Whether all that waits goes along in one call with this."""
    return sum(len(one.messages) for one in waiting) + len(beside) <= MOST_OBJECTS


async def give(records: Records, first: Delivery, token: ReplyToken, now: datetime) -> None:
    """Send it by this reply; what else waits and fits goes along."""
    given = replace(first, state=DeliveryState.PENDING, reply_token=token, due_at=now)
    await records.deliveries.save(given)
    records.wake(Topic.DELIVERIES)


def more(language: Language) -> Say:
    """Says that there is more, with a button that fetches it."""
    say = texts_in(language)
    button = Button(label=say("button.inbox"), command="/inbox", primary=True)
    return Say(text=say("inbox.more"), buttons=(button,))
