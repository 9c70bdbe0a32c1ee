"""What a run has measured survives the way into a small file and back, and nothing of the machine goes along."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from workbench.paper.results.evidence import RunRecord, read_record
from workbench.paper.results.runs import gather_evidence, read_runs, write_records
from workbench.running.job import make_job
from workbench.running.store import Store


def test_runs_of_a_sweep_become_files_named_after_what_varies(tmp_path, record_of, run_in) -> None:
    runs = [record_of(family, seed) for family in ("MMVAE", "MoPoE") for seed in (0, 1)]
    for i, record in enumerate(runs):
        run_in(tmp_path / "sweep" / "polymnist" / f"{i:016x}", record)
    written = gather_evidence(tmp_path / "sweep", tmp_path / "a" / "b")
    assert sorted(path.name for path in written) == [
        "MMVAE-seed0.json",
        "MMVAE-seed1.json",
        "MoPoE-seed0.json",
        "MoPoE-seed1.json",
    ]
    assert sorted((tmp_path / "a" / "b").iterdir()) == sorted(written)
    assert read_runs(tmp_path / "a" / "b") == runs == read_runs(tmp_path / "sweep")
    texts = [path.read_text() for path in written]
    gather_evidence(tmp_path / "a" / "b", tmp_path / "a" / "b")
    assert [path.read_text() for path in written] == texts


@pytest.mark.notebook
def test_a_run_that_was_really_made_is_read(tmp_path: Path) -> None:
    cells = [
        new_code_cell('family: str = "MoPoE"\nseed: int = 0', metadata={"tags": ["parameters"]}),
        new_code_cell(
            "from workbench import record\nrecord('nll', 2.5 + seed, standard_error=0.5, unit='nats')"
        ),
    ]
    notebook = tmp_path / "tiny.ipynb"
    nbformat.write(new_notebook(cells=cells), notebook)
    store = Store(tmp_path / "sweep")
    job = make_job(notebook, {"seed": 3})
    assert store.run(job).finished
    (path,) = gather_evidence(tmp_path / "sweep", tmp_path / "out")
    record = read_record(path)
    assert path.name == "MoPoE-seed3.json"
    assert record.notebook == "tiny" and record.parameters == {"family": "MoPoE", "seed": 3}
    assert record.metrics["nll"]["value"] == 5.5 and record.metrics["nll"]["unit"] == "nats"
    assert record.provenance["code"] == job.provenance["code"] and record.seconds > 0
    assert record.provenance["versions"]["torch"] == job.provenance["versions"]["torch"]
    assert str(tmp_path) not in path.read_text() and str(Path.home()) not in path.read_text()


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("/home/somebody/data/polymnist", "polymnist"),
        ("C:\\Users\\somebody\\polymnist", "polymnist"),
        ("~/polymnist", "polymnist"),
        (["/home/somebody/a", "b"], ["a", "b"]),
        ("polymnist", "polymnist"),
        ("a/b", "a/b"),
        (3, 3),
        (None, None),
    ],
)
def test_of_paths_the_last_name_alone_is_kept(tmp_path, record_of, run_in, value, kept) -> None:
    run_in(tmp_path / "run", record_of(data_dir=value))
    (record,) = read_runs(tmp_path)
    assert record.parameters["data_dir"] == kept


def test_what_provenance_may_hold_one_day_stays_at_home(tmp_path, record_of, run_in) -> None:
    made = {**record_of().provenance, "device": "NVIDIA H100", "host": "secret", "user": "secret"}
    run_in(tmp_path / "run", replace(record_of(), provenance=made))
    (path,) = gather_evidence(tmp_path, tmp_path / "out")
    assert "secret" not in path.read_text()
    assert read_record(path).provenance["device"] == "NVIDIA H100"


def test_a_folder_without_finished_runs_is_refused(tmp_path, record_of, run_in) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere"):
        read_runs(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="no runs and no evidence"):
        read_runs(tmp_path)
    run_in(tmp_path / "polymnist" / "0.failed", record_of(seed=0), "crashed")
    run_in(tmp_path / "polymnist" / "1.failed", record_of(seed=1), "timed out")
    with pytest.raises(FileNotFoundError, match=r"2 of 2 runs in .* did not finish"):
        gather_evidence(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_it_is_said_how_many_did_not_finish_and_a_later_success_counts(tmp_path, record_of, run_in) -> None:
    run_in(tmp_path / "polymnist" / "0", record_of(seed=0))
    run_in(tmp_path / "polymnist" / "0.failed", record_of(seed=0), "crashed")
    run_in(tmp_path / ".attempts" / "0-ab", record_of(seed=0), "interrupted")
    run_in(tmp_path / ".attempts" / "0-ab-old", record_of(seed=0))
    assert len(read_runs(tmp_path)) == 1
    run_in(tmp_path / "polymnist" / "1.failed", record_of(seed=1), "crashed")
    with pytest.warns(UserWarning, match=r"1 of 2 runs in .* did not finish"):
        assert len(read_runs(tmp_path)) == 1


def test_two_runs_with_the_same_parameters_are_refused_until_the_code_is_named(
    tmp_path, record_of, run_in
) -> None:
    old, new = record_of(), replace(record_of(), provenance={**record_of().provenance, "code": "b" * 64})
    run_in(tmp_path / "old", old)
    run_in(tmp_path / "new", new)
    with pytest.raises(ValueError, match=r"two runs have .*code b{12} \(1\), code c{12} \(1\)"):
        read_runs(tmp_path)
    assert read_runs(tmp_path, code="bbb") == [new]
    with pytest.raises(FileNotFoundError, match="of the code 'fff'"):
        read_runs(tmp_path, code="fff")
    write_records([old], tmp_path / "out")
    (tmp_path / "out" / "MoPoE-seed0.json").rename(tmp_path / "out" / "other.json")
    with pytest.raises(ValueError, match="two runs have"):
        write_records([new], tmp_path / "out")


def test_runs_of_two_notebooks_are_refused(tmp_path, record_of, run_in) -> None:
    run_in(tmp_path / "a", record_of())
    run_in(tmp_path / "b", replace(record_of(seed=1), notebook="other"))
    with pytest.raises(ValueError, match="one notebook, got some of other and of polymnist"):
        read_runs(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is damaged"),
        ("[]", 'expected "format": 1'),
        ('{"format": 2}', 'expected "format": 1'),
        ('{"format": 1, "notebook": "a"}', "expected notebook, parameters, metrics, .*, got notebook"),
    ],
)
def test_a_file_that_is_something_else_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ValueError, match=said):
        read_runs(tmp_path)


def test_a_write_that_fails_leaves_no_file(tmp_path, records, monkeypatch) -> None:
    real = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if "MMVAE-seed2.json" in path.name:
            raise OSError(28, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_records(records, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_names_of_files_tell_all_that_varies_and_never_collide(tmp_path, record_of) -> None:
    varied = [
        record_of(beta=1.0, photographs=["sea"]),
        record_of(beta=2.5, photographs=["sea", "wood"]),
        record_of(beta=2.5, photographs=["sea wood"]),
        record_of(beta=2.5, photographs=["sea/wood"]),
    ]
    names = [path.stem for path in write_records(varied, tmp_path)]
    assert names[0] == "MoPoE-seed0-photographs_sea-beta_1"
    assert names[1].startswith("MoPoE-seed0-photographs_sea_wood_") and len(set(names)) == 4
    assert read_runs(tmp_path) == sorted(varied, key=lambda record: names[varied.index(record)])


def test_the_digest_changes_with_any_number(record_of) -> None:
    record: RunRecord = record_of()
    assert record.digest() == record_of().digest() != record_of(seed=1).digest()
    assert json.loads(record.to_json())["format"] == 1
