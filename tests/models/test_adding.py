"""A site's own weights: refused by name or brought whole; a broken run is taken up again, nothing is half known."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from models import adding, catalogue, checksums, fetch, licensing, listing, site, transfer
from models.adding import Request
from models.catalogue import Model, ModelError, Shape
from tests.models import weights
from tests.models.conftest import SMALL_DISK, Told, fill

SHARD = "model-00001-of-00002.safetensors"
NEW = Model(
    name="other",
    revision="1",
    purpose="tests",
    licence="MIT",
    licence_read_in="here",
    memory_mb=1,
    users=(),
    profiles=(),
    shape=Shape("onnx"),
)


@pytest.fixture
def folder(tmp_path: Path, cache: Path) -> Path:
    return weights.llm(tmp_path / "disk" / "tiny")


def request_for(folder: Path, **more: object) -> Request:
    return Request(**({"name": "tiny", "source": folder, "kind": "llm-safetensors"} | more))  # type: ignore[arg-type]


def add(folder: Path, told: Told, **more: object) -> Path:
    return adding.add(request_for(folder, **more), told)


def refused(folder: Path, told: Told, **more: object) -> str:
    """The message; nothing is known by the name afterwards."""
    with pytest.raises(ModelError) as error:
        add(folder, told, **more)
    assert str(more.get("name", "tiny")) not in site.added()
    return str(error.value)


def sums(folder: Path) -> str:
    """What ``sha256sum`` prints for the files of a folder."""
    names = sorted(path.name for path in folder.iterdir() if path.is_file())
    done = subprocess.run(["sha256sum", *names], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def test_a_model_that_was_added_is_like_a_shipped_one(folder: Path, told: Told) -> None:
    place = add(folder, told)
    assert fetch.path("tiny") == fetch.verify("tiny") == fetch.fetch("tiny", told) == place
    for name in os.listdir(folder):
        assert (place / name).read_bytes() == (folder / name).read_bytes()
    [row] = [row for row in listing.rows({"mine": ["tiny"]}) if row["name"] == "tiny"]
    assert (row["here"], row["source"], row["profiles"]) == (True, "folder", ["mine"])
    assert (row["licence"], row["licence_read_in"]) == ("Apache-2.0", "README.md of the folder")
    assert row["production"] is None
    assert listing.verified([], told) == [{"name": "tiny", "problem": None}]


def test_a_model_of_the_catalogue_is_brought_by_its_name(
    tmp_path: Path, cache: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = catalogue.shipped().model("diarization-community-1")
    folder = weights.pipeline(tmp_path / "disk" / "community")
    assert "not on this machine" in str(pytest.raises(ModelError, fetch.path, entry.name).value)
    place = adding.add(Request(name=entry.name, source=folder), told)
    model = site.known().model(entry.name)
    assert (place / "plda" / "plda.npz").is_file()
    assert fetch.verify(entry.name) == place
    assert (model.licence, model.licence_basis, model.purpose) == ("CC-BY-4.0", "stated", entry.purpose)


def test_the_content_names_the_revision_unless_a_person_does(folder: Path, told: Told) -> None:
    first = add(folder, told)
    assert add(folder, told) == first
    assert first.name.startswith("tiny@sha256-")
    assert add(folder, told, revision="2026-11").name == "tiny@2026-11"
    assert any(str(first) in line for line in told.said)


def test_one_revision_is_one_content(folder: Path, told: Told) -> None:
    place = add(folder, told, revision="a")
    (folder / "tokenizer.json").write_text("[]")
    with pytest.raises(ModelError, match="another --revision"):
        add(folder, told, revision="a")
    assert fetch.verify("tiny") == place
    assert (place / "tokenizer.json").read_text() == "{}"


@pytest.mark.parametrize("beside", [True, False])
def test_checksums_by_sha256sum_are_believed_over_the_files(
    folder: Path, told: Told, tmp_path: Path, beside: bool
) -> None:
    listed = sums(folder)
    place = (folder if beside else tmp_path) / "SHA256SUMS"
    place.write_text(listed)
    damaged = bytearray((folder / SHARD).read_bytes())
    damaged[-1] ^= 1
    whole = (folder / SHARD).read_bytes()
    (folder / SHARD).write_bytes(damaged)
    option = {} if beside else {"checksums": place}
    assert str(folder / SHARD) in refused(folder, told, **option)
    (folder / SHARD).write_bytes(whole)
    added = add(folder, told, **option)
    assert site.added()["tiny"].checked_against == "SHA256SUMS, 6 of 6 files"
    assert not (added / "SHA256SUMS").exists()


def test_a_listed_file_that_is_missing_is_named_and_an_unlisted_one_is_told(folder: Path, told: Told) -> None:
    lines = sums(folder).splitlines(keepends=True)
    kept = [line for line in lines if "tokenizer" not in line]
    (folder / "SHA256SUMS").write_text("".join(kept) + f"{'0' * 64}  ./gone.safetensors\n")
    assert f"{folder / 'gone.safetensors'} is missing" in refused(folder, told)
    (folder / "SHA256SUMS").write_text("".join(kept))
    add(folder, told)
    assert any("does not list tokenizer.json" in line for line in told.said)
    assert site.added()["tiny"].checked_against == "SHA256SUMS, 5 of 6 files"


@pytest.mark.parametrize("text", ["", "abc  config.json\n", f"{'0' * 63}g  config.json\n", "\udcff"])
def test_a_list_that_is_not_sha256sums_is_refused_with_its_line(folder: Path, told: Told, text: str) -> None:
    (folder / "SHA256SUMS").write_text(text, errors="surrogateescape")
    assert str(folder / "SHA256SUMS") in refused(folder, told)


def test_a_list_that_was_written_on_windows_is_read(folder: Path, told: Told) -> None:
    hashes = [(line[:64].upper(), line[64:]) for line in sums(folder).splitlines()]
    text = "".join(f"{digest}{name}\r\n" for digest, name in hashes)
    (folder / "SHA256SUMS").write_bytes(b"\xef\xbb\xbf" + text.encode())
    add(folder, told)
    assert site.added()["tiny"].checked_against == "SHA256SUMS, 6 of 6 files"


def test_a_name_that_sha256sum_escapes_is_read(tmp_path: Path) -> None:
    (tmp_path / "a\\b.json").write_text("{}")
    (tmp_path / "sums").write_text(sums(tmp_path))
    found = checksums.read(tmp_path / "sums")
    assert found == {"a\\b.json": hashlib.sha256(b"{}").hexdigest()}


def test_a_broken_run_is_taken_up_where_it_ended(
    folder: Path, told: Told, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is killed when the first files are copied; the next copies the rest only."""
    program = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from models import adding, transfer\n"
        "from appliance.install.progress import Progress\n"
        "copy_one = transfer._copy_one\n"
        "def until_the_shard(source, file, target, *more):\n"
        f"    if file.path == {SHARD!r}:\n"
        "        target.with_name(target.name + transfer.PARTIAL).write_bytes(source.read_bytes()[:100])\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    copy_one(source, file, target, *more)\n"
        "transfer._copy_one = until_the_shard\n"
        f"adding.add(adding.Request(name='tiny', source=Path({str(folder)!r}), kind='llm-safetensors'), Progress())\n"
    )
    killed = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -9
    with pytest.raises(ModelError, match="There is no model 'tiny'"):
        fetch.path("tiny")
    copied: list[str] = []
    copy_one = transfer._copy_one

    def noted(source: Path, *more: object) -> None:
        copied.append(source.name)
        copy_one(source, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(transfer, "_copy_one", noted)
    place = add(folder, told)
    assert copied and "README.md" not in copied and SHARD in copied
    assert fetch.verify("tiny") == place
    assert not list(place.glob("*.partial"))


def test_what_was_changed_in_the_cache_is_named_and_replaced_by_adding_again(
    folder: Path, told: Told
) -> None:
    place = add(folder, told)
    shard = place / SHARD
    shard.write_bytes(b"\xff" + shard.read_bytes()[1:])
    (place / "extra.bin").write_bytes(b"planted")
    with pytest.raises(ModelError, match=rf"{SHARD} was changed.*models add tiny --from"):
        fetch.verify("tiny")
    add(folder, told)
    assert fetch.verify("tiny") == place
    assert shard.read_bytes() == (folder / SHARD).read_bytes()
    assert not (place / "extra.bin").exists()


def test_a_source_that_changes_under_the_copy_is_refused(folder: Path, told: Told) -> None:
    def change(line: str) -> None:
        if line.startswith("copying"):
            (folder / SHARD).write_bytes(b"\xff" + (folder / SHARD).read_bytes()[1:])

    told.react = change
    assert f"{folder / SHARD} changed while it was copied" in refused(folder, told)


def test_a_disk_that_does_not_keep_what_is_written_is_named(
    folder: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = transfer._write

    def lose_a_byte(source: Path, partial: Path, *more: object) -> str:
        digest = write(source, partial, *more)  # type: ignore[arg-type]
        partial.write_bytes(b"\0" + partial.read_bytes()[1:])
        return digest

    monkeypatch.setattr(transfer, "_write", lose_a_byte)
    assert "was not kept by its disk" in refused(folder, told)


def test_progress_tells_bytes_share_and_rate(folder: Path, told: Told) -> None:
    add(folder, told)
    assert any(line.startswith("hashing: ") and ", 100 %" in line for line in told.details)
    assert any(line.startswith("copying tiny: ") and "/s" in line for line in told.details)
    assert any(line.startswith(f"hashing {SHARD} again: ") for line in told.details)


def test_models_that_are_added_at_the_same_time_are_all_recorded(cache: Path) -> None:
    def record(number: int) -> None:
        model = msgspec.structs.replace(NEW, name=f"model-{number}")
        site.record(site.Added(model, "2026-11-25T00:00:00+00:00", ""))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(24)))
    assert set(site.added()) == {f"model-{number}" for number in range(24)}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../up", "cannot be a model's name"),
        ("a/b", "cannot be a model's name"),
        ("Tiny", "cannot be a model's name"),
        ("tiny@1", "cannot be a model's name"),
        ("fer", "models fetch fer"),
        ("qwen3-14b", "hidden_size"),
        ("arcface", "of the kind onnx"),
    ],
)
def test_a_name_that_cannot_be_is_refused(folder: Path, told: Told, name: str, said: str) -> None:
    assert said in refused(folder, told, name=name)


