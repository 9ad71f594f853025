"""Takes secrets out of what is written down, streamed or sent: `redact` for a text, `redact_json`
for what will be JSON, `redact_message` for what is said to a person.

Called where things leave: by the outbox, by the log of a session, by the audit, and by the
formatter of log lines. What runs is never changed: a prompt reaches Claude as it was written.

Hidden are tokens that say what they are (Anthropic, OpenAI, GitHub, GitLab, AWS, Slack, Stripe,
npm, PyPI, Google, any JWT), private keys in PEM, what stands behind `Authorization:`, `Bearer` and
`Cookie:`, passwords in URLs, values under a name that tells (`TOKEN=…`), and long random strings.
Where that line runs is said in `orchestrator_core/secret_values.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from orchestrator_core.messages import Answer, Chart, Fact, Files, Message, Say
from orchestrator_core.secret_shapes import MARK, lowered, secrets_in
from orchestrator_core.secret_values import is_secret_name, named_values_in, random_strings_in

#: What is nested deeper is hidden whole: nobody's honest input is, and looking has an end.
_DEEPEST = 64
#: No secret is shorter.
_SHORTEST = 6


def redact(text: str) -> str:
    """The text with MARK in the place of each secret; the same text when there is none."""
    if len(text) < _SHORTEST:
        return text
    lower = lowered(text)
    found = (secrets_in(text, lower), named_values_in(text, lower), random_strings_in(text))
    spans = sorted(chain.from_iterable(found))
    if not spans:
        return text
    kept: list[str] = []
    end = 0
    for start, until in spans:
        if start >= end:
            kept += (text[end:start], MARK)
        end = max(end, until)
    kept.append(text[end:])
    return "".join(kept)


def redact_json(value: Any, *, depth: int = 0) -> Any:
    """As `redact`, in every text of it; a text under a name like `password` is hidden whole."""
    if isinstance(value, str):
        return redact(value)
    if not isinstance(value, Mapping | list | tuple):
        return value
    if depth >= _DEEPEST:
        return MARK
    if isinstance(value, Mapping):
        return {
            redact(key) if isinstance(key, str) else key: _under(key, one, depth)
            for key, one in value.items()
        }
    return [redact_json(one, depth=depth + 1) for one in value]


def redact_message(message: Message) -> Message:
    """Its buttons' labels too. What a button does stays: what it types is the person's own, and
    a signed answer holds no text."""
    buttons = tuple(replace(one, label=redact(one.label)) for one in message.buttons)
    if isinstance(message, Say):
        return replace(message, text=redact(message.text), buttons=buttons)
    if isinstance(message, Files):
        # Their addresses are secret, and for whom they are sent to.
        return replace(message, text=redact(message.text), buttons=buttons)
    if isinstance(message, Answer):
        return replace(
            message,
            text=redact(message.text),
            title=redact(message.title),
            summary=redact(message.summary),
            note=redact(message.note),
            buttons=buttons,
        )
    return replace(
        message,
        title=redact(message.title),
        summary=redact(message.summary),
        text=redact(message.text),
        facts=_facts(message.facts),
        code=redact(message.code),
        chart=message.chart and _chart(message.chart),
        buttons=buttons,
    )


def _facts(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    return tuple(
        replace(fact, label=redact(fact.label), value=redact(fact.value)) for fact in facts
    )


def _chart(chart: Chart) -> Chart:
    """The words below its bars; a picture of it is drawn from names and figures alone."""
    bars = tuple(replace(bar, label=redact(bar.label)) for bar in chart.bars)
    return replace(chart, bars=bars)


def _under(name: object, value: Any, depth: int) -> Any:
    if isinstance(value, str) and value and isinstance(name, str) and is_secret_name(name):
        return MARK
    return redact_json(value, depth=depth + 1)
