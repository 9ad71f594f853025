"""Reads the evidence of a run out of LINE's record, the people and the workspace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot.simulator.line_journal import Kind
from bot.simulator.line_platform import LinePlatform
from tests.chaos.evidence import Prompt, Shown
from tests.chaos.people import Chat
from tests.harness import text_of


def taken_by(platform: LinePlatform) -> dict[str, int]:
    """The place in the record where each event got its first 200."""
    taken: dict[str, int] = {}
    for entry in platform.journal.of(Kind.WEBHOOK):
        if entry.data["status"] == 200:
            taken.setdefault(entry.data["eventId"], entry.seq)
    return taken


def said_in(platform: LinePlatform) -> set[str]:
    """The events of all that people said and tapped."""
    return {entry.data["eventId"] for entry in platform.journal.of(Kind.USER_MESSAGE)}


def prompts_of(platform: LinePlatform, chats: Iterable[Chat]) -> tuple[Prompt, ...]:
    taken = taken_by(platform)
    return tuple(prompt for chat in chats for prompt in _prompts_of(chat, taken))


def shown_by(platform: LinePlatform) -> tuple[Shown, ...]:
    return tuple(
        Shown(
            chat=str(entry.chat_id),
            seq=entry.seq,
            text=text_of(entry.data["message"]),
            retry_key=entry.data["retryKey"],
            request_id=entry.data["requestId"],
        )
        for entry in platform.accepted()
    )


def commands_of(chats: Iterable[Chat]) -> dict[tuple[str, str], int]:
    counted: Counter[tuple[str, str]] = Counter()
    for chat in chats:
        counted.update({(chat.id, name): len(ids) for name, ids in chat.commands.items()})
        counted[chat.id, "approval.late"] = chat.taps
        counted[chat.id, "interrupted"] = chat.choices
    return dict(counted)


def effects_in(workspace: Path) -> tuple[str, ...]:
    effects = workspace / "effects.txt"
    return tuple(effects.read_text().split()) if effects.exists() else ()


def _prompts_of(chat: Chat, taken: dict[str, int]) -> Iterator[Prompt]:
    for index, said in enumerate(chat.said):
        yield Prompt(
            marker=said.marker,
            chat=said.chat,
            kind=next(one.kind for one in chat.plan.prompts if one.marker == said.marker),
            said=said.after,
            taken=taken.get(said.event_id),
            after_stop=_came_after_stop(chat, index, taken),
        )


def _came_after_stop(chat: Chat, index: int, taken: dict[str, int]) -> bool:
    """Whether it was said when both /stop and /use, in this order, had been taken."""
    if chat.resumed_at is None or index < chat.resumed_at:
        return False
    stop, use = (taken.get(chat.commands[name][0]) for name in ("stop", "use"))
    return stop is not None and use is not None and stop < use < chat.said[index].after
