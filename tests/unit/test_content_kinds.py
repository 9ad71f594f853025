"""A file is what its content says."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from orchestrator_core.content_kinds import Extent, ending_for, extent_of, kind_of


def picture(kind: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(made, kind)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (picture("PNG"), "image/png"),
        (picture("JPEG"), "image/jpeg"),
        (picture("GIF"), "image/gif"),
        (picture("WEBP"), "image/webp"),
        (picture("BMP"), "image/bmp"),
        (picture("TIFF"), "image/tiff"),
        (b"%PDF-1.7 \x00", "application/pdf"),
        (b"PK\x03\x04\x00", "application/zip"),
        (b"\x7fELF\x02", "application/x-executable"),
        (b"MZ\x90\x00\x03", "application/x-executable"),
        (b"MZ is how this text begins", "text/plain"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"),
        (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
        (b"\x00\x00\x00\x18ftypheic", "image/heic"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"ID3\x04", "audio/mpeg"),
        (b"OggS\x00", "audio/ogg"),
        ("print('こんにちは')\n".encode(), "text/plain"),
        ("漢".encode()[:2], "application/octet-stream"),
        ("a漢".encode()[:-1], "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_content_tells_the_kind(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("kind", "name", "becomes"),
    [
        ("image/png", "cat.png", "cat.png"),
        ("image/jpeg", "cat.JPEG", "cat.JPEG"),
        ("application/zip", "cat.png", "cat.png.zip"),
        ("application/zip", "report.docx", "report.docx"),
        ("application/x-executable", "cat.jpg", "cat.jpg.bin"),
        ("application/octet-stream", "cat.png", "cat.png.bin"),
        ("application/octet-stream", "data", "data"),
        ("text/plain", "main.rs", "main.rs"),
        ("text/plain", "README", "README.txt"),
        ("text/plain", "cat.png", "cat.png.txt"),
        ("image/png", "image", "image.png"),
    ],
)
def test_an_ending_that_the_content_belies_is_not_left_the_last(
    kind: str, name: str, becomes: str
) -> None:
    assert ending_for(kind, name) == becomes


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_whole_picture_has_an_extent_and_a_broken_one_has_none(kind: str) -> None:
    content, media_type = picture(kind), f"image/{kind.lower()}"

    assert extent_of(content, media_type) == Extent(30, 20)
    assert extent_of(content[:12], media_type) is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_cut_off_has_no_extent(kind: str) -> None:
    content = picture(kind)

    assert extent_of(content[: len(content) // 2], f"image/{kind.lower()}") is None
