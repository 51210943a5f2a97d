"""The list of pairs as the sets of this world write it."""

from pathlib import Path

import pytest

from appliance.evaluation.errors import BadInput
from appliance.evaluation.pairs import Pair, read_pairs


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    for name in ("a.jpg", "b.jpg", "s1/1.pgm", "img/c.jpg", "王 芳.png", 'o"clock.jpg'):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def read(root: Path, text: str, encoding: str = "utf-8") -> list[Pair]:
    file = root.parent / "pairs.csv"
    file.write_bytes(text.encode(encoding))
    return read_pairs(file, root)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("a,b,same\na.jpg,b.jpg,1\nb.jpg,a.jpg,0\n", [True, False]),
        ("file_x,file_y,Decision\na.jpg,b.jpg,Yes\nb.jpg,a.jpg,No\n", [True, False]),
        ("file_x,file_y,same,Facenet_cosine\na.jpg,b.jpg,Yes,0.2\nb.jpg,a.jpg,,0.4\n", [True, None]),
        ("a,b,Facenet_cosine,same\r\na.jpg,b.jpg,0.1,True\r\n\r\nb.jpg,a.jpg,0.2\r\n", [True, None]),
        ("a,b\na.jpg,b.jpg\nb.jpg, a.jpg\n", [None, None]),
        ("a.jpg,b.jpg\nb.jpg,a.jpg\n", [None, None]),
    ],
)
def test_the_first_two_columns_are_pictures_and_a_label_column_is_known(
    root: Path, text: str, labels: list[bool | None]
) -> None:
    pairs = read(root, text)
    assert [(pair.a, pair.b) for pair in pairs] == [("a.jpg", "b.jpg"), ("b.jpg", "a.jpg")]
    assert [pair.same for pair in pairs] == labels
    assert pairs[0].path_a == root / "a.jpg"


def test_pictures_are_looked_up_below_the_root_and_in_its_picture_folder(root: Path) -> None:
    (pair,) = read(root, "a,b\ns1/1.pgm,c.jpg\n")
    assert (pair.path_a, pair.path_b) == (root / "s1/1.pgm", root / "img/c.jpg")


def test_names_with_spaces_quotes_and_chinese_are_names(root: Path) -> None:
    (pair,) = read(root, 'a,b\n王 芳.png,"o""clock.jpg"\n', "utf-8-sig")
    assert pair.path_a.exists() and pair.path_b.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\na.jpg,b.jpg\n../secret.jpg,b.jpg\n", "line 3: '../secret.jpg' lies outside"),
        ("a,b\n/etc/hostname,b.jpg\n", "line 2: '/etc/hostname' lies outside"),
        ("a,b\nlink.jpg,b.jpg\n", r"line 2: 'link\.jpg' lies outside"),
        ("a,b\nonly.jpg\n", "line 2: two columns"),
        ("a,b\na.jpg,\n", "line 2: two columns"),
        ('a,b\n"a.jpg\n",b.jpg\nx\n', "line 4: two columns"),
        ("a,b,same\na.jpg,b.jpg,perhaps\n", "line 2: 'perhaps' is no label"),
        ("a,b\na.jpg,\x00.jpg\n", "line 2"),
        ('a,b\n"a.jpg,b.jpg\n', "line 2"),
        ("a,b\n", "lists no pairs"),
        ("", "lists no pairs"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(root: Path, text: str, message: str) -> None:
    (root.parent / "secret.jpg").touch()
    (root / "link.jpg").symlink_to(root.parent / "secret.jpg")
    with pytest.raises(BadInput, match=message):
        read(root, text)


def test_another_encoding_and_missing_places_are_named(root: Path) -> None:
    with pytest.raises(BadInput, match="not UTF-8"):
        read(root, "a,b\n王.png,b.jpg\n", "gb18030")
    with pytest.raises(BadInput, match="no file .*nowhere"):
        read_pairs(root / "nowhere.csv", root)
    with pytest.raises(BadInput, match="no folder .*nowhere"):
        read_pairs(root.parent / "pairs.csv", root / "nowhere")
