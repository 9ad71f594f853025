"""The words for roles, and for what else is done with people, in every language. No I/O."""

from __future__ import annotations

from commands.grammar import fold
from orchestrator_core.errors import PersonError
from orchestrator_core.model import Role

_ROLES = {
    Role.OWNER: ("owner", "オーナー"),
    Role.OPERATOR: ("operator", "オペレーター"),
    Role.VIEWER: ("viewer", "閲覧者"),
}
_BY_WORD = {fold(word): role for role, words in _ROLES.items() for word in words}

#: What stands between a code and a role.
AS = frozenset({"as", "で"})
REFUSE = frozenset({"refuse", "no", "断る"})
REVOKE = frozenset({"revoke", "取消", "取り消す"})
NAME = frozenset({"name", "名前"})


def role_named(word: str) -> Role:
    """A role that can be given. Raises PersonError for another word."""
    role = _BY_WORD.get(fold(word))
    if role is None:
        raise PersonError("pairing.role_unknown", word=word)
    return role
