"""Any picture becomes a JPEG or PNG without loss, or says why it cannot."""

import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from appliance.evaluation.errors import Unreadable
from appliance.evaluation.pictures import load
from tests.evaluation import media


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_jpeg_and_png_are_passed_on_byte_for_byte(tmp_path: Path, name: str) -> None:
    file = media.picture(tmp_path / name)
    assert load(file) == file.read_bytes()


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("a.pgm", "L"),
        ("a.ppm", "RGB"),
        ("a.bmp", "RGB"),
        ("a.tiff", "RGB"),
        ("a.tiff", "L"),
        ("a.tiff", "CMYK"),
        ("a.gif", "P"),
        ("deep.tiff", "I;16"),
    ],
)
def test_other_pictures_become_png_without_loss(tmp_path: Path, name: str, mode: str) -> None:
    file = media.picture(tmp_path / name, mode=mode)
    encoded = load(file)
    assert encoded.startswith(b"\x89PNG")
    with Image.open(file) as before, Image.open(BytesIO(encoded)) as after:
        wanted = before if mode == "I;16" else before.convert("RGB")
        np.testing.assert_array_equal(np.asarray(after.convert(wanted.mode)), np.asarray(wanted))


def test_a_lossless_webp_becomes_png_without_loss(tmp_path: Path) -> None:
    file = tmp_path / "a.webp"
    colours = np.random.default_rng(1).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    Image.fromarray(colours).save(file, lossless=True)
    with Image.open(BytesIO(load(file))) as after:
        np.testing.assert_array_equal(np.asarray(after.convert("RGB")), colours)


def test_a_tiff_taken_sideways_is_turned_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20)).save(tmp_path / "a.tiff", exif=exif)
    with Image.open(BytesIO(load(tmp_path / "a.tiff"))) as after:
        assert after.size == (20, 30)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.pgm", "a.bmp", "a.tiff"])
def test_a_cut_off_picture_is_refused(tmp_path: Path, name: str) -> None:
    file = media.picture(tmp_path / name, size=(200, 200))
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    with pytest.raises(Unreadable, match=r"damaged|content is no"):
        load(file)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"not a picture", "content is no JPEG"),
        (b"\xff\xd8\xff\xe0" + bytes(64), "content is no JPEG|damaged"),
        (media.claimed_png(60_000, 60_000), "pixels"),
        (media.claimed_png(9_500, 9_500), "9500 x 9500 pixels"),
        (media.claimed_png(6_400, 6_400), "6400 x 6400 pixels"),
        (b"P5 60000 60000 255\n" + bytes(100), "pixels"),
        (b"P5 60 60 255\n" + bytes(100), "damaged"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "content is no JPEG"),
    ],
)
def test_what_is_no_picture_or_a_bomb_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(Unreadable, match=reason):
        load(tmp_path / "a.png")


def test_a_huge_file_a_folder_and_a_pipe_are_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(65 * 2**20)
    (tmp_path / "folder.png").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    for name, reason in [("huge", "larger than"), ("folder", "no regular file"), ("pipe", "no regular file")]:
        with pytest.raises(Unreadable, match=reason):
            load(tmp_path / f"{name}.png")
