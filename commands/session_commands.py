"""The commands for what is said and done in sessions, in the order `/help` shows them."""

from __future__ import annotations

from commands.fork import Fork
from commands.interrupt import Interrupt
from commands.log import Log
from commands.mode import Mode
from commands.model import Model
from commands.name import Name
from commands.prompt import Prompting
from commands.queue import Queue
from commands.registry import Command
from commands.retry import Retry
from commands.sessions import Sessions
from commands.tail import Tail
from orchestrator_core.desk import SessionDesk


def session_commands(desk: SessionDesk, prompting: Prompting) -> tuple[Command, ...]:
    return (
        Interrupt(desk),
        Sessions(),
        Name(desk),
        Log(desk),
        Tail(desk),
        Queue(desk),
        Retry(prompting),
        Fork(prompting),
        Model(desk),
        Mode(desk),
    )
