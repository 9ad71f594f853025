"""Signs that stand inside texts for what is not known.

Where a real text holds one, it is taken for unknown.
"""

from __future__ import annotations

import re

#: Anything at all.
UNKNOWN = "\ue000"
#: What the network answered.
NETWORK = "\ue001"
#: What a file holds.
FILE = "\ue002"
#: The value of a variable whose name says that it is a secret.
SECRET = "\ue003"  # noqa: S105  a sign, no secret
#: The value of a variable that the script did not set.
OUTSIDE = "\ue004"

_MARK = re.compile("[\ue000-\ue004]")
_SECRET_NAME = re.compile(
    r"(?i)(^|_)(token|secret|secrets|pass|passwd|password|pwd|credentials?|auth|apikey|key|pat)(_|$)"
)


def known(text: str) -> bool:
    return _MARK.search(text) is None


def without_marks(text: str) -> str:
    return _MARK.sub("…", text) if not known(text) else text


def first_mark(text: str) -> int:
    """Where the known beginning ends."""
    found = _MARK.search(text)
    return found.start() if found else len(text)


def names_a_secret(variable: str) -> bool:
    return _SECRET_NAME.search(variable) is not None and variable != "PWD"
