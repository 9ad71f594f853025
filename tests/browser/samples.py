"""Messages as a bot sends them, for the chat page to show."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

HOSTILE = [
    "<script>window.pwned = 1</script>",
    '<img src=x onerror="window.pwned = 1">',
    "\u202egnp.exe\u202c مرحبا بالعالم (RTL) שלום",
    "あ" * 5000,
    "🏳️‍🌈👨‍👩‍👧‍👦🇯🇵" * 40,
    "line one\n\n\tline two   with   spaces",
    "x" * 2000,
]


def text(words: str, **rest: object) -> Json:
    return {"type": "text", "text": words, **rest}


def quick(*labels: str) -> Json:
    actions = [{"type": "message", "label": one, "text": f"/{one}"} for one in labels]
    return {"items": [{"type": "action", "action": action} for action in actions]}


def approval() -> Json:
    body = {
        "type": "box",
        "layout": "vertical",
        "spacing": "md",
        "contents": [
            {"type": "text", "text": "実行の許可", "weight": "bold", "size": "xl"},
            {"type": "text", "text": "struck", "decoration": "line-through", "color": "#c2402c"},
            {"type": "separator", "margin": "lg"},
            {"type": "text", "text": "git push origin main " * 5, "wrap": True, "size": "sm"},
        ],
    }
    footer = {
        "type": "box",
        "layout": "horizontal",
        "spacing": "sm",
        "contents": [button("Deny", "secondary", 1), button("Allow once", "primary", 2)],
    }
    bubble = {"type": "bubble", "body": body, "footer": footer}
    return {"type": "flex", "altText": "Permission", "contents": bubble}


def button(label: str, style: str, weight: int) -> Json:
    action = {"type": "postback", "label": label, "data": f"tap={label}", "displayText": label}
    return {"type": "button", "style": style, "flex": weight, "action": action}


def carousel(count: int) -> Json:
    bubbles = [
        {
            "type": "bubble",
            "size": "kilo",
            "body": {"type": "box", "layout": "vertical", "contents": [text(f"card {number}")]},
        }
        for number in range(count)
    ]
    contents = {"type": "carousel", "contents": bubbles}
    return {"type": "flex", "altText": "Cards", "contents": contents}


def confirm() -> Json:
    actions = [
        {"type": "postback", "label": "Again", "data": "again"},
        {"type": "message", "label": "Leave", "text": "leave it"},
    ]
    template = {"type": "confirm", "text": "Run again?", "actions": actions}
    return {"type": "template", "altText": "Run again?", "template": template}
