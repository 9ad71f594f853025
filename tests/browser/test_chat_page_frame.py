"""The chat page around the talk: themes, sizes, languages, the simulator's panel."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import Locator, expect

from bot.canvas import Sheet
from bot.simulator.line_state import OWNER, STRANGER
from tests.browser.chat_bot import Chat
from tests.browser.samples import quick, text

pytestmark = pytest.mark.browser

#: Contrast of an element's text against the ground it stands on, as WCAG 2 counts it.
CONTRAST = """
element => {
  const canvas = document.createElement("canvas").getContext("2d");
  const paint = (colours) => {
    colours.forEach((colour) => { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); });
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const grounds = [];
  for (let at = element; at; at = at.parentElement) {
    grounds.unshift(getComputedStyle(at).backgroundColor);
  }
  const light = (rgb) => {
    const parts = rgb.map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const ground = light(paint(grounds));
  const ink = light(paint([...grounds, getComputedStyle(element).color]));
  return (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
}
"""


async def every_contrast(chat: Chat) -> dict[str, float]:
    await chat.send("hello")
    await expect(chat.bot_bubbles).to_have_count(1)
    await chat.bot.push(text("pick", quickReply=quick("status")))
    await expect(chat.quick_replies).to_have_count(1)
    places = [".bot .bubble", ".me .bubble", ".meta time", ".name", ".day span", ".chip span"]
    places += [".who h1", ".who p", ".panel h3", ".pill", ".log li"]
    return {place: await chat.page.locator(place).first.evaluate(CONTRAST) for place in places}


async def ground_of(place: Locator) -> str:
    return str(await place.evaluate("one => getComputedStyle(one).backgroundColor"))


async def test_text_can_be_read_in_the_light_theme(desk: Chat) -> None:
    contrasts = await every_contrast(desk)

    assert {place: found for place, found in contrasts.items() if found < 4.5} == {}


async def test_text_can_be_read_in_the_dark_theme(dark: Chat) -> None:
    contrasts = await every_contrast(dark)

    assert {place: found for place, found in contrasts.items() if found < 4.5} == {}
    assert await ground_of(dark.page.locator(".phone")) == "rgb(18, 23, 20)"


async def test_on_a_small_screen_the_chat_fills_it_and_the_panel_waits(phone: Chat) -> None:
    box = await phone.page.locator("#phone").bounding_box()
    panel, toggle = phone.page.locator("#panel"), phone.page.locator("#panel-toggle")

    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    await expect(panel).to_be_hidden()
    await toggle.click()
    await expect(panel).to_be_visible()
    await expect(toggle).to_have_attribute("aria-expanded", "true")
    await phone.page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()


async def test_each_person_has_a_chat_of_their_own(desk: Chat) -> None:
    await desk.send("I am the owner")
    await expect(desk.own_bubbles).to_have_count(1)
    await desk.page.get_by_role("radio", name=STRANGER.display_name).check()
    await expect(desk.own_bubbles).to_have_count(0)
    await desk.send("let me in")

    await expect(desk.own_bubbles).to_have_text(["let me in"])
    assert (await desk.bot.next_event())["source"]["userId"] == OWNER.user_id
    assert (await desk.bot.next_event())["source"]["userId"] == STRANGER.user_id


@pytest.mark.parametrize(
    ("name", "tag", "placeholder"),
    [
        ("日本語", "ja", "メッセージを入力"),
        ("繁體中文", "zh-Hant", "輸入訊息"),
        ("ไทย", "th", "พิมพ์ข้อความ"),
    ],
)
async def test_the_page_speaks_the_profile_s_language(
    desk: Chat, name: str, tag: str, placeholder: str
) -> None:
    await desk.page.get_by_role("radio", name=name).check()

    await expect(desk.composer).to_have_attribute("placeholder", placeholder)
    await expect(desk.page.locator("html")).to_have_attribute("lang", tag)
    profile = desk.line.people.get(OWNER.user_id)
    assert profile is not None and profile.language == tag


async def test_the_panel_shows_what_is_left_of_the_quota(desk: Chat) -> None:
    await expect(desk.page.locator(".quota")).to_contain_text("0 / 200")
    await desk.bot.push(text("hi"))

    await expect(desk.page.locator(".quota")).to_contain_text("1 / 200")
    await expect(desk.page.locator(".quota")).to_contain_text("199 left")


async def test_a_fault_armed_in_the_panel_hits_the_next_call(desk: Chat) -> None:
    await desk.page.get_by_label("What goes wrong").select_option("rate_limit")
    await desk.page.get_by_label("With calls of").select_option("push")
    await desk.page.get_by_role("button", name="Make it fail", exact=True).click()
    await expect(desk.page.locator(".armed li")).to_have_count(1)
    with pytest.raises(httpx.HTTPStatusError, match="429"):
        await desk.bot.push(text("hi"))

    await expect(desk.page.locator(".armed li")).to_have_count(0)
    await expect(desk.page.locator(".log .bad")).to_contain_text("push: 429")


async def test_who_blocks_the_bot_cannot_write_until_unblocking(desk: Chat) -> None:
    await desk.page.get_by_role("button", name="Block the bot").click()
    await expect(desk.composer).to_be_disabled()
    await desk.page.get_by_role("button", name="Unblock the bot").click()

    await expect(desk.composer).to_be_enabled()
    kinds = [(await desk.bot.next_event())["type"] for _ in range(2)]
    assert kinds == ["unfollow", "follow"]


async def test_new_messages_are_announced_and_the_parts_have_names(desk: Chat) -> None:
    log = desk.page.get_by_role("log")

    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(desk.page.get_by_role("textbox", name="Write a message")).to_be_visible()
    await expect(desk.page.get_by_role("button", name="Send")).to_be_visible()
    await expect(desk.page.get_by_role("button", name="Simulator")).to_be_visible()
    await expect(desk.page.get_by_role("complementary", name="Simulator")).to_be_visible()


async def test_a_rich_menu_opens_and_its_areas_speak(desk: Chat) -> None:
    area = {
        "bounds": {"x": 0, "y": 0, "width": 1200, "height": 405},
        "action": {"type": "message", "label": "Status", "text": "/status"},
    }
    menu = {
        "size": {"width": 1200, "height": 405},
        "selected": False,
        "name": "main",
        "chatBarText": "Menu",
        "areas": [area],
    }
    made = (await desk.bot.api.post("/v2/bot/richmenu", json=menu)).json()["richMenuId"]
    picture = b'<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="405"/>'
    await desk.bot.api.post(
        f"/v2/bot/richmenu/{made}/content", content=picture, headers={"content-type": "image/png"}
    )
    await desk.bot.api.post(f"/v2/bot/user/all/richmenu/{made}")
    await desk.page.get_by_role("button", name="Menu").click()
    await desk.page.get_by_role("button", name="Status").focus()
    await desk.page.keyboard.press("Enter")

    assert (await desk.bot.next_event())["message"]["text"] == "/status"


async def test_another_rich_menu_brings_another_picture(desk: Chat) -> None:
    """At once, though the address of a person's menu is always the same."""
    for name, width in (("first", 1200), ("second", 800)):
        menu = {"size": {"width": width, "height": 270}, "selected": True, "areas": []}
        body = {**menu, "name": name, "chatBarText": "Menu"}
        made = (await desk.bot.api.post("/v2/bot/richmenu", json=body)).json()["richMenuId"]
        sheet = Sheet(width, 270, "#0B6B3A")
        where, kind = f"/v2/bot/richmenu/{made}/content", {"content-type": "image/png"}
        await desk.bot.api.post(where, content=sheet.png(), headers=kind)
        await desk.bot.api.post(f"/v2/bot/user/{OWNER.user_id}/richmenu/{made}")
        picture = desk.page.get_by_alt_text(name)

        await expect(picture).to_have_js_property("naturalWidth", width)


async def test_one_line_in_the_composer_does_not_scroll(desk: Chat) -> None:
    """Browsers that show scrollbars would show one all the time."""
    spare = "one => one.clientHeight - one.scrollHeight"
    empty = await desk.composer.evaluate(spare)
    await desk.composer.fill("one line")

    assert empty >= 0
    assert await desk.composer.evaluate(spare) >= 0


async def test_a_tapped_example_is_said_and_the_examples_are_gone(desk: Chat) -> None:
    examples = desk.page.locator(".examples button")

    await expect(examples).to_have_text(["/new write a haiku about rivers", "run ls", "/help"])
    await examples.last.click()
    await expect(desk.own_bubbles).to_have_text(["/help"])
    await expect(examples.first).to_be_hidden()


async def test_in_japanese_examples_people_and_calls_are_japanese(desk: Chat) -> None:
    await desk.page.get_by_role("radio", name="日本語").check()

    await expect(desk.page.locator(".examples button")).to_have_text(
        ["/新規 川の俳句を書いて", "ls を実行", "/ヘルプ"]
    )
    await expect(desk.page.get_by_role("radio", name="知らない人")).to_be_visible()
    calls = desk.page.get_by_label("対象の呼び出し").locator("option")
    await expect(calls).to_have_text(["返信", "プッシュ", "入力中の表示"])


async def test_a_blocked_chat_looks_closed(desk: Chat) -> None:
    dot = "one => getComputedStyle(one, '::before').backgroundColor"
    presence = desk.page.locator("#presence")
    online, open_ground = await presence.evaluate(dot), await ground_of(desk.composer)
    await desk.page.get_by_role("button", name="Block the bot").click()
    await expect(desk.composer).to_be_disabled()

    assert await presence.evaluate(dot) != online
    assert await ground_of(desk.composer) != open_ground
    await expect(desk.page.locator(".examples")).to_be_hidden()


async def test_the_panel_scrolls_within_its_round_corners(desk: Chat) -> None:
    panel, body = desk.page.locator("#panel"), desk.page.locator(".panel-body")
    outer, inner = await panel.bounding_box(), await body.bounding_box()

    assert outer is not None and inner is not None
    assert inner["y"] - outer["y"] >= 14
    assert outer["y"] + outer["height"] - inner["y"] - inner["height"] >= 14
    await expect(panel).to_have_css("overflow-y", "hidden")
