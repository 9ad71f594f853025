"""What the store in memory holds. Values are never changed in place, so a copy is shallow."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from orchestrator_core.errors import NotFoundError
from orchestrator_core.model import (
    Approval,
    AuditEntry,
    Binding,
    CostEntry,
    Delivery,
    Grant,
    InboxEvent,
    JsonObject,
    Language,
    MadeFile,
    Menu,
    MenuState,
    Pairing,
    Person,
    QuotaCount,
    Raise,
    Schedule,
    SeenCall,
    Session,
    SessionEvent,
    SessionMessage,
    Turn,
    Upload,
)
from orchestrator_core.ports import JobRun

_Key = TypeVar("_Key")
_Row = TypeVar("_Row")


@dataclass(slots=True)
class FakeState:
    inbox: dict[int, InboxEvent] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    pairings: dict[int, Pairing] = field(default_factory=dict)
    #: Who gave a wrong code, and when.
    pairing_attempts: list[tuple[str, datetime]] = field(default_factory=list)
    bindings: dict[str, Binding] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    turns: dict[int, Turn] = field(default_factory=dict)
    #: How often each session's lease was taken.
    fences: dict[str, int] = field(default_factory=dict)
    messages: list[SessionMessage] = field(default_factory=list)
    events: list[SessionEvent] = field(default_factory=list)
    deliveries: dict[int, Delivery] = field(default_factory=dict)
    approvals: dict[int, Approval] = field(default_factory=dict)
    grants: dict[tuple[str, str], Grant] = field(default_factory=dict)
    costs: list[CostEntry] = field(default_factory=list)
    #: By turn, run and the call's own id.
    calls: dict[tuple[int, int, str], SeenCall] = field(default_factory=dict)
    raises: list[Raise] = field(default_factory=list)
    alerts: set[tuple[str, int]] = field(default_factory=set)
    audit: list[AuditEntry] = field(default_factory=list)
    jobs: dict[str, JobRun] = field(default_factory=dict)
    #: Which turn a message told of, by chat and message.
    sent_messages: dict[tuple[str, str], int] = field(default_factory=dict)
    #: By month.
    quotas: dict[str, QuotaCount] = field(default_factory=dict)
    schedules: dict[int, Schedule] = field(default_factory=dict)
    uploads: dict[int, Upload] = field(default_factory=dict)
    made_files: dict[str, MadeFile] = field(default_factory=dict)
    menus: dict[tuple[MenuState, Language], Menu] = field(default_factory=dict)
    #: By person, with when it was changed.
    shown_menus: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    #: Every id that was given out: those of deleted ones do not come again.
    schedule_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FakeTable:
    get_state: Callable[[], FakeState]

    @property
    def state(self) -> FakeState:
        return self.get_state()


def found(table: dict[_Key, _Row], key: _Key) -> _Row:
    if key not in table:
        raise NotFoundError(str(key))
    return table[key]


def save_fields(table: dict[_Key, Any], key: _Key, changed: object, *names: str) -> None:
    """Take over these fields only, as an UPDATE does. A row that is not there is not made."""
    if key in table:
        fields = {name: getattr(changed, name) for name in names}
        table[key] = replace(table[key], **fields)


def as_json(value: object) -> JsonObject:
    """What comes back of it once it was stored."""
    stored: JsonObject = json.loads(json.dumps(value, default=dict))
    return stored


def next_id(table: dict[int, _Row]) -> int:
    return max(table, default=0) + 1


def aware(*moments: datetime | None) -> None:
    """Refuse a naive time here too, so that a test finds it before PostgreSQL does."""
    for moment in moments:
        if moment is not None and moment.tzinfo is None:
            raise ValueError(f"naive time: {moment}")
