"""The part of a call that a person is shown: short, and without secrets."""

from __future__ import annotations

import re

from orchestrator_core.guard.marks import without_marks

_LONGEST = 300
_SECRETS = (
    re.compile(r"(?i)(authorization:\s*(?:\w+\s+)?|bearer\s+|basic\s+)[^\s'\"]+"),
    re.compile(
        r"(?i)((?:[\w-]*(?:token|secret|passw(?:or)?d|passwd|api_?key|access_?key|credential)[\w-]*)"
        r"[\s:=]+['\"]?)[^\s'\"&]{3,}"
    ),
    re.compile(r"(//[^/:@\s]+:)[^/@\s]+(?=@)"),
    re.compile(
        r"()\b(?:sk|pk|ghp|gho|ghs|github_pat|glpat|xox\w|AKIA|ASIA|AIza|ya29|eyJ)[\w.-]{8,}"
    ),
    re.compile(r"()\b(?=[A-Za-z0-9+_-]*\d)(?=[A-Za-z0-9+_-]*[A-Za-z])[A-Za-z0-9+_-]{32,}={0,2}"),
)


def shown(text: str) -> str:
    text = without_marks(text)
    for pattern in _SECRETS:
        text = pattern.sub(lambda found: f"{found[1]}…", text)
    text = "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
