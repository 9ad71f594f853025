"""A real Chromium with the chat page open, the stand-in for LINE behind it and a small bot."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.chat_bot import Chat, open_chat

#: Without these Chromium asks hosts of its maker at every start.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
]
DESK = (1280, 860)
PHONE = (390, 844)


def find_chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        path = shutil.which(name)
        if path is not None:
            return path
    if os.environ.get("CI"):
        pytest.fail("No Chromium is installed, and CI must have one.")
    pytest.skip("No Chromium is installed.")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    path = find_chromium()
    # A busy machine may be slow to paint; a promise that holds is seen at once all the same.
    expect.set_options(timeout=20_000)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path,
            args=ARGUMENTS,
            # Scrollbars take their place, as on a desk.
            ignore_default_args=["--hide-scrollbars"],
        )
        yield browser
        await browser.close()


@pytest.fixture
async def desk(browser: Browser) -> AsyncIterator[Chat]:
    async with chat_in(browser, DESK) as chat:
        yield chat


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[Chat]:
    async with chat_in(browser, PHONE) as chat:
        yield chat


@pytest.fixture
async def dark(browser: Browser) -> AsyncIterator[Chat]:
    async with chat_in(browser, DESK, theme="dark") as chat:
        yield chat


@asynccontextmanager
async def chat_in(
    browser: Browser, size: tuple[int, int], *, theme: Literal["light", "dark"] = "light"
) -> AsyncIterator[Chat]:
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, locale="en-GB"
    )
    async with open_chat(context) as chat:
        yield chat
    await context.close()
