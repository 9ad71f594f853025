"""Tells people what became of the files they sent: once, and those sent together together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from orchestrator_core.messages import Button, Message, Say
from orchestrator_core.model import Origin, Role, Upload, UploadState
from orchestrator_core.outbox import Outbox
from orchestrator_core.ports import Clock, Records, Store
from orchestrator_core.texts import Texts, texts_in

#: The rest of the pictures sent at once is waited for so long.
SET_PATIENCE = timedelta(seconds=10)
#: A file goes with what its sender writes within this time.
GOES_ALONG_FOR = timedelta(hours=1)
_MOST = 200
_MOST_NAMED = 10
_KILO = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadNotes:
    store: Store
    outbox: Outbox
    clock: Clock
    #: What is refused for being larger.
    most_bytes: int

    async def tell(self, pool: str) -> None:
        """Tell of all that came to an end since, but for sets that are still on their way."""
        async with self.store.read() as records:
            untold = await records.uploads.untold(pool, limit=_MOST)
        groups: dict[tuple[str, str], list[Upload]] = {}
        for one in untold:
            groups.setdefault((one.chat.id, one.set_id or str(one.id)), []).append(one)
        for group in groups.values():
            async with self.store.transaction() as records:
                if await self._is_whole(records, group[0]):
                    await self._tell(records, group)

    async def _is_whole(self, records: Records, one: Upload) -> bool:
        """Late pictures are told of by themselves."""
        if one.set_id is None:
            return True
        those = await records.uploads.of_set(one.chat.id, one.set_id)
        if not all(upload.is_settled for upload in those):
            return False
        waited = self.clock.now() - max(upload.created_at for upload in those)
        return len(those) >= (one.set_total or 1) or waited >= SET_PATIENCE

    async def _tell(self, records: Records, group: Sequence[Upload]) -> None:
        now = self.clock.now()
        told = await records.uploads.tell([one.id for one in group], now)
        ours = [one for one in group if one.id in told]
        person = await records.people.get(ours[0].person_id) if ours else None
        if person is None or person.role is Role.STRANGER:
            return
        messages = self._messages(ours, texts_in(person.language))
        tokens = [one.reply_token for one in ours if one.reply_token is not None]
        token = max(tokens, key=lambda one: one.expires_at, default=None)
        good = token if token is not None and token.expires_at > now else None
        is_news = any(one.state is UploadState.REFUSED for one in ours)
        # That all went well is not worth a push.
        if messages and (good is not None or is_news):
            to = Origin(chat=ours[0].chat, person_id=person.id, reply_token=good)
            await self.outbox.put(records, messages, to=to, now=now)

    def _messages(self, uploads: Sequence[Upload], say: Texts) -> list[Message]:
        lines = [
            say(
                f"upload.refused.{one.why}",
                name=what(one, say),
                most=size_of(self.most_bytes),
            )
            for one in uploads
            if one.why is not None
        ]
        # What went with a prompt is answered with it.
        waiting = [
            one for one in uploads if one.state is UploadState.STORED and one.turn_id is None
        ]
        if waiting:
            lines.append(say.count("upload.stored", len(waiting), names=names_of(waiting, say)))
        if not lines:
            return []
        return [Say(text="\n".join(lines), buttons=choices(say) if waiting else ())]


def choices(say: Texts) -> tuple[Button, ...]:
    """What can be done with files that wait for a word."""
    return (
        Button(label=say("button.files_ask"), command="/files ask", primary=True),
        Button(label=say("button.files_drop"), command="/files drop"),
    )


def names_of(uploads: Sequence[Upload], say: Texts) -> str:
    named = [
        f"{what(one, say)} ({size_of(one.size)})" if one.size is not None else what(one, say)
        for one in uploads[:_MOST_NAMED]
    ]
    more = len(uploads) - len(named)
    return say("upload.names_more", names=", ".join(named), n=more) if more else ", ".join(named)


def what(upload: Upload, say: Texts) -> str:
    """By its name; what has none by what it is."""
    return upload.name or say(f"upload.kind.{upload.kind}")


def size_of(count: int) -> str:
    if count < _KILO:
        return f"{count} B"
    if count < _KILO * _KILO:
        return f"{count / _KILO:.0f} KB"
    return f"{count / _KILO / _KILO:.1f} MB"
