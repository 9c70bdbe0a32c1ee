from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from workbench.cli import doctor as module
from workbench.cli.app import main
from workbench.cli.doctor import Finding, examine
from workbench.datasets.files.mnist import MNIST, MNIST_DIGESTS, download_mnist
from workbench.datasets.files.published import DATA_DIR_VARIABLE
from workbench.datasets.files.svhn import SVHN, SVHN_ADDRESS


def test_it_looks_at_versions_data_browser_folders_and_devices() -> None:
    what = " ".join(finding.what for finding in examine())
    for thing in (
        "Python",
        "mopoe-workbench",
        "polydigits",
        "data: MNIST",
        "data: SVHN",
        "data: PolyMNIST",
        "browser",
        "this folder",
        "home",
        "GPU",
    ):
        assert thing in what


def test_optional_lacks_end_with_0_and_a_remedy(monkeypatch, capsys) -> None:
    findings = [Finding("A", "fine", needed=True), Finding("B", "not found", "install B")]
    monkeypatch.setattr(module, "examine", lambda: findings)
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["ok", "none", "->"]
    assert lines[2].strip() == "-> install B"


def test_a_needed_lack_ends_with_2(monkeypatch, capsys) -> None:
    monkeypatch.setattr(module, "examine", lambda: [Finding("A", "not found", "install A", needed=True)])
    assert main(["doctor"]) == 2
    assert capsys.readouterr().out.startswith("LACKS A")


def test_packages_are_counted_by_extra_with_what_to_type(monkeypatch) -> None:
    declared = [
        "torch>=2",
        "absent-one>=1",
        'plotly>=7; extra == "workbench"',
        'absent-two>=1; extra == "test"',
    ]
    monkeypatch.setattr(module, "requires", lambda name: declared)
    versions = {"mopoe-workbench": "0", "torch": "2.13", "plotly": "7.1"}

    def version(name: str) -> str:
        if name not in versions:
            raise module.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(module, "version", version)
    found = {finding.what: finding for finding in module._packages()}
    assert found["packages"].state == "1 of 2, torch 2.13"
    assert found["packages"].remedy == "pip install -c constraints.txt -e .  (lacking: absent-one)"
    assert found["packages"].needed
    assert not found["packages [workbench]"].remedy
    assert "-e .[test]  (lacking: absent-two)" in found["packages [test]"].remedy
    assert not found["packages [test]"].needed


@pytest.mark.parametrize("folder", ["/proc/nowhere", "/dev/null"])
def test_folders_that_cannot_be_written_to_are_named(folder: str) -> None:
    finding = module._writable(Path(folder), "this folder", "go elsewhere")
    assert folder in finding.state
    assert finding.remedy == "go elsewhere"


def test_every_extra_is_counted(repository: Path, monkeypatch) -> None:
    monkeypatch.setattr(module, "requires", lambda name: [])
    monkeypatch.setattr(module, "version", lambda name: "0")
    extras = tomllib.loads((repository / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    counted = {finding.what for finding in module._packages()}
    assert {f"packages [{extra}]" for extra in extras} <= counted


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a download goes to, empty."""
    monkeypatch.setattr("pooch.os_cache", lambda project: tmp_path / "cache" / project)
    return tmp_path / "cache/mopoe-workbench/mnist"


def look_for_mnist() -> Finding:
    return module._published(MNIST, ["polymnist"])


def put_mnist(folder: Path, ending: str = ".gz") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in MNIST_DIGESTS:
        (folder / f"{name}{ending}").write_bytes(b"")


@pytest.mark.parametrize(("place", "ending"), [("", ""), ("mnist", ".gz"), ("MNIST/raw", "")])
def test_the_files_of_mnist_are_looked_for_in_the_folder_given(
    tmp_path: Path, monkeypatch, cache: Path, place: str, ending: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(folder))
    empty = look_for_mnist()
    assert empty.state == f"4 of its 4 files not found in {folder}"
    assert f"unset {DATA_DIR_VARIABLE}, and MNIST is downloaded" in empty.remedy
    put_mnist(folder / place, ending)
    assert look_for_mnist() == Finding("data: MNIST", f"found in {folder}")
    (folder / place / f"t10k-labels-idx1-ubyte{ending}").unlink()
    assert look_for_mnist().state.startswith("1 of its 4 files")
    assert look_for_mnist().remedy.startswith("put t10k-labels-idx1-ubyte there")


def test_an_earlier_download_of_mnist_is_named(tmp_path: Path, monkeypatch, cache: Path) -> None:
    assert DATA_DIR_VARIABLE in look_for_mnist().remedy
    put_mnist(cache)
    assert download_mnist() == cache  # it asks no mirror: this is where it looks
    assert look_for_mnist() == Finding("data: MNIST", f"downloaded to {cache}")
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tmp_path / "nowhere"))
    missing = look_for_mnist()
    assert str(tmp_path / "nowhere") in missing.state
    assert f"a downloaded copy lies in {cache}" in missing.remedy


def test_files_that_nothing_downloads_are_looked_for_too(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv(DATA_DIR_VARIABLE, raising=False)
    finding = module._published(SVHN, ["mnist_svhn_text"])
    assert finding.state == "no folder given"
    assert finding.remedy == f"only mnist_svhn_text needs it: name a folder in {DATA_DIR_VARIABLE}"
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tmp_path))
    finding = module._published(SVHN, ["mnist_svhn_text"])
    assert finding.state == f"2 of its 2 files not found in {tmp_path}"
    assert finding.remedy.startswith(
        "put train_32x32.mat, test_32x32.mat there; only mnist_svhn_text needs it"
    )
    assert SVHN_ADDRESS in finding.remedy
    for name in SVHN.files:
        (tmp_path / name).write_bytes(b"")
    assert module._published(SVHN, []) == Finding("data: SVHN", f"found in {tmp_path}")
