"""`/people`: who may use Denrei, and as what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from bot.api import problem_kinds as kinds
from bot.api.answers import json_answer
from bot.api.limits import Allowance
from bot.api.operation import Answer, Call, Nothing, Operation
from bot.api.problem_kinds import Kind
from bot.api.problems import ProblemError
from bot.api.views import Name
from bot.plain_words import plainly
from orchestrator_core.errors import PersonError
from orchestrator_core.model import Language, Person, Role
from orchestrator_core.people import API

_KINDS = {
    "pairing.unknown": kinds.NOT_FOUND,
    "pairing.too_many": kinds.TOO_MANY,
    "people.unknown": kinds.NOT_FOUND,
}


class PersonView(BaseModel):
    """Somebody who has a role, or had one taken away."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="LINE's id of them.", examples=["U" + "1" * 32])
    name: str | None = Field(description="What owners call them.")
    shown_name: str | None = Field(description="What they call themselves; null: not told.")
    role: Role = Field(description="`stranger`: none any more.")
    language: Language
    invited_by: str | None = Field(
        description="The owner who let them in, or `api` or `cli`; null: nobody did."
    )
    revoked_at: datetime | None = Field(description="When their role was taken away.")

    @classmethod
    def of(cls, person: Person) -> Self:
        return cls(
            id=person.id,
            name=person.name,
            shown_name=person.shown or None,
            role=person.role,
            language=person.language,
            invited_by=person.invited_by,
            revoked_at=person.revoked_at,
        )


class PeopleList(BaseModel):
    items: list[PersonView] = Field(description="Owners first.")


class PersonChange(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    role: Role | None = Field(
        None,
        description="`stranger` takes the role away: what waits or runs for them ends at once, "
        "and so do their buttons. Left out: it stays.",
    )
    name: Annotated[Name | None, Field(description="Left out or null: it stays.")] = None


class PersonChanged(BaseModel):
    person: PersonView
    dropped: int = Field(
        description="How many prompts of theirs will not be answered because of this."
    )


async def show_all(call: Call[Nothing, Nothing, Nothing]) -> Response:
    async with call.state["store"].read() as records:
        known = await call.state["people"].known(records)
    return json_answer(PeopleList(items=[PersonView.of(person) for person in known]))


async def change(call: Call[PersonChange, Nothing, Nothing]) -> Response:
    wanted, desk, now = call.body, call.state["people"], call.state["clock"].now()
    reference = str(call.request.path_params["person"])
    dropped = 0
    try:
        async with call.state["store"].transaction() as records:
            person = await desk.find(records, reference)
            if wanted.name is not None:
                person = await desk.rename(records, person.id, wanted.name, by=API, now=now)
            if wanted.role is not None:
                person, dropped = await desk.set_role(
                    records, person.id, wanted.role, by=API, now=now
                )
    except PersonError as error:
        raise problem_for(error) from None
    return json_answer(PersonChanged(person=PersonView.of(person), dropped=dropped))


def problem_for(error: PersonError) -> ProblemError:
    kind: Kind = _KINDS.get(error.key, kinds.CONFLICT)
    return ProblemError(kind, plainly(error))


LIST = Operation(
    method="GET",
    path="/people",
    id="listPeople",
    summary="List who may use Denrei",
    description="With those whose role was taken away; strangers are not listed.",
    allowance=Allowance.READS,
    body=Nothing,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="Everybody.", model=PeopleList)},
    carry_out=show_all,
)

CHANGE = Operation(
    method="PATCH",
    path="/people/{person}",
    id="changePerson",
    summary="Change somebody's role or name",
    description="Owners whom DENREI_OWNERS names keep their role. The other owners are told.",
    allowance=Allowance.WRITES,
    body=PersonChange,
    query=Nothing,
    headers=Nothing,
    answers={200: Answer(description="As they are now.", model=PersonChanged)},
    carry_out=change,
)
