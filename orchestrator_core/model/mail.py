"""What came in and what goes out."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from orchestrator_core.model.people import JsonObject, ReplyToken


class InboxState(enum.StrEnum):
    NEW = "new"
    DONE = "done"
    #: Nothing to do for it: a kind Denrei does not act on.
    IGNORED = "ignored"
    #: Not of LINE's shape; kept so that someone can look.
    UNREADABLE = "unreadable"
    #: Handling failed again and again; kept so that someone can look.
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInboxEvent:
    """A webhook event as received. `payload` is its JSON text."""

    webhook_event_id: str
    #: None when the event names no source.
    chat_id: str | None
    #: LINE's own time of the event, milliseconds since 1970.
    timestamp_ms: int
    payload: str
    state: InboxState
    received_at: datetime
    #: The channel's id of the message it brings, changes or takes back.
    message_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEvent:
    id: int
    webhook_event_id: str
    chat_id: str | None
    timestamp_ms: int
    payload: str
    state: InboxState
    received_at: datetime
    #: How often handling it failed, or was begun and not seen to end.
    failures: int = 0
    message_id: str | None = None


class DeliveryState(enum.StrEnum):
    PENDING = "pending"
    #: A call is under way until `sending_until`, or the process died during one.
    SENDING = "sending"
    SENT = "sent"
    #: A reply whose fate is unknown. It has no retry key, so it is never sent again by itself.
    UNCONFIRMED = "unconfirmed"
    #: Waits for quota, or for somebody in the chat to fetch it.
    HELD = "held"
    #: Not pushed, to spare the quota: waits for somebody in the chat to fetch it.
    INBOX = "inbox"
    #: Given up: refused for good, too old, or nobody is there any more.
    DEAD = "dead"
    #: Was dead or unconfirmed, and somebody had it sent again as a delivery of its own.
    RESENT = "resent"
    #: News that there was no free way for, or that newer ones had overtaken. Never sent.
    DROPPED = "dropped"


class DeliveryKind(enum.StrEnum):
    """What it is worth a push for."""

    ANSWER = "answer"
    #: Of a turn under way: only ever free, and only the latest counts.
    PROGRESS = "progress"
    #: Somebody must decide, or work waits.
    APPROVAL = "approval"
    ALERT = "alert"

    @property
    def is_urgent(self) -> bool:
        return self in {DeliveryKind.APPROVAL, DeliveryKind.ALERT}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """One call to LINE: up to five messages, already in LINE's own JSON."""

    chat_id: str
    messages: tuple[JsonObject, ...]
    retry_key: str
    created_at: datetime
    reply_token: ReplyToken | None = None
    turn_id: int | None = None
    kind: DeliveryKind = DeliveryKind.ANSWER


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    id: int
    chat_id: str
    messages: tuple[JsonObject, ...]
    retry_key: str
    created_at: datetime
    reply_token: ReplyToken | None
    turn_id: int | None
    state: DeliveryState
    attempts: int = 0
    #: When a push of it was first made that may have been accepted; None while none was.
    pushed_at: datetime | None = None
    #: Not tried before this time.
    due_at: datetime
    sent_at: datetime | None = None
    last_error: str | None = None
    #: The courier whose call is under way; None when none is.
    sender: str | None = None
    #: Until when that courier alone may settle it.
    sending_until: datetime | None = None
    #: When the person was asked whether it should be sent again.
    offered_at: datetime | None = None
    kind: DeliveryKind = DeliveryKind.ANSWER
    #: The first delivery of the push this one is made with, then and each time it is made again;
    #: its own id when it is never to be made with others. None: it may go with any.
    packed_with: int | None = None
    #: What the push of which it is the first was counted for in our own count of the quota.
    charged: int = 0