def test_a_new_name_needs_its_kind_and_a_licence(folder: Path, told: Told) -> None:
    assert "--kind (llm-safetensors, " in refused(folder, told, kind=None)
    (folder / "README.md").unlink()
    assert "--licence SPDX --licence-read-in WHERE" in refused(folder, told)
    assert "together" in refused(folder, told, licence="MIT")
    assert "give both" in refused(folder, told, licence_read_in="somewhere")
    assert "SPDX" in refused(folder, told, licence="MIT OR", licence_read_in="somewhere")
    assert "cannot be a revision" in refused(folder, told, revision="../x")


def test_who_knows_no_licence_may_evaluate_and_is_told(folder: Path, told: Told) -> None:
    (folder / "README.md").unlink()
    add(folder, told, licence="unknown")
    assert licensing.objection(site.known().model("tiny"))
    assert any("for evaluation only" in line for line in told.said)


def test_face_weights_need_a_person_who_read_their_licence_whatever_the_folder_says(
    tmp_path: Path, cache: Path, told: Told
) -> None:
    folder = tmp_path / "face"
    folder.mkdir()
    (folder / "arcface_weights.onnx").write_bytes(weights.onnx())
    (folder / "README.md").write_text(weights.CARD)
    adding.add(Request(name="arcface", source=folder), told)
    reason = licensing.objection(site.known().model("arcface"))
    assert reason and "research only; README.md of the folder says Apache-2.0" in reason
    bought = Request(
        name="arcface", source=folder, licence="LicenseRef-bought", licence_read_in="contract of 2026"
    )
    adding.add(bought, told)
    assert licensing.objection(site.known().model("arcface")) is None


