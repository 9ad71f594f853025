"""A person talks to a bot on the chat page, in a real browser."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from bot.simulator.line_state import OWNER
from tests.browser.chat_bot import Chat
from tests.browser.samples import HOSTILE, approval, carousel, confirm, quick, text

pytestmark = pytest.mark.browser


async def test_what_is_typed_is_sent_and_the_answer_appears(desk: Chat) -> None:
    await desk.send("川について")

    await expect(desk.own_bubbles).to_have_text(["川について"])
    await expect(desk.bot_bubbles).to_have_text(["You said: 川について"])
    await expect(desk.composer).to_have_value("")
    await expect(desk.page.locator(".read")).to_have_text(["Read"])
    assert desk.complaints == []


async def test_shift_enter_breaks_the_line(desk: Chat) -> None:
    await desk.composer.press_sequentially("one")
    await desk.composer.press("Shift+Enter")
    await desk.composer.press_sequentially("two")
    await desk.page.locator("#send").click()

    assert (await desk.bot.next_event())["message"]["text"] == "one\ntwo"


async def test_enter_that_ends_a_composition_does_not_send(desk: Chat) -> None:
    await desk.composer.fill("かわ")
    composing = {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True}
    await desk.composer.dispatch_event("keydown", composing)
    await expect(desk.composer).to_have_value("かわ")
    await desk.composer.press("Enter")

    await expect(desk.own_bubbles).to_have_text(["かわ"])
    assert len(desk.line.messages(OWNER.user_id)) == 1


async def test_an_empty_message_cannot_be_sent(desk: Chat) -> None:
    await desk.composer.fill(" \n ")

    await expect(desk.page.locator("#send")).to_be_disabled()


async def test_quick_replies_speak_and_then_vanish(desk: Chat) -> None:
    await desk.bot.push(text("and now?", quickReply=quick("status", "stop")))
    await expect(desk.quick_replies).to_have_text(["status", "stop"])
    await desk.quick_replies.first.click()

    await expect(desk.own_bubbles).to_have_text(["/status"])
    await expect(desk.page.locator("#quick")).to_be_hidden()


async def test_quick_replies_vanish_when_a_newer_message_arrives(desk: Chat) -> None:
    await desk.bot.push(text("and now?", quickReply=quick("status")))
    await expect(desk.quick_replies).to_have_count(1)
    await desk.bot.push(text("never mind"))

    await expect(desk.page.locator("#quick")).to_be_hidden()


async def test_a_tapped_flex_button_sends_its_postback(desk: Chat) -> None:
    await desk.bot.push(approval())
    await desk.page.get_by_role("button", name="Allow once").click()

    event = await desk.bot.next_event()
    assert event["postback"] == {"data": "tap=Allow once"}
    await expect(desk.own_bubbles).to_have_text(["Allow once"])


async def test_flex_looks_as_ordered(desk: Chat) -> None:
    await desk.bot.push(approval())
    title = desk.page.get_by_text("実行の許可")
    struck = desk.page.get_by_text("struck")
    deny, allow = [
        await desk.page.get_by_role("button", name=name).bounding_box()
        for name in ("Deny", "Allow once")
    ]

    await expect(title).to_have_css("font-size", "22px")
    await expect(title).to_have_css("font-weight", "700")
    await expect(struck).to_have_css("text-decoration-line", "line-through")
    await expect(struck).to_have_css("color", "rgb(194, 64, 44)")
    assert deny is not None and allow is not None
    assert allow["width"] == pytest.approx(2 * deny["width"], rel=0.05)
    assert desk.complaints == []


async def test_templates_carousels_and_unknown_kinds_are_shown(desk: Chat) -> None:
    sticker = {"type": "sticker", "packageId": "446", "stickerId": "1988"}
    await desk.bot.push(confirm(), carousel(3), sticker)
    await expect(desk.page.locator(".carousel .flex-bubble")).to_have_count(3)
    await expect(desk.page.locator(".placeholder")).to_contain_text("Sticker")
    await desk.page.get_by_role("button", name="Leave").click()

    assert (await desk.bot.next_event())["message"]["text"] == "leave it"


async def test_the_dots_show_until_the_answer_comes(desk: Chat) -> None:
    await desk.bot.show_loading(60)
    await expect(desk.dots).to_be_visible()
    await desk.bot.push(text("done"))

    await expect(desk.bot_bubbles).to_have_text(["done"])
    await expect(desk.dots).to_have_count(0)


async def test_the_dots_end_with_their_seconds(desk: Chat) -> None:
    await desk.page.clock.install()
    await desk.bot.show_loading(5)
    await expect(desk.dots).to_be_visible()
    await desk.page.clock.fast_forward(5000)

    await expect(desk.dots).to_have_count(0)


async def test_hostile_text_is_only_text(phone: Chat) -> None:
    await phone.bot.push(*[text(words) for words in HOSTILE[:5]])
    await phone.bot.push(*[text(words) for words in HOSTILE[5:]])
    await expect(phone.bot_bubbles).to_have_count(len(HOSTILE))

    assert await phone.bot_bubbles.evaluate_all("all => all.map(b => b.textContent)") == HOSTILE
    assert await phone.page.evaluate("window.pwned") is None
    width = "document.getElementById('scroll').scrollWidth <= innerWidth"
    assert await phone.page.evaluate(width)
    assert phone.complaints == []


async def test_a_person_s_own_markup_is_only_text(desk: Chat) -> None:
    await desk.send(HOSTILE[1])

    await expect(desk.own_bubbles).to_have_text([HOSTILE[1]])
    assert await desk.page.evaluate("window.pwned") is None


async def test_a_reload_keeps_the_history(desk: Chat) -> None:
    await desk.send("before")
    await expect(desk.bot_bubbles).to_have_count(1)
    await desk.page.reload()

    await expect(desk.own_bubbles).to_have_text(["before"])
    await expect(desk.bot_bubbles).to_have_text(["You said: before"])


async def test_an_unsent_message_is_gone(desk: Chat) -> None:
    await desk.send("oops")
    message_id = (await desk.bot.next_event())["message"]["id"]
    await expect(desk.own_bubbles).to_have_count(1)
    await desk.line.unsend(OWNER.user_id, message_id)

    await expect(desk.own_bubbles).to_have_count(0)
    await expect(desk.page.get_by_text("This message was unsent")).to_be_visible()


async def test_links_open_elsewhere_and_only_web_addresses_are_links(desk: Chat) -> None:
    await desk.bot.push(text("see https://example.com/a?b=1、javascript:alert(1)"))
    link = desk.bot_bubbles.locator("a")

    await expect(link).to_have_count(1)
    await expect(link).to_have_attribute("href", "https://example.com/a?b=1")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")
