"""What an operation of the API is: the one description that routes, checks and document share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from bot.api import problem_kinds as kinds
from bot.api.limits import Allowance
from bot.api.problem_kinds import Kind
from bot.api.state import ApiState
from orchestrator_core.model import AuditAction, AuditEntry, Channel
from orchestrator_core.ports import Records
from orchestrator_core.sources import SeenFrom, Source


class Nothing(BaseModel):
    """An operation that takes no body, or no parameters: sending some is a mistake."""

    model_config = ConfigDict(extra="forbid")


BodyT = TypeVar("BodyT", bound=BaseModel)
QueryT = TypeVar("QueryT", bound=BaseModel)
HeadersT = TypeVar("HeadersT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Call(Generic[BodyT, QueryT, HeadersT]):
    """A request whose parts have been checked."""

    request: Request[ApiState]
    body: BodyT
    query: QueryT
    headers: HeadersT

    @property
    def state(self) -> ApiState:
        """As the app has it; what is audited through its store says where the call came from."""
        state = self.request.scope["state"]
        return cast(ApiState, {**state, "store": SeenFrom(state["store"], self.source)})

    @property
    def source(self) -> Source:
        client = self.request.client
        return Source(channel=Channel.API, address=client.host if client else None)

    async def note(
        self, records: Records, action: AuditAction, *, session_id: str, **detail: object
    ) -> None:
        """Into the audit: that this was done over the API."""
        entry = AuditEntry(
            actor=Channel.API.value,
            action=action,
            detail=detail,
            created_at=self.state["clock"].now(),
            session_id=session_id,
        )
        await records.audit.add(entry)

    @property
    def session_reference(self) -> str:
        reference: str = self.request.path_params["session"]
        return reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a successful call gives back."""

    description: str
    #: The JSON's shape; None: it is not one of ours to describe.
    model: type[BaseModel] | None = None
    media_type: str = "application/json"
    #: Name and meaning of headers beyond the usual ones.
    headers: Mapping[str, str] = field(default_factory=dict)
    example: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[BodyT, QueryT, HeadersT]):
    method: str
    path: str
    id: str
    summary: str
    description: str
    allowance: Allowance
    body: type[BodyT]
    query: type[QueryT]
    headers: type[HeadersT]
    answers: Mapping[int, Answer]
    carry_out: Callable[[Call[BodyT, QueryT, HeadersT]], Awaitable[Response]]
    needs_token: bool = True

    @property
    def takes_body(self) -> bool:
        return bool(self.body.model_fields)

    @property
    def problems(self) -> list[Kind]:
        """Every way this operation can fail, by status."""
        found = {kinds.TOO_MANY, kinds.INTERNAL, kinds.INVALID}
        if self.needs_token:
            found |= {kinds.NO_TOKEN, kinds.API_OFF}
        if "{" in self.path:
            found |= {kinds.NOT_FOUND, kinds.CONFLICT}
        if self.takes_body:
            found |= {kinds.MALFORMED, kinds.TOO_LARGE, kinds.NOT_JSON}
        if self.allowance is Allowance.WRITES:
            found |= {kinds.STORAGE_FULL}
        return sorted(found, key=lambda kind: kind.status)


#: An operation in a table of many.
AnyOperation = Operation[Any, Any, Any]
