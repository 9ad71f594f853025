"""Charts behind signed addresses, and the same bars drawn on a card."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from bot.api.limits import Allowances, Rates
from bot.charts import GOOD_FOR, ChartLinks, Shown, chart_key, chart_routes, draw, shown_in
from bot.line.buttons import ButtonMaker
from bot.line.cards import render
from bot.line.postbacks import Postbacks
from orchestrator_core.messages import Bar, Card, Chart
from orchestrator_core.model import Language, Person, Role
from tests.core import Core
from tests.fakes.clock import NOON
from tests.people import HOME, OWNER

SECRET = b"channel secret"
BARS = (
    Bar(label="11/22", value="$0.50", share=0.25),
    Bar(label="11/23", value="$2.00", share=1.0),
    Bar(label="11/24", value="$0.00", share=0.0),
)
LINKS = ChartLinks("https://denrei.example.com", chart_key(SECRET))


def named(person_id: str = OWNER) -> str:
    url = LINKS.picture_of(person_id, BARS, NOON)
    assert url is not None
    assert url.startswith("https://denrei.example.com/charts/")
    return url.rpartition("/")[2]


def client_of(core: Core, *, reads: str = "1000/minute") -> TestClient:
    app = Starlette(routes=chart_routes(Allowances(Rates(reads=reads))))

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        parts = {"store": core.store, "people": core.people, "clock": core.clock}
        scope["state"] = {"channel_secret": SECRET, **parts}
        await app(scope, receive, send)

    return TestClient(with_state)


def test_the_address_holds_what_the_picture_shows_and_for_whom() -> None:
    assert shown_in(named(), chart_key(SECRET), NOON) == Shown(OWNER, list(BARS))


def test_an_address_is_good_for_a_while_and_no_longer() -> None:
    name = named()
    later = [NOON + GOOD_FOR, NOON + GOOD_FOR + timedelta(seconds=1)]

    assert [shown_in(name, chart_key(SECRET), now) is not None for now in later] == [True, False]


def test_nobody_can_make_or_alter_an_address() -> None:
    name = named()
    expires, person, body, mark, _ = name.split(".")
    other = named("U-other").split(".")[1]
    altered = [
        f"{int(expires) + 1}.{person}.{body}.{mark}.png",
        f"{expires}.{other}.{body}.{mark}.png",
        f"{expires}.{person}.{body[:-1]}{'A' if body[-1] != 'A' else 'B'}.{mark}.png",
        f"{expires}.{person}.{body}.{'A' * 43}.png",
        f"{expires}.{person}.{body}.{mark}",
        f"{expires}.{body}.{mark}.png",
        "x.png",
    ]

    assert [shown_in(one, chart_key(SECRET), NOON) for one in altered] == [None] * len(altered)
    assert shown_in(name, chart_key(b"another secret"), NOON) is None


def test_there_is_no_address_for_nothing_or_too_much() -> None:
    too_much = [[], BARS * 11, [Bar(label="x" * 2000, value="", share=0)]]

    assert [LINKS.picture_of(OWNER, bars, NOON) for bars in too_much] == [None] * 3


def test_the_longest_bar_is_drawn_the_longest() -> None:
    picture = Image.open(io.BytesIO(draw(BARS)))
    green = (11, 107, 58)
    columns = [_green_in(picture, place, green) for place in (226, 600, 973)]

    assert picture.size == (1200, 600)
    assert columns[1] > 3 * columns[0] > columns[2]


def _green_in(picture: Image.Image, x: int, green: tuple[int, int, int]) -> int:
    return sum(picture.getpixel((x, y)) == green for y in range(picture.height))


def test_the_picture_is_served_under_its_address_alone() -> None:
    client, name = client_of(Core()), named()
    served = client.get(f"/charts/{name}")

    assert (served.status_code, served.headers["content-type"]) == (200, "image/png")
    assert served.content.startswith(b"\x89PNG")
    assert served.headers["cache-control"] == "private, no-store"
    assert client.get(f"/charts/{name.replace('.png', 'x.png')}").status_code == 404


async def test_a_picture_ends_with_the_role_of_whoever_asked_for_it() -> None:
    core, address = Core(), f"/charts/{named('U-viewer')}"
    client = client_of(core)
    unknown = client.get(address).status_code
    seen = []
    async with core.store.transaction() as records:
        await records.people.save(
            Person(id="U-viewer", role=Role.STRANGER, language=Language.ENGLISH)
        )
    for role in (Role.VIEWER, Role.STRANGER):
        async with core.store.transaction() as records:
            await core.people.set_role(records, "U-viewer", role, by=OWNER, now=NOON)
        seen.append(client.get(address).status_code)

    assert (unknown, *seen) == (404, 200, 404)


def test_whoever_fetches_too_many_is_told_to_wait() -> None:
    client, address = client_of(Core(), reads="2/hour"), f"/charts/{named()}"
    answers = [client.get(path) for path in (address, "/charts/wrong.png", address)]

    assert [one.status_code for one in answers] == [200, 404, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize("picture", [None, "https://denrei.example.com/charts/a.png"])
def test_a_card_shows_the_picture_or_draws_the_bars(picture: str | None) -> None:
    card = Card(title="Costs", summary="Costs", chart=Chart(bars=BARS, picture=picture))
    maker = ButtonMaker(Postbacks(b"key"), chat=HOME, person_id=None)
    [shown], _ = render(card, maker)
    [_, chart] = shown["contents"]["body"]["contents"]

    if picture:
        assert (chart["type"], chart["url"]) == ("image", picture)
    else:
        widths = [bar["contents"][1]["contents"][0]["width"] for bar in chart["contents"]]
        assert widths == ["25%", "100%", "1%"]
