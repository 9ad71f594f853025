"""The one table of rights, cell by cell, and who may use an agent."""

from __future__ import annotations

import pytest

from orchestrator_core.agents import AgentBook
from orchestrator_core.model import Role
from orchestrator_core.ports import AgentProfile
from orchestrator_core.rights import RIGHTS, Action, Audience, may
from tests.admitted import OPERATOR, VIEWER, with_role
from tests.core import Core

#: What the table shall say. A right that is given or taken is given or taken here too.
EXPECTED = """
    action        owner  operator  viewer  stranger
    help          yes    yes       yes     no
    whoami        yes    yes       yes     no
    lang          yes    yes       yes     no
    status        yes    yes       yes     no
    cost          yes    yes       yes     no
    budget        yes    yes       yes     no
    more          yes    yes       yes     no
    quota         yes    yes       yes     no
    inbox         yes    yes       yes     no
    resend        yes    yes       yes     no
    sessions      yes    yes       yes     no
    log           yes    yes       yes     no
    tail          yes    yes       yes     no
    queue         yes    yes       yes     no
    prompt        yes    yes       no      no
    files         yes    yes       no      no
    new           yes    yes       no      no
    use           yes    yes       no      no
    stop          yes    yes       no      no
    agent         yes    yes       no      no
    name          yes    yes       no      no
    retry         yes    yes       no      no
    fork          yes    yes       no      no
    interrupt     yes    yes       no      no
    change_queue  yes    yes       no      no
    model         yes    yes       no      no
    mode          yes    yes       no      no
    choose        yes    yes       no      no
    approve       yes    yes       no      no
    deny          yes    yes       no      no
    schedule      yes    yes       no      no
    quota_mode    yes    yes       no      no
    raise_budget  yes    no        no      no
    pair          yes    no        no      no
    people        yes    no        no      no
"""
LINES = [line.split() for line in EXPECTED.strip().splitlines()]
CELLS = [
    (action, Role(role), cell == "yes")
    for action, *cells in LINES[1:]
    for role, cell in zip(LINES[0][1:], cells, strict=True)
]


@pytest.mark.parametrize(("action", "role", "allowed"), CELLS)
def test_a_role_may_do_what_the_table_says(action: str, role: Role, allowed: bool) -> None:
    assert may(role, action) is allowed


def test_the_table_has_a_row_for_every_action_and_a_column_for_every_role() -> None:
    assert sorted(row[0] for row in LINES[1:]) == sorted(Action) == sorted(RIGHTS)
    assert [Role(role) for role in LINES[0][1:]] == list(Role)


def test_every_command_has_a_row() -> None:
    assert {command.name for command in Core().router.registry} <= {*Action}


@pytest.mark.parametrize("role", Role)
def test_what_the_table_does_not_name_is_for_owners_alone(role: Role) -> None:
    assert may(role, "launch") is (role is Role.OWNER)


NOBODY_NAMED = Audience()
ONE_NAMED = Audience(people=frozenset({OPERATOR}))
VIEWERS = Audience(roles=frozenset({Role.VIEWER}))
BOTH = Audience(people=frozenset({OPERATOR}), roles=frozenset({Role.VIEWER}))
#: To strangers, not even by their names.
STRANGERS = Audience(people=frozenset({"U-stranger"}), roles=frozenset({Role.STRANGER}))


@pytest.mark.parametrize(
    ("audience", "admitted"),
    [
        (NOBODY_NAMED, {Role.OWNER, Role.OPERATOR, Role.VIEWER}),
        (ONE_NAMED, {Role.OWNER, Role.OPERATOR}),
        (VIEWERS, {Role.OWNER, Role.VIEWER}),
        (BOTH, {Role.OWNER, Role.OPERATOR, Role.VIEWER}),
        (STRANGERS, {Role.OWNER}),
    ],
)
def test_an_agent_is_for_owners_and_those_it_names(
    audience: Audience, admitted: set[Role]
) -> None:
    assert {role for role in Role if audience.admits(with_role(role))} == admitted


def test_another_operator_is_not_the_one_who_is_named() -> None:
    assert not ONE_NAMED.admits(with_role(Role.OPERATOR, "U-another"))


def test_the_agents_open_to_a_person_begin_with_the_default_one() -> None:
    names = ("zeta", "claude", "alpha")
    book = AgentBook(
        profiles={name: AgentProfile(name=name) for name in names},
        default_workspace="/work",
        audiences={"zeta": ONE_NAMED},
    )

    assert book.open_to(with_role(Role.OPERATOR)) == ["claude", "alpha", "zeta"]
    assert book.open_to(with_role(Role.VIEWER, VIEWER)) == ["claude", "alpha"]
    assert book.open_to(with_role(Role.STRANGER)) == []
