from __future__ import annotations

import gzip
import http.server
import threading

import numpy as np
import pytest

from workbench.datasets import mnist_text, polymnist
from workbench.datasets.files.mnist import (
    MNIST,
    MNIST_DIGESTS,
    MNIST_MIRRORS,
    download_mnist,
    mnist_drawings,
)
from workbench.datasets.files.published import DATA_DIR_VARIABLE, given_folder

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def test_the_splits_hold_every_drawing_once(small_mnist):
    splits = mnist_drawings(small_mnist.folder, 0, small_mnist.digests)
    found = [
        (int(y), x.tobytes())
        for s in ("train", "validation")
        for x, y in zip(splits[s].strokes, splits[s].labels, strict=True)
    ]
    images, labels = small_mnist.images["train"], small_mnist.labels["train"]
    assert sorted(found) == sorted((int(y), (x > 127).tobytes()) for x, y in zip(images, labels, strict=True))
    assert np.array_equal(splits["test"].strokes, small_mnist.images["t10k"] > 127)
    assert np.array_equal(splits["test"].labels, small_mnist.labels["t10k"])
    assert np.bincount(splits["validation"].labels).tolist() == [4] * 10


@pytest.mark.parametrize("place", ["", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("compressed", [True, False])
def test_files_are_found_compressed_or_not_in_the_usual_places(small_mnist, tmp_path, place, compressed):
    root = tmp_path / "data"
    (root / place).mkdir(parents=True)
    for path in small_mnist.folder.iterdir():
        target = root / place / path.name
        if compressed:
            target.write_bytes(path.read_bytes())
        else:
            target.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
    assert len(mnist_drawings(root, 0, small_mnist.digests)["test"]) == 40


def test_the_environment_names_the_folder_and_an_argument_overrides_it(small_mnist, tmp_path, monkeypatch):
    monkeypatch.delenv(DATA_DIR_VARIABLE, raising=False)
    assert given_folder(None, MNIST) is None
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(small_mnist.folder))
    assert given_folder(None, MNIST) == small_mnist.folder
    assert given_folder(tmp_path, MNIST) == tmp_path
    assert len(polymnist(None, 1, 10, 10, 10, digests=small_mnist.digests).train) == 10
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match=f"environment variable {DATA_DIR_VARIABLE}: .*nowhere"):
        given_folder(None, MNIST)
    with pytest.raises(FileNotFoundError, match="data_dir: expected a folder"):
        given_folder(tmp_path / "not here", MNIST)


def test_the_real_digests_refuse_other_files(small_mnist):
    for make in (polymnist, mnist_text):
        with pytest.raises(
            ValueError, match=f"{TRAIN_IMAGES}.gz: expected the sha256 {MNIST_DIGESTS[TRAIN_IMAGES]}"
        ):
            make(data_dir=small_mnist.folder)


def bend_missing(mnist):
    (mnist.folder / f"{TRAIN_LABELS}.gz").unlink()


def bend_one_byte(mnist):
    path = mnist.folder / f"{TRAIN_LABELS}.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[20] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))


def bend_archive_cut(mnist):
    path = mnist.folder / f"{TRAIN_LABELS}.gz"
    path.write_bytes(path.read_bytes()[:-20])


def bend_archive_garbled(mnist):
    path = mnist.folder / f"{TRAIN_LABELS}.gz"
    content = bytearray(path.read_bytes())
    content[30:40] = bytes(10)
    path.write_bytes(bytes(content))


def bend_no_archive(mnist):
    (mnist.folder / f"{TRAIN_LABELS}.gz").write_bytes(b"<html>not found</html>")


def bend_content(name, change):
    def bend(mnist):
        mnist.write(name, change(gzip.decompress((mnist.folder / f"{name}.gz").read_bytes())))

    return bend


@pytest.mark.parametrize(
    ("bend", "error", "match"),
    [
        (
            bend_missing,
            FileNotFoundError,
            f"{TRAIN_LABELS}.gz in .* put it there, .*data_dir or {DATA_DIR_VARIABLE}",
        ),
        (bend_one_byte, ValueError, f"{TRAIN_LABELS}.gz: expected the sha256"),
        (bend_archive_cut, ValueError, "damaged or cut short"),
        (bend_archive_garbled, ValueError, "damaged or cut short"),
        (bend_no_archive, ValueError, "damaged or cut short"),
        (
            bend_content(TRAIN_LABELS, lambda content: content[:-3]),
            ValueError,
            r"expected \(240,\) bytes .* got 237",
        ),
        (bend_content(TRAIN_LABELS, lambda content: content[:6]), ValueError, "got the header '00000801'"),
        (bend_content(TRAIN_LABELS, lambda content: b""), ValueError, "got the header ''"),
        (
            bend_content(TRAIN_LABELS, lambda content: b"GIF8" + content[4:]),
            ValueError,
            "got the header '47494638'",
        ),
        (
            bend_content(TRAIN_LABELS, lambda content: content[:-1] + b"\x0a"),
            ValueError,
            "labels 0 to 9, got 10",
        ),
        (
            bend_content(TRAIN_LABELS, lambda content: b"\0\0\x08\x01\0\0\0\x02\1\2"),
            ValueError,
            r"\(240, 28, 28\) and \(2,\)",
        ),
    ],
)
def test_missing_and_damaged_files_are_refused_by_name(small_mnist, bend, error, match):
    bend(small_mnist)
    with pytest.raises(error, match=match):
        mnist_drawings(small_mnist.folder, 0, small_mnist.digests)


@pytest.fixture
def mirror(small_mnist, monkeypatch):
    """A web server on this machine with an intact mirror, a damaged one, and none at other addresses."""
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            _, place, name = self.path.split("/")
            if place not in ("intact", "damaged"):
                self.send_error(404)
                return
            content = (small_mnist.folder / name).read_bytes()
            content = content[:-9] if place == "damaged" else content
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


def test_a_download_goes_on_to_the_next_mirror_and_is_kept(small_mnist, mirror, tmp_path):
    address, asked = mirror
    mirrors = [address + place for place in ("absent/", "damaged/", "intact/")]
    folder = download_mnist(tmp_path / "new" / "cache", mirrors, small_mnist.digests)
    assert sorted(p.name for p in folder.iterdir()) == sorted(f"{name}.gz" for name in MNIST_DIGESTS)
    assert len(mnist_drawings(folder, 0, small_mnist.digests)["test"]) == 40
    assert len(asked) == 12
    download_mnist(folder, mirrors, small_mnist.digests)
    assert len(asked) == 12, "asked again for what is there"


def test_a_failed_download_says_what_each_mirror_answered_and_leaves_nothing(small_mnist, mirror, tmp_path):
    address, _ = mirror
    with pytest.raises(
        ConnectionError, match=r"no mirror gave an intact train-images.*absent/: 404.*damaged/: .*damaged"
    ):
        download_mnist(tmp_path / "cache", [address + "absent/", address + "damaged/"], small_mnist.digests)
    assert list((tmp_path / "cache").iterdir()) == []


def test_without_a_folder_the_files_are_downloaded(small_mnist, monkeypatch):
    monkeypatch.delenv(DATA_DIR_VARIABLE, raising=False)
    monkeypatch.setattr("workbench.datasets.files.mnist.download_mnist", lambda digests: small_mnist.folder)
    assert len(mnist_drawings(digests=small_mnist.digests)["test"]) == 40


def test_the_mirrors_and_digests_are_four_files_at_https_addresses():
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in MNIST_MIRRORS)
    assert len(set(MNIST_DIGESTS.values())) == 4 and all(
        len(digest) == 64 for digest in MNIST_DIGESTS.values()
    )
