"""What goes out: who sends what, and what became of it. Every fact is behind this."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from orchestrator_core.model import Delivery, DeliveryState, NewDelivery, ReplyToken


class Deliveries(Protocol):
    async def add(self, delivery: NewDelivery) -> Delivery:
        """Pending, due at once."""
        ...

    async def post(self, delivery: NewDelivery) -> None:
        """`add`, for those who need not know its id."""
        ...

    async def has_work(self, now: datetime) -> bool:
        """Whether `take` or `lost` would give something."""
        ...

    async def take(
        self, now: datetime, *, sender: str, until: datetime, limit: int
    ) -> list[Delivery]:
        """Of each chat the oldest PENDING delivery where it is due and none of the chat is being
        sent: SENDING by `sender` from here on, until `until`, with one attempt more. By id.

        A chat whose oldest one is not due yet gives none: later ones must not overtake it. What
        another courier is just taking is passed over.
        """
        ...

    async def lost(self, now: datetime | None, limit: int) -> list[Delivery]:
        """Read for change: the SENDING ones whose time has passed (`now` None: every one), by id.
        What somebody else is just settling is passed over."""
        ...

    async def lock(self, delivery_id: int) -> Delivery:
        """Read for change. Raises NotFoundError."""
        ...

    async def save(self, delivery: Delivery) -> None: ...

    async def save_if_held(self, delivery: Delivery, *, by: str) -> bool:
        """Save it, if the call under way is still `by`'s and of this attempt. False, and nothing
        changes, when somebody else has settled it since."""
        ...

    async def drop(self, chat_id: str, *, why: str) -> int:
        """Make DEAD what is yet to go to the chat, for this reason; how many there were. Of what
        is just being sent, no further try is made."""
        ...

    async def release_held(self, now: datetime) -> int:
        """Make the HELD ones that are due PENDING; how many there were."""
        ...

    async def beside(self, chat_ids: Collection[str], now: datetime) -> dict[str, list[Delivery]]:
        """Read for change, by chat: what may go along in a call that is made there. The PENDING
        ones that are due, by id, and then those kept, the INBOX before the HELD. None whose push
        may have been accepted, or that belongs to another push. What somebody else has locked is
        passed over, and so is what would be too much to look at."""
        ...

    async def packed_with(self, first: Delivery) -> list[Delivery]:
        """Read for change: all the PENDING ones that are part of this one's push, by id."""
        ...

    async def kept(self, chat_id: str, *, limit: int) -> list[Delivery]:
        """Read for change: what the chat's inbox holds, which is what is INBOX or HELD and was
        certainly not pushed; by id. What somebody else has locked is passed over."""
        ...

    async def let_go(self, chat_id: str, now: datetime) -> int:
        """Make the chat's INBOX ones PENDING and due; how many there were."""
        ...

    async def is_promised(self, chat_id: str, token: ReplyToken) -> bool:
        """Whether an open turn of the chat or a delivery that waits there has this token."""
        ...

    async def waiting(
        self, now: datetime, *, after_id: int, limit: int
    ) -> list[tuple[int, datetime]]:
        """Id and time of the PENDING ones that are not due yet, by id, from above `after_id`."""
        ...

    async def offer(self, chat_id: str, now: datetime) -> list[Delivery]:
        """The chat's UNCONFIRMED ones never offered before, by id; `offered_at` is now."""
        ...

    async def offered(self, chat_id: str, offered_at: datetime) -> list[Delivery]:
        """Read for change: the chat's UNCONFIRMED ones offered at this moment, by id."""
        ...

    async def by_key(self, retry_key: str) -> Delivery | None: ...

    async def count(self, state: DeliveryState) -> int: ...

    async def page(
        self, states: Sequence[DeliveryState], *, limit: int, before_id: int | None = None
    ) -> list[Delivery]:
        """Newest first, from below `before_id`."""
        ...