def test_a_licence_that_a_person_read_counts_and_a_contradiction_is_recorded(
    folder: Path, told: Told
) -> None:
    add(folder, told, licence="MIT", licence_read_in="contract of 2026")
    model = site.known().model("tiny")
    assert (model.licence, model.licence_basis) == ("MIT", "site")
    assert model.licence_read_in == "contract of 2026 (README.md in the folder says Apache-2.0)"
    assert any("README.md" in line for line in told.said)


@pytest.mark.parametrize(
    ("file", "text", "licence"),
    [
        ("LICENSE", "\n   Apache License\n   Version 2.0, January 2004\n", "Apache-2.0"),
        ("LICENSE.txt", "Attribution-NonCommercial 4.0 International\n", "CC-BY-NC-4.0"),
        ("LICENSE", "MIT License\n\nCopyright (c) 2026\n", "MIT"),
        ("README.md", "---\nlicense: other\nlicense_name: big-lab\n---\n", "LicenseRef-big-lab"),
        ("README.md", "---\nlicense: 'cc-by-nc-4.0'\n---\n", "cc-by-nc-4.0"),
    ],
)
def test_what_the_folder_states_is_what_is_recorded(
    folder: Path, told: Told, file: str, text: str, licence: str
) -> None:
    (folder / "README.md").unlink()
    (folder / file).write_text(text)
    add(folder, told)
    model = site.known().model("tiny")
    assert (model.licence, model.licence_basis, model.licence_read_in) == (
        licence,
        "stated",
        f"{file} of the folder",
    )
    assert (licensing.objection(model) is None) == (licence in {"Apache-2.0", "MIT"})


