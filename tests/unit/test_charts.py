"""Charts behind signed addresses, and the same bars drawn on a card."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from bot.charts import GOOD_FOR, ChartLinks, bars_in, chart_key, chart_routes, draw
from bot.line.buttons import ButtonMaker
from bot.line.cards import render
from bot.line.postbacks import Postbacks
from orchestrator_core.messages import Bar, Card, Chart
from tests.fakes.clock import NOON, FakeClock
from tests.people import HOME

SECRET = b"channel secret"
BARS = (
    Bar(label="11/22", value="$0.50", share=0.25),
    Bar(label="11/23", value="$2.00", share=1.0),
    Bar(label="11/24", value="$0.00", share=0.0),
)
LINKS = ChartLinks("https://denrei.example.com", chart_key(SECRET))


def name_of(url: str | None) -> str:
    assert url is not None
    assert url.startswith("https://denrei.example.com/charts/")
    return url.rpartition("/")[2]


@pytest.fixture
def client() -> TestClient:
    app = Starlette(routes=chart_routes())

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {"channel_secret": SECRET, "clock": FakeClock()}
        await app(scope, receive, send)

    return TestClient(with_state)


def test_the_address_holds_what_the_picture_shows() -> None:
    name = name_of(LINKS.picture_of(BARS, NOON))

    assert bars_in(name, chart_key(SECRET), NOON) == list(BARS)


def test_an_address_is_good_for_a_while_and_no_longer() -> None:
    name = name_of(LINKS.picture_of(BARS, NOON))
    later = [NOON + GOOD_FOR, NOON + GOOD_FOR + timedelta(seconds=1)]

    assert [bars_in(name, chart_key(SECRET), now) is not None for now in later] == [True, False]


def test_nobody_can_make_or_alter_an_address() -> None:
    name = name_of(LINKS.picture_of(BARS, NOON))
    expires, body, mark, _ = name.split(".")
    altered = [
        f"{int(expires) + 1}.{body}.{mark}.png",
        f"{expires}.{body[:-1]}{'A' if body[-1] != 'A' else 'B'}.{mark}.png",
        f"{expires}.{body}.{'A' * 43}.png",
        f"{expires}.{body}.{mark}",
        "x.png",
    ]

    assert [bars_in(one, chart_key(SECRET), NOON) for one in altered] == [None] * len(altered)
    assert bars_in(name, chart_key(b"another secret"), NOON) is None


def test_there_is_no_address_for_nothing_or_too_much() -> None:
    assert LINKS.picture_of([], NOON) is None
    assert LINKS.picture_of(BARS * 11, NOON) is None
    assert LINKS.picture_of([Bar(label="x" * 2000, value="", share=0)], NOON) is None


def test_the_longest_bar_is_drawn_the_longest() -> None:
    picture = Image.open(io.BytesIO(draw(BARS)))
    green = (11, 107, 58)
    columns = [_green_in(picture, place, green) for place in (226, 600, 973)]

    assert picture.size == (1200, 600)
    assert columns[1] > 3 * columns[0] > columns[2]


def _green_in(picture: Image.Image, x: int, green: tuple[int, int, int]) -> int:
    return sum(picture.getpixel((x, y)) == green for y in range(picture.height))


def test_the_picture_is_served_under_its_address_alone(client: TestClient) -> None:
    name = name_of(LINKS.picture_of(BARS, NOON))
    served = client.get(f"/charts/{name}")

    assert (served.status_code, served.headers["content-type"]) == (200, "image/png")
    assert served.content.startswith(b"\x89PNG")
    assert client.get(f"/charts/{name.replace('.png', 'x.png')}").status_code == 404


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
