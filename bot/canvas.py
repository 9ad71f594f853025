"""A sheet to draw shapes and words on. The only importer of Pillow.

Knows nothing of what is drawn.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont
    from PIL.ImageFont import ImageFont as PlainFont

Point = tuple[float, float]

#: Drawn so many times larger and made smaller: Pillow's shapes have no soft edges.
_FINER = 2
#: Of the typefaces in one file.
_MOST_FACES = 10
#: No font has a sign for it, so it shows what a font draws instead of one.
_NOBODYS = "\U0010fffe"
_TRIED_AT = 24


class Typeface(NamedTuple):
    file: Path
    #: Which of those in the file.
    number: int = 0


class Sheet:
    """Measures are in the pixels of the finished picture."""

    def __init__(self, width: int, height: int, paper: str) -> None:
        from PIL import Image, ImageDraw  # noqa: PLC0415 - few processes ever draw

        self._size = (width, height)
        self._image = Image.new("RGB", (width * _FINER, height * _FINER), paper)
        self._pen = ImageDraw.Draw(self._image)

    def box(self, corner: Point, other: Point, fill: str, *, round_by: float = 0) -> None:
        places = (*_finer(corner), *_finer(other))
        self._pen.rounded_rectangle(places, radius=round_by * _FINER, fill=fill)

    def disc(self, middle: Point, radius: float, fill: str) -> None:
        self._pen.circle(_finer(middle), radius * _FINER, fill=fill)

    def shape(self, points: Sequence[Point], fill: str) -> None:
        self._pen.polygon([_finer(one) for one in points], fill=fill)

    def line(self, points: Sequence[Point], ink: str, width: float) -> None:
        """With round ends and corners."""
        drawn = round(width * _FINER)
        self._pen.line([_finer(one) for one in points], fill=ink, width=drawn)
        for one in points:
            self._pen.circle(_finer(one), (drawn - 1) / 2, fill=ink)

    def words(  # noqa: PLR0913 - all of it is how they look
        self,
        place: Point,
        text: str,
        ink: str,
        *,
        size: int,
        face: Typeface | None = None,
        anchor: str = "mm",
        within: float | None = None,
    ) -> None:
        """`face` None: Pillow's own, which has Latin letters. `anchor`: Pillow's two letters.
        Smaller than `size` where they would be wider than `within`."""
        font = _font(face, size * _FINER)
        if within is not None and (width := font.getbbox(text)[2]) > within * _FINER:
            font = _font(face, int(size * _FINER * within * _FINER / width))
        # Pillow's own is a thin one.
        bolder = 0 if face else 1
        self._pen.text(
            _finer(place), text, fill=ink, font=font, anchor=anchor, stroke_width=bolder
        )

    def png(self) -> bytes:
        made = io.BytesIO()
        self._finished().save(made, "PNG", optimize=True)
        return made.getvalue()

    def mark(self) -> str:
        """Of what is to be seen, however it is packed."""
        return hashlib.sha256(self._finished().tobytes()).hexdigest()

    def _finished(self) -> Image:
        from PIL.Image import Resampling  # noqa: PLC0415

        return self._image.resize(self._size, Resampling.LANCZOS)


def face_with(text: str, files: Iterable[Path], *, called: str = "") -> Typeface | None:
    """The first that has a sign for each letter. Of several in one file those are asked first
    that have `called` in their name: the same letter looks different in different countries."""
    for file in files:
        faces = sorted(_faces_in(file), key=lambda one: called not in _name(one))
        fitting = (one for one in faces if _has_all(one, text))
        if (found := next(fitting, None)) is not None:
            return found
    return None


def _faces_in(file: Path) -> list[Typeface]:
    faces = []
    for number in range(_MOST_FACES):
        face = Typeface(file, number)
        try:
            _font(face, _TRIED_AT)
        except OSError:
            break
        faces.append(face)
    return faces


def _name(face: Typeface) -> str:
    from PIL.ImageFont import FreeTypeFont  # noqa: PLC0415

    return str(FreeTypeFont(face.file, _TRIED_AT, index=face.number).getname()[0])


def _has_all(face: Typeface, text: str) -> bool:
    font = _font(face, _TRIED_AT)
    nobodys = _drawn(font, _NOBODYS)
    return all(_drawn(font, one) != nobodys for one in set(text) if not one.isspace())


def _drawn(font: FreeTypeFont | PlainFont, letter: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(letter)
    return mask.size, bytes(mask)


@lru_cache
def _font(face: Typeface | None, size: int) -> FreeTypeFont | PlainFont:
    from PIL import ImageFont  # noqa: PLC0415

    if face is None:
        return ImageFont.load_default(size)
    # Not `truetype`: in place of a broken file it takes another of that name, found elsewhere.
    return ImageFont.FreeTypeFont(face.file, size, index=face.number)


def _finer(point: Point) -> Point:
    return point[0] * _FINER, point[1] * _FINER
