"""Who may do what: the one table of rights, and who may use an agent.

Data and two questions asked of it. Who has which role is for the gate to say.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator_core.model import Person, Role


class Action(enum.StrEnum):
    """What can be asked for: every command by its name, and what is done without one."""

    HELP = "help"
    WHOAMI = "whoami"
    LANG = "lang"
    STATUS = "status"
    COST = "cost"
    #: To see the budgets.
    BUDGET = "budget"
    #: To read on in an answer, also by its buttons.
    MORE = "more"
    #: To see the channel's quota.
    QUOTA = "quota"
    #: To fetch what was not pushed, also by its buttons.
    INBOX = "inbox"
    #: To send again what may not have arrived.
    RESEND = "resend"
    SESSIONS = "sessions"
    LOG = "log"
    TAIL = "tail"
    #: To see what waits.
    QUEUE = "queue"

    #: Plain text, which goes to a session.
    PROMPT = "prompt"
    FILES = "files"
    NEW = "new"
    USE = "use"
    STOP = "stop"
    AGENT = "agent"
    NAME = "name"
    RETRY = "retry"
    FORK = "fork"
    INTERRUPT = "interrupt"
    #: To drop what waits, or bring it forward.
    CHANGE_QUEUE = "change_queue"
    MODEL = "model"
    MODE = "mode"
    #: What becomes of an interrupted turn.
    CHOOSE = "choose"
    APPROVE = "approve"
    DENY = "deny"
    SCHEDULE = "schedule"
    #: What a chat's quota is spent on.
    QUOTA_MODE = "quota_mode"

    #: To change a budget, also by its buttons.
    RAISE_BUDGET = "raise_budget"
    PAIR = "pair"
    PEOPLE = "people"


_OWNERS = frozenset({Role.OWNER})
_OPERATORS = _OWNERS | {Role.OPERATOR}
_VIEWERS = _OPERATORS | {Role.VIEWER}

RIGHTS: Mapping[Action, frozenset[Role]] = {
    Action.HELP: _VIEWERS,
    Action.WHOAMI: _VIEWERS,
    Action.LANG: _VIEWERS,
    Action.STATUS: _VIEWERS,
    Action.COST: _VIEWERS,
    Action.BUDGET: _VIEWERS,
    Action.MORE: _VIEWERS,
    Action.QUOTA: _VIEWERS,
    Action.INBOX: _VIEWERS,
    Action.RESEND: _VIEWERS,
    Action.SESSIONS: _VIEWERS,
    Action.LOG: _VIEWERS,
    Action.TAIL: _VIEWERS,
    Action.QUEUE: _VIEWERS,
    Action.PROMPT: _OPERATORS,
    Action.FILES: _OPERATORS,
    Action.NEW: _OPERATORS,
    Action.USE: _OPERATORS,
    Action.STOP: _OPERATORS,
    Action.AGENT: _OPERATORS,
    Action.NAME: _OPERATORS,
    Action.RETRY: _OPERATORS,
    Action.FORK: _OPERATORS,
    Action.INTERRUPT: _OPERATORS,
    Action.CHANGE_QUEUE: _OPERATORS,
    Action.MODEL: _OPERATORS,
    Action.MODE: _OPERATORS,
    Action.CHOOSE: _OPERATORS,
    Action.APPROVE: _OPERATORS,
    Action.DENY: _OPERATORS,
    Action.SCHEDULE: _OPERATORS,
    Action.QUOTA_MODE: _OPERATORS,
    Action.RAISE_BUDGET: _OWNERS,
    Action.PAIR: _OWNERS,
    Action.PEOPLE: _OWNERS,
}


def may(role: Role, action: str) -> bool:
    """What the table does not name is for owners alone."""
    return role in RIGHTS[Action(action)] if action in RIGHTS else role is Role.OWNER


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who may use an agent, and see its sessions: owners always; without people and roles
    everybody who has a role."""

    #: By id.
    people: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset()

    def admits(self, person: Person) -> bool:
        if person.role is Role.STRANGER:
            return False
        if person.role is Role.OWNER or not (self.people or self.roles):
            return True
        return person.id in self.people or person.role in self.roles


EVERYBODY = Audience()
