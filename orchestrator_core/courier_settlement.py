"""What becomes of a delivery before and after a call or a crash. Calls and stores nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from orchestrator_core.errors import (
    MessageRefusedError,
    MessengerBusyError,
    MessengerError,
    MessengerUnclearError,
    QuotaUsedUpError,
)
from orchestrator_core.model import Binding, Delivery, DeliveryState

LONGEST_PAUSE = timedelta(minutes=5)
QUOTA_PAUSE = timedelta(hours=1)
#: After this a message is no longer news: it becomes a dead letter, kept and shown.
GIVE_UP_AFTER = timedelta(days=3)
#: The platform remembers a retry key for a day. Later a push that may have been accepted would
#: be said twice.
KEY_REMEMBERED = timedelta(hours=23)
#: How long a courier alone may settle what it sends: twice what any call takes, so that clocks
#: may differ.
SENDING_FOR = timedelta(seconds=20)
#: The `last_error` of what was to go to a chat nobody is in any more.
LEFT = "left"

Spread = Callable[[timedelta], timedelta]


def with_jitter(pause: timedelta) -> timedelta:
    """Half to all of it, so that many messages do not come back in one instant."""
    return pause * random.uniform(0.5, 1.0)  # noqa: S311 - spread, not secrecy


def before_call(taken: Delivery, binding: Binding | None, now: datetime) -> Delivery:
    """SENDING: make the call. Another state: it is settled without one."""
    if binding is not None and binding.left_at is not None:
        return _settled(taken, DeliveryState.DEAD, last_error=LEFT)
    token = taken.reply_token
    if token is not None and token.expires_at > now:
        return taken
    if _key_forgotten(taken, now):
        return _settled(replace(taken, reply_token=None), DeliveryState.UNCONFIRMED)
    return replace(taken, reply_token=None)


def after_success(delivery: Delivery, now: datetime) -> Delivery:
    return replace(_settled(delivery, DeliveryState.SENT, last_error=None), sent_at=now)


def after_failure(
    delivery: Delivery, error: MessengerError, now: datetime, spread: Spread
) -> Delivery:
    state, pause = _consequence(delivery, error, now, spread)
    pushed = isinstance(error, MessengerUnclearError) and delivery.reply_token is None
    settled = _settled(delivery, state, last_error=type(error).__name__)
    pushed_at = delivery.pushed_at or (now if pushed else None)
    return replace(settled, pushed_at=pushed_at, due_at=now + pause)


def after_crash(delivery: Delivery) -> Delivery:
    """What a call became that nobody saw the end of."""
    if delivery.reply_token is not None:
        return _settled(delivery, DeliveryState.UNCONFIRMED)
    # When it was made is not known, but not before this.
    until = delivery.sending_until
    begun_at = until - SENDING_FOR if until else delivery.created_at
    pushed_at = delivery.pushed_at or begun_at
    return replace(_settled(delivery, DeliveryState.PENDING), pushed_at=pushed_at)


def _settled(delivery: Delivery, state: DeliveryState, **changes: str | None) -> Delivery:
    settled = replace(delivery, state=state, sender=None, sending_until=None)
    return replace(settled, last_error=changes.get("last_error", delivery.last_error))


def _consequence(
    delivery: Delivery, error: MessengerError, now: datetime, spread: Spread
) -> tuple[DeliveryState, timedelta]:
    match error:
        case MessageRefusedError():
            return DeliveryState.DEAD, timedelta(0)
        case QuotaUsedUpError():
            return DeliveryState.HELD, QUOTA_PAUSE
        case MessengerUnclearError() if delivery.reply_token is not None:
            return DeliveryState.UNCONFIRMED, timedelta(0)
        case MessengerBusyError() | MessengerUnclearError() if (
            now - delivery.created_at < GIVE_UP_AFTER
        ):
            doubled = timedelta(seconds=2 ** min(delivery.attempts - 1, 10))
            return DeliveryState.PENDING, spread(min(doubled, LONGEST_PAUSE))
        case _:
            return DeliveryState.DEAD, timedelta(0)


def _key_forgotten(delivery: Delivery, now: datetime) -> bool:
    return delivery.pushed_at is not None and now - delivery.pushed_at >= KEY_REMEMBERED
