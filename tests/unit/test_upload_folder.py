"""People's files stay inside the workspace, under names that harm nobody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator_core.upload_folder import Placed, landing, read, remove, safe_name

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"


def put(workspace: Path, name: str, content: bytes) -> Placed:
    with landing(str(workspace)) as file:
        file.file.write(content)
        return file.place(name, file.kind())


def test_a_file_is_put_into_the_folder_with_its_kind_and_size(tmp_path: Path) -> None:
    placed = put(tmp_path, "7-cat.png", PNG)

    assert placed == Placed(path="uploads/7-cat.png", media_type="image/png", size=len(PNG))
    assert (tmp_path / placed.path).read_bytes() == PNG
    assert sorted(path.name for path in (tmp_path / "uploads").iterdir()) == [
        ".gitignore",
        "7-cat.png",
    ]


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/cron.d/x", "x"),
        ("..", "file"),
        ("", "file"),
        (".env", "env"),
        ("-rf", "rf"),
        ("a\nb\0c.txt", "abc.txt"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ('a<b>|"c?.txt', "a_b___c_.txt"),
        ("con fig  file.md", "con_fig_file.md"),
        ("日本語.pdf", "日本語.pdf"),
    ],
)
def test_a_name_leads_nowhere_else(name: str, becomes: str) -> None:
    assert safe_name(name) == becomes


def test_a_long_name_keeps_its_ending_and_fits_every_file_system() -> None:
    made = safe_name("漢" * 300 + ".tar")

    assert made.endswith("漢.tar")
    assert len(made.encode()) <= 120


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "note.txt").write_text("mine")

    placed = put(tmp_path, "note.txt", b"theirs")

    assert placed.path == "uploads/note-2.txt"
    assert (tmp_path / "uploads" / "note.txt").read_text() == "mine"


def test_the_same_file_again_is_that_file(tmp_path: Path) -> None:
    first = put(tmp_path, "7-cat.png", PNG)
    again = put(tmp_path, "7-cat.png", PNG)

    assert again == first


def test_a_folder_that_leads_out_of_the_workspace_takes_nothing(tmp_path: Path) -> None:
    workspace, outside = tmp_path / "workspace", tmp_path / "outside"
    workspace.mkdir()
    outside.mkdir()
    (workspace / "uploads").symlink_to(outside)

    with pytest.raises(OSError, match="uploads"):
        put(workspace, "cat.png", PNG)

    assert list(outside.iterdir()) == []


def test_a_symlink_of_the_name_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(PNG)
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads" / "cat.png").symlink_to(target)

    placed = put(tmp_path, "cat.png", PNG)

    assert placed.path == "uploads/cat-2.png"
    with pytest.raises(OSError, match=r"cat\.png"):
        read(str(tmp_path), "uploads/cat.png", at_most=100)


def test_a_zip_named_as_a_picture_gets_its_true_ending(tmp_path: Path) -> None:
    placed = put(tmp_path, "cat.png", b"PK\x03\x04 and more")

    assert (placed.path, placed.media_type) == ("uploads/cat.png.zip", "application/zip")


def test_what_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    def give_up() -> None:
        with landing(str(tmp_path)) as file:
            file.file.write(b"some")
            raise ValueError("too large")

    with pytest.raises(ValueError, match="too large"):
        give_up()

    assert [path.name for path in (tmp_path / "uploads").iterdir()] == [".gitignore"]


def test_what_a_dead_process_left_is_cleared_away(tmp_path: Path) -> None:
    put(tmp_path, "cat.png", PNG)
    old, young = (tmp_path / "uploads" / f".part-{age}" for age in ("old", "young"))
    old.touch()
    young.touch()
    os.utime(old, (0, 0))

    put(tmp_path, "dog.png", PNG)

    assert (old.exists(), young.exists()) == (False, True)


def test_a_file_is_read_and_removed_again(tmp_path: Path) -> None:
    placed = put(tmp_path, "cat.png", PNG)

    assert read(str(tmp_path), placed.path, at_most=len(PNG)) == PNG
    assert read(str(tmp_path), placed.path, at_most=3) is None
    remove(str(tmp_path), placed.path)
    remove(str(tmp_path), placed.path)
    assert not (tmp_path / placed.path).exists()
