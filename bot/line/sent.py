"""What LINE tells of messages it has taken.

https://developers.line.biz/en/reference/messaging-api/#send-push-message-response
Performs no I/O.
"""

from __future__ import annotations

import json
from typing import Any

_LONGEST_ID = 64


def sent_ids(answer: Any) -> tuple[str, ...]:
    """The ids of the messages, in order. None where anything about them is strange: they are
    wanted for what people quote, and a wrong one is worse than none."""
    sent = answer.get("sentMessages") if isinstance(answer, dict) else None
    if not isinstance(sent, list):
        return ()
    ids = [one.get("id") if isinstance(one, dict) else None for one in sent]
    known = [one for one in ids if isinstance(one, str) and 0 < len(one) <= _LONGEST_ID]
    return tuple(known) if len(known) == len(ids) else ()


def accepted_before(body: Any) -> Any:
    """What was told the first time, of a push that was made again."""
    try:
        return json.loads(body)
    except (ValueError, TypeError, RecursionError):
        return None
