"""`/audit`: who did what, and from where."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlencode

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.pages import BeforeId, Limit, cut
from orchestrator_core.model import AuditEntry, AuditFilter, Channel, JsonObject

_Word = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")]


class AuditQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    actor: _Word | None = Field(None, description="A person's id, `api`, `cli` or `denrei`.")
    action: _Word | None = Field(
        None, description="One kind of action.", examples=["session.stop"]
    )
    session: _Word | None = Field(None, description="A session's full id.")
    since: AwareDatetime | None = Field(None, description="From this moment on, with its offset.")
    limit: Limit = 20
    before: BeforeId = Field(
        None, description="Only entries with a lower id; `next` of a page has it."
    )

    def filter(self) -> AuditFilter:
        return AuditFilter(
            actor=self.actor, action=self.action, session_id=self.session, since=self.since
        )


class AuditView(BaseModel):
    """One thing that somebody did. Nothing changes it, and it holds no secret."""

    model_config = ConfigDict(frozen=True)

    id: int = Field(description="Grows from entry to entry.", examples=[7])
    created_at: AwareDatetime
    actor: str = Field(
        description="A person's id; `api` for whoever holds the admin token, `cli` for whoever "
        "runs `denrei` on the server, `denrei` for itself."
    )
    channel: Channel = Field(description="Where it was done.")
    address: str | None = Field(
        description="Where a call of the API came from, as the server saw it."
    )
    action: str = Field(examples=["session.stop"])
    session_id: str | None
    detail: JsonObject = Field(description="What belongs to this action.")

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        return cls(
            id=entry.id,
            created_at=entry.created_at,
            actor=entry.actor,
            channel=entry.channel or Channel.of(entry.actor),
            address=entry.address,
            action=entry.action,
            session_id=entry.session_id,
            detail=entry.detail,
        )


class AuditPage(BaseModel):
    items: list[AuditView] = Field(description="Newest first.")
    next: str | None = Field(
        description="Where the older ones are; null: there are none.",
        examples=["/audit?limit=20&before=41"],
    )


async def page(call: Call[Nothing, AuditQuery, Nothing]) -> Response:
    wanted = call.query
    async with call.state["store"].read() as records:
        found = await records.audit.page(
            wanted.filter(), limit=wanted.limit + 1, before_id=wanted.before
        )
    shown, more = cut(found, wanted.limit)
    items = [AuditView.of(entry) for entry in shown]
    older = _place(wanted, shown[-1].id) if more else None
    return json_answer(AuditPage(items=items, next=older))


def _place(wanted: AuditQuery, before: int) -> str:
    given = wanted.model_dump(mode="json", exclude_none=True)
    return f"/audit?{urlencode({**given, 'limit': wanted.limit, 'before': before})}"


PAGE = Operation(
    method="GET",
    path="/audit",
    id="listAudit",
    summary="List who did what, newest first",
    description="Every change that a person, a caller of the API or Denrei itself made, and every "
    "tool call that was decided about. Follow `next` for older ones; `denrei audit export` gives "
    "all of them.",
    allowance=Allowance.READS,
    body=Nothing,
    query=AuditQuery,
    headers=Nothing,
    answers={200: Answer(description="A page of entries.", model=AuditPage)},
    carry_out=page,
)
