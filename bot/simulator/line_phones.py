"""What people do on their phones, and the webhook events that follow from it.

Knows LINE's events, not HTTP.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.simulator.line_delivery import WebhookSender
from bot.simulator.line_events import event, mention_of_bot, source, text_message
from bot.simulator.line_journal import Kind
from bot.simulator.line_state import Content, JsonObject
from bot.simulator.line_world import World


class Phones:
    """Each action returns the `webhookEventId` once the bot's webhook was tried for the first
    time. People and groups named for the first time are made up."""

    def __init__(self, world: World, webhook: WebhookSender) -> None:
        self._world = world
        self._webhook = webhook
        self._sent: dict[str, JsonObject] = {}

    async def say(
        self,
        user_id: str,
        text: str,
        *,
        group_id: str | None = None,
        mention_bot: bool = False,
        quoted_message_id: str | None = None,
    ) -> str:
        bot = self._world.bot
        if mention_bot:
            text = f"@{bot.display_name} {text}"
        message = text_message(self._world.names.message_id(), text)
        if mention_bot:
            message["mention"] = mention_of_bot(bot.user_id, bot.display_name)
        if quoted_message_id is not None:
            message["quotedMessageId"] = quoted_message_id
        return await self._send_message(user_id, group_id, message)

    async def send_media(
        self,
        user_id: str,
        data: bytes,
        *,
        kind: str = "image",
        media_type: str = "image/png",
        file_name: str | None = None,
        group_id: str | None = None,
    ) -> str:
        """A picture, sound, video or file, to be fetched by its message id."""
        message = self._with_content(data, kind, media_type)
        if kind == "file":
            message |= {"fileName": file_name or "file", "fileSize": len(data)}
        else:
            message["contentProvider"] = {"type": "line"}
        return await self._send_message(user_id, group_id, message)

    def work_on(self, message_id: str) -> None:
        """Let LINE make a playable form of it, for ever."""
        content = self._world.contents[message_id]
        self._world.contents[message_id] = replace(content, is_in_work=True)

    async def send_album(self, user_id: str, pictures: Sequence[bytes]) -> list[str]:
        """Several pictures at once."""
        set_id = uuid.uuid4().hex.upper()
        sent = []
        for index, one in enumerate(pictures, 1):
            message = self._with_content(one, "image", "image/png")
            message["contentProvider"] = {"type": "line"}
            message["imageSet"] = {"id": set_id, "index": index, "total": len(pictures)}
            sent.append(await self._send_message(user_id, None, message))
        return sent

    async def send_odd(self, user_id: str, message: JsonObject) -> str:
        """A message of any other kind: a sticker, a place."""
        made = text_message(self._world.names.message_id(), "")
        del made["text"]
        return await self._send_message(user_id, None, {**made, **message})

    async def take_in(self, user_id: str, group_id: str) -> str:
        """Bring the bot into a group."""
        chat = self._enter(user_id, group_id)
        return await self._deliver(self._about_group("join", group_id, reply_to=chat))

    async def send_away(self, group_id: str) -> str:
        """Put the bot out of a group."""
        return await self._deliver(self._about_group("leave", group_id, reply_to=None))

    async def say_unnamed(self, group_id: str, text: str) -> str:
        """As somebody whom LINE does not name, with a mention of the bot."""
        bot = self._world.bot
        whole = f"@{bot.display_name} {text}"
        message = text_message(self._world.names.message_id(), whole)
        message["mention"] = mention_of_bot(bot.user_id, bot.display_name)
        made = self._about_group("message", group_id, reply_to=group_id, message=message)
        return await self._deliver(made)

    async def tap(
        self,
        user_id: str,
        data: str,
        display_text: str | None = None,
        *,
        group_id: str | None = None,
    ) -> str:
        """Tap a button that carries a postback."""
        chat = self._enter(user_id, group_id)
        message_id = self._world.names.message_id()
        made = self._event("postback", user_id, group_id, chat, postback={"data": data})
        self._world.journal.add(
            Kind.USER_MESSAGE,
            chat,
            sender=user_id,
            messageId=message_id,
            eventId=made["webhookEventId"],
            text=display_text,
            postback=data,
        )
        return await self._deliver(made, lambda: self._mark_read(chat, message_id))

    async def follow(self, user_id: str) -> str:
        back = self._world.people.meet(user_id).blocked
        self._world.people.change(user_id, blocked=False)
        self._world.journal.add(Kind.FOLLOWED, user_id)
        follow = {"isUnblocked": back}
        return await self._deliver(self._event("follow", user_id, None, user_id, follow=follow))

    async def unfollow(self, user_id: str) -> str:
        """Block the bot."""
        self._world.people.change(user_id, blocked=True)
        self._world.journal.add(Kind.UNFOLLOWED, user_id)
        return await self._deliver(self._event("unfollow", user_id, None, None))

    async def unsend(self, user_id: str, message_id: str, *, group_id: str | None = None) -> str:
        chat = self._enter(user_id, group_id)
        self._world.journal.add(Kind.UNSENT, chat, messageId=message_id)
        unsend = {"messageId": message_id}
        return await self._deliver(self._event("unsend", user_id, group_id, None, unsend=unsend))

    async def redeliver(self, event_id: str) -> int | None:
        """Send an event again as LINE does, whether or not the bot took it; the bot's status.

        Raises KeyError for an event that never was.
        """
        return await self._webhook.deliver_copy(self._sent[event_id])

    def event(self, event_id: str) -> JsonObject:
        """The event as it was sent first. Raises KeyError."""
        return self._sent[event_id]

    async def _send_message(self, user_id: str, group_id: str | None, message: JsonObject) -> str:
        chat = self._enter(user_id, group_id)
        message_id = str(message["id"])
        self._world.read_tokens[message["markAsReadToken"]] = (chat, message_id)
        made = self._event("message", user_id, group_id, chat, message=message)
        self._world.journal.add(
            Kind.USER_MESSAGE,
            chat,
            sender=user_id,
            messageId=message_id,
            eventId=made["webhookEventId"],
            text=message.get("text"),
            message=message,
        )
        return await self._deliver(made, lambda: self._mark_read(chat, message_id))

    def _enter(self, user_id: str, group_id: str | None) -> str:
        self._world.people.meet(user_id)
        if group_id is None:
            return user_id
        self._world.people.join(group_id, user_id)
        return group_id

    def _event(
        self, kind: str, user_id: str, group_id: str | None, reply_to: str | None, **rest: object
    ) -> JsonObject:
        token = None if reply_to is None else self._world.reply_tokens.issue(reply_to)
        whence = source(user_id, group_id)
        made = event(kind, self._world.clock.now(), whence, reply_token=token, **rest)
        self._sent[made["webhookEventId"]] = made
        return made

    def _with_content(self, data: bytes, kind: str, media_type: str) -> JsonObject:
        message_id = self._world.names.message_id()
        self._world.contents[message_id] = Content(data=data, media_type=media_type)
        message = text_message(message_id, "")
        del message["text"]
        return {**message, "type": kind}

    def _about_group(
        self, kind: str, group_id: str, *, reply_to: str | None, **rest: object
    ) -> JsonObject:
        token = None if reply_to is None else self._world.reply_tokens.issue(reply_to)
        whence = {"type": "group", "groupId": group_id}
        made = event(kind, self._world.clock.now(), whence, reply_token=token, **rest)
        self._sent[made["webhookEventId"]] = made
        return made

    async def _deliver(self, made: JsonObject, on_taken: Callable[[], None] = lambda: None) -> str:
        await self._webhook.deliver(made, on_taken)
        return str(made["webhookEventId"])

    def _mark_read(self, chat: str, message_id: str) -> None:
        self._world.journal.add(Kind.READ, chat, messageId=message_id)
