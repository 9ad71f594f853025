"""What `/help` shows together: a screen of a phone holds no list of all commands. No I/O."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping

from commands.grammar import fold
from commands.registry import Command
from orchestrator_core.texts import Texts


class Topic(enum.StrEnum):
    """What one asks help about. None is called like a command, which `/help` explains first."""

    WORK = "work"
    ANSWERS = "answers"
    MONEY = "money"
    TEAM = "team"
    SETTINGS = "settings"


_NAMES: Mapping[Topic, frozenset[str]] = {
    Topic.WORK: frozenset(
        {
            *("new", "use", "status", "stop", "interrupt", "sessions", "name"),
            *("queue", "retry", "fork", "schedule"),
        }
    ),
    Topic.ANSWERS: frozenset({"more", "log", "tail", "files", "inbox", "approve", "deny"}),
    Topic.MONEY: frozenset({"budget", "cost", "quota"}),
    Topic.TEAM: frozenset({"pair", "people", "whoami"}),
    Topic.SETTINGS: frozenset({"agent", "model", "mode", "lang", "help"}),
}


def in_topic(topic: Topic, commands: Iterable[Command]) -> list[Command]:
    """Those of the topic, in their order."""
    return [command for command in commands if command.name in _NAMES[topic]]


def topic_named(word: str, say: Texts) -> Topic | None:
    """By its own word or by its title."""
    asked = fold(word)
    return next(
        (one for one in Topic if asked in {one.value, fold(say(f"help.topic.{one}"))}), None
    )
