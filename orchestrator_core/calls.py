"""Several deliveries of one chat in one call: which fit together, and what is left out.

A reply has no retry key, so whatever goes with one shares its fate. A push is made again under
the key of its first delivery, so what it is made of stays as it is until its fate is known.
Sends and stores nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from orchestrator_core.model import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    JsonObject,
    ReplyToken,
)

#: The platform takes no more in one call.
MOST_OBJECTS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    #: By id, so that a chat's messages keep their order. The first one's retry key is the call's.
    parts: tuple[Delivery, ...]
    #: False: how many a push would count for is not known, so it is still to be judged.
    is_admitted: bool = True

    @property
    def first(self) -> Delivery:
        return self.parts[0]

    @property
    def token(self) -> ReplyToken | None:
        return self.first.reply_token

    @property
    def messages(self) -> tuple[JsonObject, ...]:
        return tuple(message for part in self.parts for message in part.messages)

    def with_each(self, change: Callable[[Delivery], Delivery]) -> Call:
        return replace(self, parts=tuple(change(part) for part in self.parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    call: Call
    #: News that the call's other parts have overtaken.
    overtaken: tuple[Delivery, ...] = ()


def pack_reply(head: Delivery, beside: Sequence[Delivery], now: datetime) -> Packed | None:
    """A reply with the head and whatever else fits. None: there is no token for it.

    The token is the head's, or that of one that follows it and fits too.
    """
    pending = [head, *(one for one in beside if one.state is DeliveryState.PENDING)]
    token = next((one.reply_token for one in pending if has_token(one, now)), None)
    if token is None:
        return None

    def goes_along(one: Delivery) -> bool:
        return not has_token(one, now) or _is(one, token)

    chosen = _fill(head, beside, goes_along, token)
    if not any(_is(one, token) for one in chosen):
        return None
    return _packed([replace(one, reply_token=token) for one in chosen])


def pack_push(head: Delivery, beside: Sequence[Delivery], now: datetime) -> Packed:
    """A push with the head and whatever else fits. What has a token of its own is free later."""
    chosen = _fill(head, beside, lambda one: not has_token(one, now), None)
    packed = _packed(chosen)
    return replace(packed, call=as_push(packed.call.parts))


def as_push(parts: Sequence[Delivery]) -> Call:
    """From here on they are one: made again, it is made of the same."""
    first_id = parts[0].id if len(parts) > 1 else parts[0].packed_with
    pushed = (replace(one, reply_token=None, packed_with=first_id) for one in parts)
    return Call(parts=tuple(pushed))


def has_token(one: Delivery, now: datetime) -> bool:
    return one.reply_token is not None and one.reply_token.expires_at > now


def _is(one: Delivery, token: ReplyToken) -> bool:
    return one.reply_token is not None and one.reply_token.value == token.value


def _fill(
    head: Delivery,
    beside: Sequence[Delivery],
    goes_along: Callable[[Delivery], bool],
    token: ReplyToken | None,
) -> list[Delivery]:
    """Those with the same token first: apart they would need one each. Then what has waited in
    the inbox, then what follows. None overtakes one of its own sort that is left out."""
    pending = [one for one in beside if one.state is DeliveryState.PENDING]
    kept = [one for one in beside if one.state is not DeliveryState.PENDING]
    same = [place for place, one in enumerate(pending, 1) if token and _is(one, token)]
    until = max(same, default=0)
    chosen = [head, *_fitting(pending[:until], goes_along, MOST_OBJECTS - len(head.messages))]
    is_whole = len(chosen) == until + 1
    chosen += _fitting(kept, goes_along, _room(chosen))
    if is_whole:
        chosen += _fitting(pending[until:], goes_along, _room(chosen))
    return sorted(chosen, key=lambda one: one.id)


def _fitting(
    those: Sequence[Delivery], goes_along: Callable[[Delivery], bool], room: int
) -> list[Delivery]:
    """As many from the beginning, by id, as there is room for."""
    fitting = []
    for one in sorted(those, key=lambda one: one.id):
        room -= len(one.messages)
        if room < 0 or not goes_along(one):
            break
        fitting.append(one)
    return fitting


def _room(chosen: Sequence[Delivery]) -> int:
    return MOST_OBJECTS - sum(len(one.messages) for one in chosen)


def _packed(chosen: Sequence[Delivery]) -> Packed:
    overtaken = tuple(one for one in chosen if _is_overtaken(one, chosen))
    parts = tuple(one for one in chosen if one not in overtaken)
    return Packed(call=Call(parts=parts), overtaken=overtaken)


def _is_overtaken(one: Delivery, by: Sequence[Delivery]) -> bool:
    """Whether it is news of a turn that another one tells more of."""
    if one.kind is not DeliveryKind.PROGRESS or one.turn_id is None:
        return False
    return any(other.turn_id == one.turn_id and other.id > one.id for other in by)
