from __future__ import annotations

import pytest

from workbench.cli import doctor as module
from workbench.cli.app import main
from workbench.cli.doctor import Finding, examine


def test_it_looks_at_versions_data_browser_folders_and_devices() -> None:
    what = " ".join(finding.what for finding in examine())
    for thing in (
        "Python",
        "mopoe-workbench",
        "polydigits",
        "MNIST",
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
    from pathlib import Path

    finding = module._writable(Path(folder), "this folder", "go elsewhere")
    assert folder in finding.state
    assert finding.remedy == "go elsewhere"
