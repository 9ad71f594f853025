"""A written answer on the chat page, in a real browser: whole, within the card, in both themes."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.answers import page_of
from tests.browser.chat_bot import Chat

pytestmark = pytest.mark.browser

ANSWER = """The cause was `parse_date`.

## What I changed

| file | lines |
|---|--:|
| `api/dates.py` | 12 |

1. one
   - two

> quoted

```py
def f():
    return 1
```

See [the ticket](https://tracker.example.com/browse/API-142).
"""
LONG = "\n\n".join(f"## Part {n}\n\n" + f"This is sentence {n}. " * 40 for n in range(1, 9))
#: Whether any part of the card is wider than the card.
OVERFLOW = """all => all.some(card => [...card.querySelectorAll('*')].some(
    one => one.getBoundingClientRect().right > card.getBoundingClientRect().right + 1))"""


async def test_an_answer_is_drawn_whole_and_stays_within_its_card(phone: Chat) -> None:
    await is_drawn_whole(phone)


async def test_in_the_dark_theme_it_is_drawn_the_same(dark: Chat) -> None:
    await is_drawn_whole(dark)


async def is_drawn_whole(chat: Chat) -> None:
    await chat.bot.push(page_of(ANSWER))
    card = chat.page.locator(".flex-bubble")
    for words in ("#3 api-fix", "done, $0.12", "api/dates.py", "quoted", "return 1", "the ticket"):
        await expect(card).to_contain_text(words)

    await expect(card).to_have_css("background-color", "rgb(255, 255, 255)")
    assert not await card.evaluate_all(OVERFLOW)
    assert await card.locator(".flex-unknown").count() == 0
    assert chat.complaints == []


async def test_a_tap_brings_the_next_page(phone: Chat) -> None:
    first = page_of(LONG)
    await phone.bot.push(first)
    await phone.page.get_by_role("button", name="More 2/").click()

    event = await phone.bot.next_event()
    action = first["contents"]["footer"]["contents"][0]["action"]
    assert event["postback"] == {"data": action["data"]}
