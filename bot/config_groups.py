"""`[groups]` of denrei.toml: how Denrei is spoken to where several people are."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class GroupsSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    #: With what a text begins that is meant for Denrei, besides a mention or a quote of it.
    prefixes: list[Name] = Field(default=["denrei", "伝令"], max_length=20)