@pytest.mark.parametrize(
    "text",
    [
        "Modified MIT License\n\nPermission is hereby granted, free of charge, to any person\n",
        "MIT License\n\n" + "and one condition more\n" * 100,
        "This is offered under the Apache License\nVersion 2.0, but not to banks\n",
    ],
)
def test_a_licence_with_conditions_of_its_own_is_left_to_a_person(
    folder: Path, told: Told, text: str
) -> None:
    (folder / "README.md").unlink()
    (folder / "LICENSE").write_text(text)
    assert "states no licence" in refused(folder, told)


def test_too_little_room_is_said_with_the_bytes_before_a_copy(
    small_cache: Path, tmp_path: Path, told: Told
) -> None:
    folder = weights.llm(tmp_path / "disk" / "tiny")
    (folder / "tokenizer.json").write_bytes(b"{" + b" " * SMALL_DISK + b"}")
    message = refused(folder, told)
    assert "bytes are missing" in message and "MUSTER_CACHE" in message
    assert not list(small_cache.rglob("*.safetensors"))


def test_a_disk_that_fills_in_the_middle_is_named_and_the_next_run_goes_on(
    small_cache: Path, tmp_path: Path, told: Told
) -> None:
    folder = weights.llm(tmp_path / "disk" / "tiny")
    (folder / "tokenizer.json").write_bytes(b"{" + b" " * (SMALL_DISK // 2) + b"}")

    def fill_at_first(line: str) -> None:
        if line.startswith("copying"):
            fill(small_cache, leave=8192)

    told.react = fill_at_first
    message = refused(folder, told)
    assert f"The disk of {small_cache}" in message and "is full" in message
    assert not list(small_cache.rglob("*.partial"))
    told.react = lambda line: None
    (small_cache / "filler").unlink()
    assert add(folder, told) == fetch.verify("tiny")
    assert any("are here already" in line for line in told.said)


def test_a_disk_that_is_full_when_the_model_is_recorded_leaves_the_record_as_it_was(
    small_cache: Path, tmp_path: Path, told: Told
) -> None:
    folder = weights.llm(tmp_path / "disk" / "tiny")
    add(folder, told)
    before = site.place().read_bytes()
    other = msgspec.structs.replace(NEW, purpose="x" * 10_000)
    fill(small_cache, leave=0)
    with pytest.raises(OSError, match="No space left"):
        site.record(site.Added(other, "2026-11-25T00:00:00+00:00", ""))
    assert site.place().read_bytes() == before
    assert list(site.place().parent.glob("site.json.*")) == []


def test_a_site_catalogue_that_is_damaged_is_named(folder: Path, told: Told) -> None:
    add(folder, told)
    site.place().write_text(site.place().read_text()[:-9])
    with pytest.raises(ModelError, match=r"site\.json cannot be read"):
        fetch.path("tiny")


def test_a_disk_that_cannot_be_listed_is_named(
    folder: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(place: object) -> None:
        raise OSError(5, "Input/output error", str(place))

    monkeypatch.setattr(os, "scandir", broken)
    assert f"{folder} cannot be read or written: Input/output error" in refused(folder, told)


def test_a_file_that_cannot_be_read_is_named(
    folder: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(path: Path, *_: object) -> str:
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(adding, "sha256_of", broken)
    assert f"{folder / 'README.md'} cannot be read or written: Input/output error" in refused(folder, told)
