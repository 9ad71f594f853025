"""Ready-made values of what is stored."""

from __future__ import annotations

import secrets
from datetime import datetime
from decimal import Decimal

from orchestrator_core.model import (
    Chat,
    ChatKind,
    CostEntry,
    InboxState,
    NewDelivery,
    NewInboxEvent,
    NewTurn,
    Session,
)
from orchestrator_core.ports import Records
from tests.fakes.clock import NOON

CHAT = Chat(id="U1", kind=ChatKind.USER)


def an_event(
    event_id: str | None = None, *, state: InboxState = InboxState.NEW, payload: str = "{}"
) -> NewInboxEvent:
    return NewInboxEvent(
        webhook_event_id=event_id or secrets.token_hex(13),
        chat_id="U1",
        timestamp_ms=1_900_000_000_000,
        payload=payload,
        state=state,
        received_at=NOON,
    )


async def add_session(records: Records, *, now: datetime = NOON) -> Session:
    return await records.sessions.add(
        chat=CHAT, person_id="U1", agent="default", workspace="/w", now=now
    )


def a_turn(
    session: Session,
    prompt: str = "hello",
    *,
    key: str | None = None,
) -> NewTurn:
    return NewTurn(
        session_id=session.id,
        prompt=prompt,
        created_at=NOON,
        chat=CHAT,
        person_id="U1",
        idempotency_key=key,
    )


def a_delivery(chat_id: str = "U1", *, text: str = "hi", now: datetime = NOON) -> NewDelivery:
    return NewDelivery(
        chat_id=chat_id,
        messages=({"type": "text", "text": text},),
        retry_key=secrets.token_hex(16),
        created_at=now,
    )


def a_cost(usd: str, *, run: int = 1, now: datetime = NOON) -> CostEntry:
    return CostEntry(
        session_id="s", turn_id=1, run=run, usd=Decimal(usd), usage={}, created_at=now
    )
