"""Every limit of LINE's that a message can break, over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.simulator.line_limits import graphemes
from bot.simulator.line_validation import RefusalError, check_messages
from tests.integration.line_world import ANN, line_world, text

Json = dict[str, Any]


def tap(label: str = "Go", data: str = "d", **rest: object) -> Json:
    return {"type": "postback", "label": label, "data": data, **rest}


def quick(*actions: Json) -> Json:
    items = [{"type": "action", "action": action} for action in actions]
    return text("pick", quickReply={"items": items})


def flex(*contents: Json, alt: str = "card", footer: Json | None = None) -> Json:
    return {"type": "flex", "altText": alt, "contents": bubble(*contents, footer=footer)}


def bubble(*contents: Json, footer: Json | None = None) -> Json:
    made: Json = {"type": "bubble", "body": box(*contents or (text("hello"),))}
    return made if footer is None else {**made, "footer": footer}


def box(*contents: Json) -> Json:
    return {"type": "box", "layout": "vertical", "contents": list(contents)}


def carousel(*bubbles: Json) -> Json:
    contents = {"type": "carousel", "contents": list(bubbles)}
    return {"type": "flex", "altText": "cards", "contents": contents}


def template(**fields: object) -> Json:
    return {"type": "template", "altText": "buttons", "template": fields}


def buttons(words: str, actions: int = 1, **rest: object) -> Json:
    return template(type="buttons", text=words, actions=[tap()] * actions, **rest)


def image(url: str) -> Json:
    return {"type": "image", "originalContentUrl": url, "previewImageUrl": "https://a.test/p.png"}


BUTTON = {"type": "button", "action": tap("x" * 40)}
FAMILY = "👨‍👩‍👧‍👦"

JUNK: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=5),
    st.sampled_from(["text", "flex", "bubble", "box", "button", "postback", [], {}, [None], [{}]]),
)

#: Three times in four the fault lies further in.
DEEPER = st.integers(0, 3).map(bool)

GOOD = {
    "5000 units of text": text("あ" * 5000),
    "2500 emoji": text("🌊" * 2500),
    "13 quick replies": quick(*[tap()] * 13),
    "a label of 20 joined emoji": quick(tap(FAMILY * 20)),
    "300 of postback data": quick(tap(data="d" * 300, displayText="t" * 300)),
    "an alt text of 400": flex(alt="a" * 400),
    "a Flex button": flex(text("hello"), footer=box(BUTTON)),
    "12 bubbles": carousel(*[bubble()] * 12),
    "160 in a buttons template": buttons("a" * 160, actions=4),
    "60 under a title": buttons("a" * 60, title="t" * 40),
}

BAD = {
    "text of 5001 units": (text("a" * 5001), "messages[0].text"),
    "2501 emoji": (text("🌊" * 2501), "messages[0].text"),
    "empty text": (text(""), "messages[0].text"),
    "blank text": (text(" \n"), "messages[0].text"),
    "text that is a number": ({"type": "text", "text": 5}, "messages[0].text"),
    "no text": ({"type": "text"}, "messages[0].text"),
    "an unknown type": ({"type": "shout"}, "messages[0].type"),
    "no type": ({"text": "hello"}, "messages[0].type"),
    "no object": ("hello", "messages[0].type"),
    "14 quick replies": (quick(*[tap()] * 14), "messages[0].items"),
    "no quick replies": (quick(), "messages[0].quickReply.items"),
    "a label of 21": (quick(tap("x" * 21)), "messages[0].quickReply.items[0].action.label"),
    "no label": (quick(tap("")), "messages[0].quickReply.items[0].action.label"),
    "301 of postback data": (quick(tap(data="d" * 301)), "messages[0].data"),
    "a display text of 301": (
        quick(tap(displayText="d" * 301)),
        "messages[0].quickReply.items[0].action.displayText",
    ),
    "no postback data": (quick(tap(data="")), "messages[0].quickReply.items[0].action.data"),
    "a script as a link": (
        quick({"type": "uri", "label": "x", "uri": "javascript:alert(1)"}),
        "messages[0].quickReply.items[0].action.uri",
    ),
    "an alt text of 401": (flex(alt="a" * 401), "messages[0].altText"),
    "no alt text": (flex(alt=""), "messages[0].altText"),
    "an empty Flex text": (flex(text("")), "messages[0].contents.body.contents[0].text"),
    "an unknown Flex weight": (flex(text("a", weight="heavy")), "messages[0].weight"),
    "a Flex label of 41": (
        flex(text("a"), footer=box({"type": "button", "action": tap("x" * 41)})),
        "messages[0].contents.footer.contents[0].action.label",
    ),
    "a Flex picture without TLS": (
        flex({"type": "image", "url": "http://a.test/a.png"}),
        "messages[0].contents.body.contents[0].url",
    ),
    "a bubble over 30 KB": (flex(text("a" * 30_000)), "messages[0].contents"),
    "13 bubbles": (carousel(*[bubble()] * 13), "messages[0].contents.contents"),
    "a carousel over 50 KB": (carousel(*[bubble(text("a" * 26_000))] * 2), "messages[0].contents"),
    "161 in a buttons template": (buttons("a" * 161), "messages[0].template.text"),
    "61 under a title": (buttons("a" * 61, title="t"), "messages[0].template.text"),
    "a title of 41": (buttons("a", title="t" * 41), "messages[0].template.title"),
    "5 template buttons": (buttons("a", actions=5), "messages[0].template.actions"),
    "a choice of one": (
        template(type="confirm", text="sure?", actions=[tap()]),
        "messages[0].template.actions",
    ),
    "a column of 121": (
        template(type="carousel", columns=[{"text": "a" * 121, "actions": [tap()]}]),
        "messages[0].template.columns[0].text",
    ),
    "a picture without TLS": (image("http://a.test/a.png"), "messages[0].originalContentUrl"),
}


def spoiled(value: Any, choices: st.DataObject) -> Any:
    """The same message with one thing in it replaced by something else."""
    if isinstance(value, dict) and value and choices.draw(DEEPER):
        key = choices.draw(st.sampled_from(sorted(value)))
        return {**value, key: spoiled(value[key], choices)}
    if isinstance(value, list) and value and choices.draw(DEEPER):
        return [spoiled(value[0], choices), *value[1:]]
    return choices.draw(JUNK)


def refusal_of(message: Any) -> RefusalError | None:
    try:
        check_messages({"messages": [message]})
    except RefusalError as refusal:
        return refusal
    return None


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(GOOD)), st.data())
def test_whatever_is_sent_is_taken_or_refused_in_order(name: str, choices: st.DataObject) -> None:
    refusal = refusal_of(spoiled(GOOD[name], choices))

    assert refusal is None or (refusal.status == 400 and refusal.details)


@pytest.mark.parametrize("name", GOOD)
async def test_what_just_fits_is_taken(name: str) -> None:
    async with line_world() as line:
        answer = await line.push(GOOD[name])

        assert (answer.status_code, answer.json().get("details")) == (200, None)


@pytest.mark.parametrize("name", BAD)
async def test_what_breaks_a_limit_is_refused_with_the_place(name: str) -> None:
    message, where = BAD[name]
    async with line_world() as line:
        answer = await line.push(message)

        assert answer.status_code == 400
        assert where in [detail["property"] for detail in answer.json()["details"]]
        assert all(detail["message"] for detail in answer.json()["details"])
        assert line.platform.messages(ANN) == []


async def test_the_place_names_the_message_that_is_wrong() -> None:
    async with line_world() as line:
        answer = await line.push(text(), text("a" * 5001))

        assert answer.json() == {
            "message": "The request body has 1 error",
            "details": [
                {"message": "Length must be between 0 and 5000", "property": "messages[1].text"}
            ],
        }


@pytest.mark.parametrize("count", [0, 6])
async def test_a_call_carries_one_to_five_messages(count: int) -> None:
    async with line_world() as line:
        answer = await line.push(*[text()] * count)

        assert answer.status_code == 400
        assert answer.json()["details"][0]["property"] == "messages"


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b"[" * 100_000])
async def test_a_body_that_is_no_json_object_is_refused(body: bytes) -> None:
    async with line_world() as line:
        answer = await line.api.post("/v2/bot/message/push", content=body)

        assert answer.status_code == 400
        assert "JSON" in answer.json()["message"]


async def test_a_body_over_two_megabytes_is_refused() -> None:
    async with line_world() as line:
        answer = await line.push(text("a" * 2 * 1024 * 1024))

        assert answer.status_code == 413


@pytest.mark.parametrize(
    ("word", "count"),
    [("abc", 3), (FAMILY, 1), ("🇯🇵🇫🇷", 2), ("👍🏽", 1), ("が", 1), ("か\u3099", 1), ("", 0)],
)
def test_graphemes_are_what_a_person_sees(word: str, count: int) -> None:
    assert graphemes(word) == count
