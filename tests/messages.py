"""What a message of ours offers and tells, before it takes LINE's shape."""

from __future__ import annotations

from orchestrator_core.messages import Card, Message


def commands_of(message: Message) -> list[str | None]:
    return [button.command for button in message.buttons]


def facts_of(message: Message) -> dict[str, str]:
    assert isinstance(message, Card)
    return {fact.label: fact.value for fact in message.facts}
