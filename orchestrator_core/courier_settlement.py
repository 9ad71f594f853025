"""What becomes of a delivery before and after a call or a crash. Calls and stores nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from orchestrator_core.calls import Call
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
#: That of what waits for quota.
QUOTA = QuotaUsedUpError.__name__

_NONE = timedelta(0)

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


def after_failure(call: Call, error: MessengerError, now: datetime, spread: Spread) -> Call:
    """One fate for all of it: apart, some would be said twice."""
    if isinstance(error, MessageRefusedError) and len(call.parts) > 1:
        return call.with_each(partial(_alone, error=error, now=now))
    # The youngest speaks: what is no longer news must not make the others dead letters.
    youngest = max(call.parts, key=lambda part: part.created_at)
    state, pause = _consequence(youngest, error, now, spread)
    pushed = isinstance(error, MessengerUnclearError) and call.token is None
    not_made = was_not_made(call, error)

    def after(part: Delivery) -> Delivery:
        settled = _settled(part, state, last_error=type(error).__name__)
        pushed_at = part.pushed_at or (now if pushed else None)
        is_one = pushed_at is not None or state is DeliveryState.PENDING
        return replace(
            settled,
            pushed_at=pushed_at,
            due_at=now + pause,
            packed_with=part.packed_with if is_one else alone_with(call.parts),
            charged=0 if not_made else part.charged,
        )

    return call.with_each(after)


def was_not_made(call: Call, error: MessengerError) -> bool:
    """Whether it is certain that none of it was said."""
    return not isinstance(error, MessengerUnclearError) and call.first.pushed_at is None


def unused(
    part: Delivery, state: DeliveryState, now: datetime, *, packed_with: int | None = None
) -> Delivery:
    """What is not sent now, as nothing free was found for it: kept, dropped, or judged anew."""
    settled = _settled(replace(part, reply_token=None, packed_with=packed_with), state)
    if state is DeliveryState.HELD:
        return replace(settled, due_at=now + QUOTA_PAUSE, last_error=QUOTA)
    return replace(settled, due_at=now)


def put_back(part: Delivery, *, until: datetime) -> Delivery:
    """Still being sent, until then; not by its reply token."""
    return replace(part, reply_token=None, sending_until=until)


def is_stale(part: Delivery, now: datetime) -> bool:
    """Whether it waited for quota for so long that it is no longer news."""
    return part.last_error == QUOTA and now - part.created_at >= GIVE_UP_AFTER


def alone_with(parts: Sequence[Delivery]) -> int | None:
    """What was refused in company stays alone; what was not said with others is free to go with
    any."""
    return parts[0].packed_with if len(parts) == 1 else None


def _alone(part: Delivery, *, error: MessengerError, now: datetime) -> Delivery:
    """One of them is refused: each is tried by itself, and only that one becomes a dead letter."""
    settled = _settled(part, DeliveryState.PENDING, last_error=type(error).__name__)
    return replace(
        settled, reply_token=None, pushed_at=None, due_at=now, packed_with=part.id, charged=0
    )


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
            return DeliveryState.DEAD, _NONE
        case QuotaUsedUpError():
            return DeliveryState.HELD, QUOTA_PAUSE
        case MessengerUnclearError() if delivery.reply_token is not None:
            return DeliveryState.UNCONFIRMED, _NONE
        case MessengerBusyError() | MessengerUnclearError() if (
            now - delivery.created_at < GIVE_UP_AFTER
        ):
            doubled = timedelta(seconds=2 ** min(delivery.attempts - 1, 10))
            return DeliveryState.PENDING, spread(min(doubled, LONGEST_PAUSE))
        case _:
            return DeliveryState.DEAD, _NONE


def _key_forgotten(delivery: Delivery, now: datetime) -> bool:
    return delivery.pushed_at is not None and now - delivery.pushed_at >= KEY_REMEMBERED
