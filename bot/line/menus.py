"""Rich menus on LINE's side: made, deleted, and shown to one person.

https://developers.line.biz/en/reference/messaging-api/#rich-menu
None of these calls counts against a quota. Knows nothing of who should see what.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from bot.line.menu_design import PREFIX, Design
from bot.line.messenger import LineMessenger
from bot.line.refusals import Refusal, error_for
from orchestrator_core.errors import MessengerUnclearError

_SENDING_SECONDS = 30.0
_MENU = "/v2/bot/richmenu/{menu}"
_OF_PERSON = "/v2/bot/user/{person}/richmenu"


@dataclass(frozen=True, slots=True)
class LineMenuBoard:
    """Implements the port MenuBoard."""

    messenger: LineMessenger

    async def show_menu(self, person_id: str, menu_id: str) -> None:
        resource = f"{_OF_PERSON}/{{menu}}"
        await self.messenger.call("POST", resource, person=person_id, menu=menu_id)

    async def hide_menu(self, person_id: str) -> None:
        await self.messenger.call("DELETE", _OF_PERSON, person=person_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMenuShelf:
    """The menus of a channel, as far as they are ours. Raises the MessengerErrors."""

    messenger: LineMessenger
    access_token: str
    #: Pictures are taken by another host.
    data_base: str

    async def names(self) -> dict[str, str]:
        """What each is called, by its id."""
        found = await self.messenger.call("GET", "/v2/bot/richmenu/list")
        try:
            named = {str(one["richMenuId"]): str(one["name"]) for one in found["richmenus"]}
        except (KeyError, TypeError):
            raise MessengerUnclearError("LINE's list of menus has an unknown shape.") from None
        return {one: name for one, name in named.items() if name.startswith(f"{PREFIX} ")}

    async def make(self, design: Design) -> str:
        """Its id, once it has its picture too."""
        made = await self.messenger.call("POST", "/v2/bot/richmenu", design.body)
        if not isinstance(made, dict) or not isinstance(made.get("richMenuId"), str):
            raise MessengerUnclearError("LINE's new menu has an unknown shape.")
        menu_id = str(made["richMenuId"])
        await self._set_picture(menu_id, design.picture)
        return menu_id

    async def delete(self, menu_id: str) -> None:
        await self.messenger.call("DELETE", _MENU, menu=menu_id)

    async def _set_picture(self, menu_id: str, picture: bytes) -> None:
        where = f"/v2/bot/richmenu/{menu_id}/content"
        headers = {"Authorization": f"Bearer {self.access_token}", "Content-Type": "image/png"}
        try:
            async with httpx.AsyncClient(
                base_url=self.data_base, timeout=_SENDING_SECONDS, trust_env=False
            ) as client:
                answer = await client.post(where, content=picture, headers=headers)
        except httpx.HTTPError as error:
            raise MessengerUnclearError(f"No clear answer: {type(error).__name__}") from None
        if not answer.is_success:
            raise error_for(
                Refusal(status=answer.status_code, body=answer.text, resource="richmenu/content")
            )
