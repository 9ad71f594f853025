"""`denrei line setup`: what the LINE channel needs before people can use it well.

It works beside whoever serves, on the same database, or with nobody.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.line.menu_design import Design
    from bot.line.menu_setup import MenuSetup, Outcome
    from bot.line.messenger import LineMessenger
    from bot.line.webhook_setup import Webhook
    from bot.settings import Settings
    from orchestrator_core.ports import Store


def add_line(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    line = commands.add_parser("line", help="the LINE channel: menus, webhook")
    acts = line.add_subparsers(dest="act", required=True)
    acts.add_parser(
        "setup",
        help="make the rich menus, show everybody theirs, and set the webhook; "
        "run again, it changes only what differs",
    )


def run_line(settings: Settings) -> tuple[bool, str]:
    """Carry it out. Whether all of it was possible, and what to print of it."""
    from orchestrator_core.errors import MessengerError, StartError  # noqa: PLC0415

    try:
        done, lines = asyncio.run(_set_up(settings))
    except MessengerError as error:
        return False, f"{error} Is LINE_CHANNEL_ACCESS_TOKEN right? Run it again to go on."
    except StartError as error:
        return False, f"Denrei cannot reach its database: {error}"
    return done, "\n".join(lines)


async def _set_up(settings: Settings) -> tuple[bool, Sequence[str]]:
    from bot.line.menu_design import designs  # noqa: PLC0415
    from bot.line.messenger import LineMessenger  # noqa: PLC0415
    from bot.line.webhook_setup import PATH, set_webhook  # noqa: PLC0415
    from bot.wiring import open_beside  # noqa: PLC0415

    token = settings.line_channel_access_token.get_secret_value()
    async with (
        open_beside(settings) as store,
        LineMessenger(access_token=token, api_base=settings.line_api_base) as messenger,
    ):
        drawn = designs()
        outcome = await _menu_setup(settings, store, messenger).run(drawn)
        lines = [*_told_of_menus(outcome), *_told_of_fonts(drawn)]
        if settings.denrei_public_url is None:
            return True, [*lines, "Webhook: left as it is, as DENREI_PUBLIC_URL is not set."]
        webhook = await set_webhook(messenger, f"{settings.denrei_public_url}{PATH}")
    return webhook.problem is None, [*lines, *_told_of_webhook(webhook)]


def _menu_setup(settings: Settings, store: Store, messenger: LineMessenger) -> MenuSetup:
    from bot.line.menu_setup import MenuSetup  # noqa: PLC0415
    from bot.line.menus import LineMenuBoard, LineMenuShelf  # noqa: PLC0415
    from orchestrator_core.clock import SystemClock  # noqa: PLC0415

    shelf = LineMenuShelf(
        messenger=messenger,
        access_token=settings.line_channel_access_token.get_secret_value(),
        data_base=settings.line_data_api_base,
    )
    return MenuSetup(
        store=store,
        shelf=shelf,
        board=LineMenuBoard(messenger),
        messenger=messenger,
        clock=SystemClock(),
        owners=settings.denrei_owners,
    )


def _told_of_menus(outcome: Outcome) -> Iterator[str]:
    yield f"Menus: {outcome.made} made, {outcome.kept} as they were, {outcome.deleted} deleted."
    yield f"People who see another menu now: {outcome.shown}."


def _told_of_fonts(drawn: Sequence[Design]) -> Iterator[str]:
    wordless = sorted({one.language for one in drawn if not one.has_words})
    if wordless:
        yield (
            f"No font on this machine writes {', '.join(wordless)}: those menus have icons alone. "
            "With fonts such as Noto Sans CJK and Noto Sans Thai, run it again."
        )


def _told_of_webhook(webhook: Webhook) -> Iterator[str]:
    yield f"Webhook: {webhook.url} {'is set now' if webhook.changed else 'was set already'}."
    if not webhook.active:
        yield "Turn on *Use webhook* in the LINE Developers Console, under Messaging API."
    if webhook.problem is None:
        yield "LINE reaches it."
    else:
        yield f"LINE does not reach it: {webhook.problem}. Start Denrei, then run this again."
