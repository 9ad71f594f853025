"""Rich menus: made, pictured, shown to one person or to all.

https://developers.line.biz/en/reference/messaging-api/#rich-menu
"""

from __future__ import annotations

import uuid

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from bot.simulator.line_gate import Call, Gate
from bot.simulator.line_journal import Kind
from bot.simulator.line_state import Content
from bot.simulator.line_validation import RefusalError, check_rich_menu
from bot.simulator.line_world import World

_IMAGE_BYTES = 1024 * 1024
_IMAGE_TYPES = {"image/png", "image/jpeg"}


class MenusApi:
    def __init__(self, world: World) -> None:
        self._world = world
        self._menus = world.menus

    def routes(self, gate: Gate) -> list[BaseRoute]:
        one, of_all = "/v2/bot/richmenu/{menu}", "/v2/bot/user/all/richmenu"
        of_person = "/v2/bot/user/{person}/richmenu"
        table = [
            ("POST", "/v2/bot/richmenu", self.create),
            ("GET", "/v2/bot/richmenu/list", self.list_all),
            ("POST", "/v2/bot/richmenu/validate", self.validate),
            ("POST", f"{one}/content", self.set_image),
            ("GET", f"{one}/content", self.image),
            ("GET", one, self.get),
            ("DELETE", one, self.delete),
            # "all" would pass for a person, so these come first.
            ("POST", f"{of_all}/{{menu}}", self.set_default),
            ("GET", of_all, self.default),
            ("DELETE", of_all, self.clear_default),
            ("POST", f"{of_person}/{{menu}}", self.link),
            ("GET", of_person, self.linked),
            ("DELETE", of_person, self.unlink),
        ]
        return [gate.route(method, path, "menu", answer) for method, path, answer in table]

    async def create(self, call: Call) -> Response:
        body = call.json()
        check_rich_menu(body)
        menu_id = f"richmenu-{uuid.uuid4().hex}"
        self._menus.made[menu_id] = body
        return JSONResponse({"richMenuId": menu_id})

    async def validate(self, call: Call) -> Response:
        check_rich_menu(call.json())
        return JSONResponse({})

    async def list_all(self, _call: Call) -> Response:
        menus = [{"richMenuId": one, **body} for one, body in self._menus.made.items()]
        return JSONResponse({"richmenus": menus})

    async def get(self, call: Call) -> Response:
        menu = self._known(call)
        return JSONResponse({"richMenuId": menu, **self._menus.made[menu]})

    async def delete(self, call: Call) -> Response:
        menu = self._known(call)
        del self._menus.made[menu]
        self._menus.images.pop(menu, None)
        if self._menus.default == menu:
            self._menus.default = None
        for person in [one for one, linked in self._menus.of_person.items() if linked == menu]:
            del self._menus.of_person[person]
        return self._changed(None)

    async def set_image(self, call: Call) -> Response:
        menu = self._known(call)
        media_type = call.request.headers.get("content-type", "")
        if media_type not in _IMAGE_TYPES:
            raise RefusalError(400, "The content type must be image/jpeg or image/png")
        if not 0 < len(call.body) <= _IMAGE_BYTES:
            raise RefusalError(400, "The image must be no larger than 1 MB")
        if menu in self._menus.images:
            raise RefusalError(400, "An image has already been uploaded to the richmenu")
        self._menus.images[menu] = Content(data=call.body, media_type=media_type)
        return JSONResponse({})

    async def image(self, call: Call) -> Response:
        content = self._menus.images.get(self._known(call))
        if content is None:
            raise RefusalError(404, "Not found")
        return Response(content.data, media_type=content.media_type)

    async def set_default(self, call: Call) -> Response:
        self._menus.default = self._pictured(call)
        return self._changed(None)

    async def default(self, _call: Call) -> Response:
        if self._menus.default is None:
            raise RefusalError(404, "no default richmenu")
        return JSONResponse({"richMenuId": self._menus.default})

    async def clear_default(self, _call: Call) -> Response:
        self._menus.default = None
        return self._changed(None)

    async def link(self, call: Call) -> Response:
        person = call.path("person")
        if self._world.people.get(person) is None:
            raise RefusalError(404, "Not found")
        self._menus.of_person[person] = self._pictured(call)
        return self._changed(person)

    async def linked(self, call: Call) -> Response:
        menu = self._menus.of_person.get(call.path("person"))
        if menu is None:
            raise RefusalError(404, "the user has no richmenu")
        return JSONResponse({"richMenuId": menu})

    async def unlink(self, call: Call) -> Response:
        self._menus.of_person.pop(call.path("person"), None)
        return self._changed(call.path("person"))

    def _known(self, call: Call) -> str:
        menu = call.path("menu")
        if menu not in self._menus.made:
            raise RefusalError(404, "richmenu not found")
        return menu

    def _pictured(self, call: Call) -> str:
        menu = self._known(call)
        if menu not in self._menus.images:
            raise RefusalError(400, "must upload richmenu image before applying it to user")
        return menu

    def _changed(self, person: str | None) -> Response:
        """Tell the phones, which then look at what they should show."""
        self._world.journal.add(Kind.MENU, person)
        return JSONResponse({})
