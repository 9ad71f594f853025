"""`[guard]` of `denrei.toml`: rules of the owner's own beside the guard's."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from orchestrator_core.guard import Outcome, Rule, RuleBook, check_pattern


def _pattern(text: str) -> str:
    check_pattern(text)
    return text.strip()


class AddedRule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$")
    outcome: Literal["ask", "never"] = "ask"
    #: Programs with their operands and options; any of them meets the rule.
    match: Annotated[tuple[Annotated[str, AfterValidator(_pattern)], ...], Field(min_length=1)]
    #: What people are told.
    reason: str = Field(min_length=1)

    def rule(self) -> Rule:
        return Rule(self.id, Outcome(self.outcome), self.match, said=self.reason)


class GuardSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[AddedRule, ...] | None = None

    def rulebook(self) -> RuleBook:
        """The guard's rules and these."""
        return RuleBook.standard().extended(added=[one.rule() for one in self.rules or ()])

    @model_validator(mode="after")
    def _ids_are_free(self) -> Self:
        self.rulebook()
        return self
