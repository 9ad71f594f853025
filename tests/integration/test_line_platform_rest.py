"""Profiles, loading, read marks and rich menus of the stand-in for LINE."""

from __future__ import annotations

import pytest

from bot.simulator.line_journal import Kind
from bot.simulator.line_state import group_id
from tests.integration.line_world import ANN, BEN, line_world

LOADING = "/v2/bot/chat/loading/start"
AREA = {
    "bounds": {"x": 0, "y": 0, "width": 1250, "height": 843},
    "action": {"type": "message", "label": "Status", "text": "/status"},
}
MENU = {
    "size": {"width": 2500, "height": 843},
    "selected": True,
    "name": "main",
    "chatBarText": "Menu",
    "areas": [AREA],
}


async def test_a_profile_tells_the_language_only_outside_groups() -> None:
    async with line_world() as line:
        group = group_id("team")
        await line.platform.say(ANN, "hi", group_id=group)
        line.platform.people.change(ANN, display_name="Ann", language="ja")
        alone = await line.api.get(f"/v2/bot/profile/{ANN}")
        in_group = await line.api.get(f"/v2/bot/group/{group}/member/{ANN}")
        elsewhere = await line.api.get(f"/v2/bot/group/{group}/member/{BEN}")

        assert alone.json() == {"userId": ANN, "displayName": "Ann", "language": "ja"}
        assert in_group.json() == {"userId": ANN, "displayName": "Ann"}
        assert elsewhere.status_code == 404


async def test_there_is_no_profile_of_strangers_and_blockers() -> None:
    async with line_world() as line:
        unknown = await line.api.get(f"/v2/bot/profile/{BEN}")
        await line.platform.unfollow(ANN)
        blocked = await line.api.get(f"/v2/bot/profile/{ANN}")

        assert (unknown.status_code, blocked.status_code) == (404, 404)


async def test_a_group_is_counted_and_summed_up() -> None:
    async with line_world() as line:
        group = group_id("team")
        await line.platform.say(ANN, "hi", group_id=group)
        count = await line.api.get(f"/v2/bot/group/{group}/members/count")
        summary = await line.api.get(f"/v2/bot/group/{group}/summary")
        unknown = await line.api.get(f"/v2/bot/group/{group_id('none')}/summary")

        assert count.json() == {"count": 1}
        assert summary.json()["groupId"] == group
        assert unknown.status_code == 404


@pytest.mark.parametrize("seconds", [5, 60])
async def test_the_loading_animation_starts(seconds: int) -> None:
    async with line_world() as line:
        answer = await line.api.post(LOADING, json={"chatId": ANN, "loadingSeconds": seconds})

        assert answer.status_code == 202
        assert [entry.data["seconds"] for entry in line.platform.loading_starts(ANN)] == [seconds]


@pytest.mark.parametrize("seconds", [0, 4, 7, 65, "20", True, 20.0])
async def test_loading_takes_five_to_sixty_seconds_in_steps_of_five(seconds: object) -> None:
    async with line_world() as line:
        answer = await line.api.post(LOADING, json={"chatId": ANN, "loadingSeconds": seconds})

        assert answer.status_code == 400
        assert answer.json()["details"][0]["property"] == "loadingSeconds"
        assert line.platform.loading_starts(ANN) == []


async def test_loading_is_for_single_people() -> None:
    async with line_world() as line:
        group = group_id("team")
        await line.platform.say(ANN, "hi", group_id=group)
        answer = await line.api.post(LOADING, json={"chatId": group, "loadingSeconds": 5})

        assert answer.json()["details"][0]["property"] == "chatId"


async def test_a_message_is_marked_as_read_by_its_token() -> None:
    async with line_world(redelivery_delays=()) as line:
        line.bot.statuses = [500]
        event_id = await line.platform.say(ANN, "hi")
        token = line.platform.event(event_id)["message"]["markAsReadToken"]
        good = await line.api.post("/v2/bot/chat/markAsRead", json={"markAsReadToken": token})
        bad = await line.api.post("/v2/bot/chat/markAsRead", json={"markAsReadToken": "x"})

        assert (good.status_code, bad.status_code) == (200, 400)
        assert line.platform.journal.count(Kind.READ, ANN) == 1


async def test_a_rich_menu_is_made_pictured_and_shown() -> None:
    async with line_world() as line:
        made = await line.api.post("/v2/bot/richmenu", json=MENU)
        menu = made.json()["richMenuId"]
        too_early = await line.api.post(f"/v2/bot/user/{ANN}/richmenu/{menu}")
        await line.api.post(
            f"/v2/bot/richmenu/{menu}/content",
            content=b"picture",
            headers={"content-type": "image/png"},
        )
        await line.api.post(f"/v2/bot/user/{ANN}/richmenu/{menu}")
        linked = await line.api.get(f"/v2/bot/user/{ANN}/richmenu")
        on_the_page = await line.api.get(f"/simulator/menu/{ANN}")
        picture = await line.api.get(f"/simulator/menu/{ANN}/image")

        assert too_early.status_code == 400
        assert linked.json() == {"richMenuId": menu}
        assert on_the_page.json() == {"menu": MENU}
        assert picture.content == b"picture"
        assert (await line.api.get(f"/v2/bot/richmenu/{menu}")).json()["name"] == "main"


async def test_the_default_menu_is_for_all_without_one_of_their_own() -> None:
    async with line_world() as line:
        menu = (await line.api.post("/v2/bot/richmenu", json=MENU)).json()["richMenuId"]
        await line.api.post(
            f"/v2/bot/richmenu/{menu}/content",
            content=b"picture",
            headers={"content-type": "image/jpeg"},
        )
        await line.api.post(f"/v2/bot/user/all/richmenu/{menu}")
        default = await line.api.get("/v2/bot/user/all/richmenu")
        seen = line.platform.journal.count(Kind.MENU), await line.api.get(f"/simulator/menu/{BEN}")
        await line.api.delete(f"/v2/bot/richmenu/{menu}")
        after = await line.api.get("/v2/bot/user/all/richmenu")

        assert default.json() == {"richMenuId": menu}
        assert (seen[0], seen[1].json()["menu"]["name"]) == (1, "main")
        assert after.status_code == 404
        assert (await line.api.get("/v2/bot/richmenu/list")).json() == {"richmenus": []}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"size": {"width": 700, "height": 250}}, "size.width"),
        ({"size": {"width": 2500, "height": 2000}}, "size.height"),
        ({"name": "n" * 301}, "name"),
        ({"chatBarText": "m" * 15}, "chatBarText"),
        ({"areas": [AREA] * 21}, "areas"),
    ],
)
async def test_a_rich_menu_keeps_to_lines_limits(change: dict[str, object], where: str) -> None:
    async with line_world() as line:
        answer = await line.api.post("/v2/bot/richmenu/validate", json={**MENU, **change})

        assert answer.status_code == 400
        assert where in [detail["property"] for detail in answer.json()["details"]]
