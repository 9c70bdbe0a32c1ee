"""Pictures of an executed notebook: small, the same each time, named by cell."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from workbench.checking.pictures import MOST_PICTURE_BYTES, pair_pictures, save_pictures

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50"><path d="M0 0h50v50h-50z" fill="blue"/></svg>'


def encoded(picture: Image.Image, kind: str) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return base64.b64encode(buffer.getvalue()).decode()


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def notebook(folder: Path, *cells: tuple[str | None, list[dict[str, Any]]]) -> Path:
    path = folder / "executed.ipynb"
    made = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": "",
            "outputs": [{"output_type": "display_data", "metadata": {}, "data": data} for data in outputs],
        }
        | ({} if name is None else {"id": name})
        for name, outputs in cells
    ]
    path.write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_each_kind_of_picture_is_kept(tmp_path: Path) -> None:
    red = Image.new("RGB", (100, 50), "red")
    lines = [encoded(red, "JPEG")[:40], encoded(red, "JPEG")[40:]]
    outputs = [
        {"image/png": encoded(red, "PNG"), "image/svg+xml": SVG, "text/plain": "x"},
        {"image/jpeg": lines},
        {"text/plain": "no picture"},
        {"image/svg+xml": SVG},
    ]
    kept = save_pictures(notebook(tmp_path, ("text", []), ("curves", outputs)), tmp_path / "kept")
    assert {title: path.name for title, path in kept.items()} == {
        f"curves-{i}": f"curves-{i}.webp" for i in (1, 2, 3)
    }
    for path, left, right in zip(kept.values(), ("red", "red", "blue"), ("red", "red", "white"), strict=True):
        with Image.open(path) as picture:
            assert (picture.format, picture.size) == ("WEBP", (100, 50))
            for x, name in ((20, left), (80, right)):
                wanted = Image.new("RGB", (1, 1), name).getpixel((0, 0))
                assert np.allclose(picture.convert("RGB").getpixel((x, 25)), wanted, atol=8)


def test_what_is_transparent_lies_on_white(tmp_path: Path) -> None:
    clear = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    kept = save_pictures(notebook(tmp_path, ("a", [{"image/png": encoded(clear, "PNG")}])), tmp_path)
    with Image.open(kept["a-1"]) as picture:
        assert picture.convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1200, 400), (300, 3000), (900, 900)])
def test_no_picture_is_wide_or_large(size: tuple[int, int], tmp_path: Path) -> None:
    path = notebook(tmp_path, ("a", [{"image/png": encoded(noise(*size), "PNG")}]))
    kept = save_pictures(path, tmp_path / "kept")["a-1"]
    assert kept.stat().st_size <= MOST_PICTURE_BYTES
    with Image.open(kept) as picture:
        assert picture.width <= 480
        assert picture.height / picture.width == pytest.approx(size[1] / size[0], rel=0.05)


def test_a_plain_picture_is_as_wide_as_it_may_be(tmp_path: Path) -> None:
    path = notebook(tmp_path, ("a", [{"image/png": encoded(Image.new("RGB", (960, 200), "navy"), "PNG")}]))
    with Image.open(save_pictures(path, tmp_path)["a-1"]) as picture:
        assert picture.size == (480, 100)


def test_the_same_notebook_gives_the_same_bytes(tmp_path: Path) -> None:
    path = notebook(tmp_path, ("a", [{"image/png": encoded(noise(500, 300), "PNG")}, {"image/svg+xml": SVG}]))
    first, second = (save_pictures(path, tmp_path / folder) for folder in ("one", "two"))
    assert [path.read_bytes() for path in first.values()] == [path.read_bytes() for path in second.values()]


def test_pictures_that_a_notebook_no_longer_shows_are_gone(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    save_pictures(notebook(tmp_path, ("a", [{"image/svg+xml": SVG}] * 2)), folder)
    (folder / "note.txt").write_text("of somebody else")
    save_pictures(notebook(tmp_path, ("b", [{"image/svg+xml": SVG}])), folder)
    assert sorted(path.name for path in folder.iterdir()) == ["b-1.webp", "note.txt"]


def test_what_is_no_picture_is_left_out(tmp_path: Path) -> None:
    outputs = [
        {"image/png": "no base64"},
        {"image/png": base64.b64encode(b"no picture").decode()},
        {"image/svg+xml": "<svg"},
        {"image/svg+xml": SVG},
    ]
    assert list(save_pictures(notebook(tmp_path, ("a", outputs)), tmp_path / "kept")) == ["a-1"]


def test_a_picture_too_large_to_open_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = {"image/png": encoded(noise(20, 20), "PNG")}
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)  # beyond twice as many it refuses
    assert save_pictures(notebook(tmp_path, ("a", [output])), tmp_path / "kept") == {}


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    shown = [{"image/svg+xml": SVG}]
    kept = save_pictures(notebook(tmp_path, ("../../a", shown), (None, shown)), tmp_path / "kept")
    assert list(kept) == ["______a-1", "cell2-1"]
    assert all(path.parent == tmp_path / "kept" and path.is_file() for path in kept.values())


def test_pictures_are_paired_by_title(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    shown = [{"image/svg+xml": SVG}]
    save_pictures(notebook(tmp_path, ("a", shown * 11)), before)
    save_pictures(notebook(tmp_path, ("a", shown * 2), ("b", shown)), after)
    pairs = pair_pictures(before, after)
    assert list(pairs) == [*(f"a-{i}" for i in range(1, 12)), "b-1"]
    assert pairs["a-1"] == (before / "a-1.webp", after / "a-1.webp")
    assert pairs["a-11"] == (before / "a-11.webp", None)
    assert pairs["b-1"] == (None, after / "b-1.webp")
    assert pair_pictures(tmp_path / "none", tmp_path / "neither") == {}
