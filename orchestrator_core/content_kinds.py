"""What a file is, by its content alone; whoever names a file may be wrong, or lie. No I/O."""

from __future__ import annotations

import contextlib
import re
import struct
from dataclasses import dataclass

#: As much of a file's beginning as tells what it is.
HEAD = 512 * 1024
UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
#: Pictures that Claude can look at.
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_ENDINGS = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "image/tiff": ("tif", "tiff"),
    "image/bmp": ("bmp",),
    "application/pdf": ("pdf",),
    "application/zip": (
        *("zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "jar", "apk", "whl"),
        *("ipa", "3mf", "cbz", "aar", "war", "vsix", "xpi", "pages", "numbers", "key", "kmz"),
    ),
    "application/gzip": ("gz", "tgz"),
    "application/x-7z-compressed": ("7z",),
    "application/vnd.rar": ("rar",),
    "application/x-executable": ("bin", "exe", "dll", "so", "elf", "dylib"),
    "video/mp4": ("mp4", "m4v", "mov", "3gp"),
    "video/webm": ("webm", "mkv"),
    "audio/mp4": ("m4a", "m4b"),
    "audio/mpeg": ("mp3",),
    "audio/wav": ("wav",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/flac": ("flac",),
    "audio/aac": ("aac",),
}
_BY_ENDING = {ending: kind for kind, endings in _ENDINGS.items() for ending in endings}
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x7fELF", "application/x-executable"),
    (b"MZ", "application/x-executable"),
    (b"\xcf\xfa\xed\xfe", "application/x-executable"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
)
_SOUNDS = (b"M4A ", b"M4B ", b"F4A ")
_STILLS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis")
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_LAST_BYTES = 4
#: The marks of a JPEG's frames; those of its tables lie among them.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class Extent:
    width: int
    height: int


def kind_of(head: bytes) -> str:
    """The media type of a file that begins so; `head` may be up to HEAD bytes of it."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return TEXT if beginning == b"MZ" and _is_text(head) else kind
    match head[:4], head[8:12]:
        case b"RIFF", b"WEBP":
            return "image/webp"
        case b"RIFF", b"WAVE":
            return "audio/wav"
    if head[4:8] == b"ftyp":
        return _in_boxes(head[8:12])
    if head.startswith(b"BM") and len(head) > 26 and head[6:10] == bytes(4):  # noqa: PLR2004
        return "image/bmp"
    return TEXT if _is_text(head) else UNKNOWN


def ending_for(kind: str, name: str) -> str:
    """The name with an ending that its content does not belie: one of another kind is not
    believed, and the right one is put behind it."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    claimed = _BY_ENDING.get(ending)
    if claimed == kind or (claimed is None and (ending or kind == UNKNOWN)):
        return name
    if claimed is None and kind == TEXT:
        return f"{name}.txt"
    true = _ENDINGS.get(kind)
    return f"{name}.{true[0] if true else 'txt' if kind == TEXT else 'bin'}"


def extent_of(content: bytes, kind: str) -> Extent | None:
    """How large a picture is in pixels; None where it is none, or not a whole one."""
    try:
        match kind:
            case "image/png":
                return _png(content)
            case "image/gif":
                return Extent(*struct.unpack("<HH", content[6:10])) if b"\x3b" in content else None
            case "image/jpeg":
                return _jpeg(content)
            case "image/webp":
                return _webp(content)
    except (struct.error, IndexError):
        pass
    return None


def _in_boxes(brand: bytes) -> str:
    if brand in _SOUNDS:
        return "audio/mp4"
    return "image/heic" if brand in _STILLS else "video/mp4"


def _is_text(head: bytes) -> bool:
    if _CONTROLS.search(head):
        return False
    # A character may be cut in two at the end.
    for cut in range(min(_LAST_BYTES, len(head))):
        with contextlib.suppress(UnicodeDecodeError):
            head[: len(head) - cut].decode()
            return True
    return False


def _png(content: bytes) -> Extent | None:
    if content[12:16] != b"IHDR" or b"IEND" not in content[-64:]:
        return None
    return Extent(*struct.unpack(">II", content[16:24]))


def _jpeg(content: bytes) -> Extent | None:
    place = 2
    while content[place] == 0xFF:  # noqa: PLR2004 - each segment begins with it
        mark, length = (
            content[place + 1],
            int(struct.unpack(">H", content[place + 2 : place + 4])[0]),
        )
        if mark in _FRAMES:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return Extent(width, height) if b"\xff\xd9" in content[place:] else None
        place += 2 + length
    return None


def _webp(content: bytes) -> Extent | None:
    if struct.unpack("<I", content[4:8])[0] + 8 > len(content):
        return None
    match content[12:16]:
        case b"VP8 ":
            width, height = struct.unpack("<HH", content[26:30])
            return Extent(width & 0x3FFF, height & 0x3FFF)
        case b"VP8L":
            bits = int(struct.unpack("<I", content[21:25])[0])
            return Extent((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        case b"VP8X":
            width = int.from_bytes(content[24:27], "little") + 1
            return Extent(width, int.from_bytes(content[27:30], "little") + 1)
    return None
