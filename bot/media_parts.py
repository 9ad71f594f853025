"""The parts that files and names of people go through, made of what is open."""

from __future__ import annotations

from bot.file_links import GOOD_FOR, MOST_BYTES, FileLinks, file_key
from bot.ground import Ground
from orchestrator_core.fetching import Fetcher
from orchestrator_core.member_names import MemberNames
from orchestrator_core.offering import Offers
from orchestrator_core.outbox import Outbox
from orchestrator_core.prompt_words import PromptWords
from orchestrator_core.upload_notes import UploadNotes


def fetcher_of(ground: Ground, outbox: Outbox) -> Fetcher:
    most_bytes = ground.loaded.config.media.most_bytes
    return Fetcher(
        me=ground.me,
        pool=ground.part.pool,
        store=ground.store,
        content=ground.content,
        notes=UploadNotes(
            store=ground.store, outbox=outbox, clock=ground.clock, most_bytes=most_bytes
        ),
        wakeups=ground.wakeups,
        clock=ground.clock,
        metrics=ground.metrics,
        most_bytes=most_bytes,
    )


def offers_of(ground: Ground) -> Offers | None:
    """None without an address where LINE's apps could fetch what is offered."""
    settings = ground.loaded.settings
    if settings.denrei_public_url is None:
        return None
    secret = settings.line_channel_secret.get_secret_value().encode()
    return Offers(
        store=ground.store,
        addresses=FileLinks(settings.denrei_public_url, file_key(secret)),
        clock=ground.clock,
        most_bytes=MOST_BYTES,
        good_for=GOOD_FOR,
    )


def words_of(ground: Ground) -> PromptWords:
    names = MemberNames(store=ground.store, messenger=ground.messenger, clock=ground.clock)
    return PromptWords(store=ground.store, names=names, wakeups=ground.wakeups, clock=ground.clock)
