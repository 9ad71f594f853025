"""The menu at the foot of a person's chat: what it is for, and which one they see."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from orchestrator_core.model.people import Language


class MenuState(enum.StrEnum):
    """What a person can do next decides which menu they see."""

    IDLE = "idle"
    #: The current session of their own chat is at work, or about to be.
    RUNNING = "running"
    #: Something waits for their yes.
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Menu:
    """One that stands ready on the channel."""

    state: MenuState
    language: Language
    #: The channel's.
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuChange:
    """A person sees another menu than they should."""

    person_id: str
    #: None: they should see none any more.
    menu_id: str | None
