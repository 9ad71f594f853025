"""Tells LINE where Denrei's webhook is, and has LINE try it.

https://developers.line.biz/en/reference/messaging-api/#set-webhook-endpoint-url
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.line.messenger import LineMessenger
from orchestrator_core.errors import MessageRefusedError

PATH = "/line/webhook"
_ENDPOINT = "/v2/bot/channel/webhook/endpoint"
_TEST = "/v2/bot/channel/webhook/test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    url: str
    #: It was another, or none.
    changed: bool
    #: Whether *Use webhook* is on: only a person can turn it on.
    active: bool
    #: None: LINE reached it.
    problem: str | None


async def set_webhook(messenger: LineMessenger, url: str) -> Webhook:
    """Raises the MessengerErrors."""
    before = await _endpoint(messenger)
    changed = before.get("endpoint") != url
    if changed:
        await messenger.call("PUT", _ENDPOINT, {"endpoint": url})
    after = await _endpoint(messenger) if changed else before
    return Webhook(
        url=url,
        changed=changed,
        active=after.get("active") is True,
        problem=await _problem(messenger, url),
    )


async def _endpoint(messenger: LineMessenger) -> dict[str, object]:
    try:
        found = await messenger.call("GET", _ENDPOINT)
    except MessageRefusedError:
        # 404: none was ever set.
        return {}
    return found if isinstance(found, dict) else {}


async def _problem(messenger: LineMessenger, url: str) -> str | None:
    tried = await messenger.call("POST", _TEST, {"endpoint": url})
    if not isinstance(tried, dict):
        return "unknown"
    if tried.get("success") is True:
        return None
    return f"{tried.get('reason')} {tried.get('detail') or ''}".strip()
