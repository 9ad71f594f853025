"""Which of this machine's fonts can write a language. Opens none itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.canvas import Typeface, face_with
from orchestrator_core.model import Language

#: Of Linux and macOS.
FOLDERS = (
    *(Path("/usr/share/fonts"), Path("/usr/local/share/fonts")),
    *(Path.home() / ".fonts", Path.home() / ".local/share/fonts"),
    *(Path("/System/Library/Fonts"), Path("/Library/Fonts"), Path.home() / "Library/Fonts"),
)
_ENDINGS = frozenset({".ttf", ".otf", ".ttc"})


@dataclass(frozen=True, slots=True)
class _Wanted:
    #: The beginnings of files' names, the best first.
    files: tuple[str, ...]
    #: A part of the typeface's name, where a file has several.
    called: str = ""


_CJK = ("notosanscjk-bold", "notosanscjk-medium", "notosanscjk")
#: Languages that are not here are written with Pillow's own font.
_WANTED: Mapping[Language, _Wanted] = {
    Language.JAPANESE: _Wanted(
        (*_CJK, "notosansjp", "ヒラギノ角ゴシック w6", "hiragino", "ipaexg", "ipag", "takao"), "JP"
    ),
    Language.CHINESE: _Wanted((*_CJK, "notosanstc", "pingfang", "stheiti", "wqy-", "uming"), "TC"),
    Language.THAI: _Wanted(
        ("notosansthai-bold", "notosansthai", "thonburi", "sarabun", "loma-bold", "garuda-bold")
    ),
}


class NoFontError(LookupError):
    """This machine has no font for the language."""


def font_for(language: Language, text: str, folders: Sequence[Path] = FOLDERS) -> Typeface | None:
    """One that has all of the text; None: Pillow's own has. Raises NoFontError."""
    wanted = _WANTED.get(language)
    if wanted is None:
        return None
    found = face_with(text, _files(wanted.files, folders), called=wanted.called)
    if found is None:
        raise NoFontError(language)
    return found


def _files(beginnings: Sequence[str], folders: Sequence[Path]) -> Iterator[Path]:
    known = sorted(
        file for folder in folders for file in folder.rglob("*") if file.suffix.lower() in _ENDINGS
    )
    for beginning in beginnings:
        yield from (file for file in known if file.name.lower().startswith(beginning))
