"""Rich menus in every language: their pictures, places and names."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from bot.canvas import Sheet, Typeface, face_with
from bot.fonts import FOLDERS, NoFontError, font_for
from bot.line.characters import utf16_length
from bot.line.menu_design import HEIGHT, WIDTH, Design, designs
from bot.line.menu_items import PLACES, Item
from bot.simulator.line_validation import check_rich_menu
from commands.grammar import fold
from orchestrator_core.model import Language, MenuState
from tests.core import Core

A_MEGABYTE = 1024 * 1024


def without_fonts(language: Language, text: str) -> Typeface | None:
    return font_for(language, text, [])


@pytest.fixture(scope="module")
def drawn() -> list[Design]:
    return designs()


def pixels(design: Design) -> tuple[tuple[int, int], bytes]:
    image = Image.open(io.BytesIO(design.picture))
    return image.size, image.convert("RGB").tobytes()


def test_there_is_one_for_each_state_in_each_language(drawn: list[Design]) -> None:
    assert {(one.state, one.language) for one in drawn} == {
        (state, language) for state in MenuState for language in Language
    }
    assert len({one.name for one in drawn}) == len(drawn) == len({one.picture for one in drawn})


def test_line_takes_each_of_them(drawn: list[Design]) -> None:
    for one in drawn:
        check_rich_menu(one.body)
        assert pixels(one)[0] == (WIDTH, HEIGHT)
        assert len(one.picture) < A_MEGABYTE
        assert one.body["name"] == one.name
        assert utf16_length(one.name) < 300


def test_the_places_are_within_the_picture_and_do_not_overlap(drawn: list[Design]) -> None:
    for one in drawn:
        bounds = [area["bounds"] for area in one.body["areas"]]
        ends = [place["x"] + place["width"] for place in bounds]
        assert [place["x"] for place in bounds] == [0, *ends[:-1]]
        assert ends[-1] <= WIDTH
        assert {(place["y"], place["height"]) for place in bounds} == {(0, HEIGHT)}


def test_nothing_else_is_ever_where_approve_is() -> None:
    """A menu may change just before it is tapped."""
    taken = {
        place.item: set(range(place.column, place.column + place.columns))
        for places in PLACES.values()
        for place in places
    }
    approve = taken.pop(Item.APPROVE)

    assert all(not approve & columns for columns in taken.values())


def test_every_tap_says_a_command_there_is() -> None:
    registry = Core().router.registry
    words = [item.command.removeprefix("/").split()[0] for item in Item]

    assert all(registry.get(fold(word)) for word in words)
    assert {place.item for places in PLACES.values() for place in places} == set(Item)


def test_the_name_stays_while_nothing_changes(drawn: list[Design]) -> None:
    assert [one.name for one in designs()] == [one.name for one in drawn]


def test_without_a_font_there_are_icons_alone(drawn: list[Design]) -> None:
    [english, *_] = designs([Language.ENGLISH], without_fonts)
    [thai, *_] = designs([Language.THAI], without_fonts)
    [written] = [one for one in drawn if one.name.startswith("denrei idle th ")]

    assert english in drawn
    assert not thai.has_words
    assert thai.name != written.name
    assert pixels(thai) != pixels(written)
    assert thai.body["areas"] == written.body["areas"]


@pytest.mark.parametrize("language", [Language.JAPANESE, Language.CHINESE, Language.THAI])
def test_no_font_is_said_by_an_error(language: Language, tmp_path: Path) -> None:
    (tmp_path / "NotoSansCJK-Bold.ttc").write_bytes(b"no font")

    with pytest.raises(NoFontError):
        font_for(language, "a", [tmp_path])


@pytest.fixture
def fonts() -> list[Path]:
    """Some of this machine's."""
    found = [
        file
        for folder in FOLDERS
        for name in ("NotoSansThai-*.ttf", "DejaVuSans*.ttf", "LiberationSans*.ttf")
        for file in folder.rglob(name)
    ]
    if not found:
        pytest.skip("No such font is installed.")
    return found


def test_a_font_counts_only_with_a_sign_for_every_letter(fonts: list[Path]) -> None:
    assert face_with("Status", fonts) is not None
    assert face_with("Status \U0010fffd", fonts) is None


def test_long_words_are_made_smaller_to_fit() -> None:
    sheet = Sheet(200, 40, "#000000")
    sheet.words((100, 20), "a very long word for such a place", "#FFFFFF", size=30, within=120)
    image = Image.open(io.BytesIO(sheet.png())).convert("L")
    left, _, right, _ = image.getbbox() or (0, 0, 0, 0)

    assert 100 <= right - left <= 124
