"""Which baselines can be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.checking.baseline import read_baseline

METRIC = (
    '{"values": [1], "errors": [], "n": null, "compared": "within", "margin": 1, "better": null, "unit": "", '
    '"by_examples": false}'
)


@pytest.mark.parametrize(
    "text",
    [
        "<<<<<<< HEAD",
        '{"format": 1}',
        '{"format": 1, "profiles": []}',
        '{"format": 1, "profiles": {"fast": {}}}',
        f'{{"format": 1, "profiles": {{"fast": {{"seeds": [0, 1], "data": {{}}, "metrics": {{"m": {METRIC}}}}}}}}}',
    ],
)
def test_what_is_no_baseline_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "here.json").write_text(text)
    with pytest.raises(ValueError, match=r"here\.json is no baseline"):
        read_baseline(tmp_path, "here", "fast")


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1", b"PK\x03\x04 half"])
def test_examples_that_cannot_be_read_are_named(tmp_path: Path, content: bytes) -> None:
    profile = '{"seeds": [0], "data": {}, "metrics": {}}'
    (tmp_path / "here.json").write_text(f'{{"format": 1, "profiles": {{"fast": {profile}}}}}')
    (tmp_path / "here.fast.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"here\.fast\.npz holds no examples"):
        read_baseline(tmp_path, "here", "fast")
