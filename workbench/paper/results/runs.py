"""From folders of runs to records, and from records to a folder of evidence."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from workbench.files import write_all_or_none
from workbench.running.status import STATUS_FILE
from workbench.running.store import ATTEMPTS, StoredRun, read_run

from .evidence import RunRecord, read_record
from .names import file_names, settings_of

_ROOT = Path(__file__).parents[3]
#: What the notebook of tables shows unless told otherwise.
COMMITTED = _ROOT / "docs" / "results" / "polymnist_small"


def repository_path(text: str) -> Path:
    """A path as typed for a notebook: a relative one begins at the repository, wherever the kernel works."""
    return _ROOT / Path(text).expanduser()


def read_runs(folder: Path | str, *, code: str = "") -> list[RunRecord]:
    """All finished runs below a folder of runs, such as a sweep's, or all records in a folder of evidence.

    How many runs did not finish is told by a warning.

    Args:
        folder: with ``run.json`` somewhere below it, or else with the files that :func:`gather_evidence` writes.
        code: only runs of this code: its digest, or how that begins.

    Raises:
        FileNotFoundError: no such folder, or no finished run in it.
        ValueError: a file is damaged or something else, or runs are not comparable: of two notebooks, or two with
            the same parameters.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder} with runs or evidence")
    statuses = sorted(folder.rglob(STATUS_FILE))
    if statuses:
        records, unfinished = _finished([path.parent for path in statuses])
    else:
        records, unfinished = [read_record(path) for path in sorted(folder.glob("*.json"))], 0
    said = f"{unfinished} of {unfinished + len(records)} runs in {folder} did not finish"
    if not records:
        raise FileNotFoundError(
            f"{said}: none is left to read"
            if unfinished
            else f"there are no runs and no evidence in {folder}"
        )
    if unfinished:
        warnings.warn(said, stacklevel=2)
    meant = [record for record in records if record.provenance["code"].startswith(code)]
    if not meant:
        raise FileNotFoundError(f"no run in {folder} is of the code {code!r}; {_codes(records)}")
    check_comparable(meant)
    return meant


def gather_evidence(runs: Path | str, out: Path | str, *, code: str = "") -> list[Path]:
    """Write the record of every finished run below ``runs`` into ``out``; all of them, or none.

    Records that are there already stay, and take part in the comparison.

    Args:
        runs: as :func:`read_runs` takes it.
        out: is made if it is not there.
        code: as :func:`read_runs` takes it.

    Returns:
        The files written, named after the parameters that vary, such as ``MoPoE-seed0.json``.
    """
    return write_records(read_runs(runs, code=code), out)


def write_records(records: Sequence[RunRecord], out: Path | str) -> list[Path]:
    """Write records as files into ``out``, as :func:`gather_evidence` does."""
    out = Path(out)
    texts = {
        f"{name}.json": record.to_json() for name, record in zip(file_names(records), records, strict=True)
    }
    others = [read_record(path) for path in sorted(out.glob("*.json")) if path.name not in texts]
    check_comparable([*others, *records])
    out.mkdir(parents=True, exist_ok=True)
    return write_all_or_none({out / name: text for name, text in texts.items()})


def check_comparable(records: Sequence[RunRecord]) -> None:
    """Refuse what no table could hold.

    Raises:
        ValueError: runs of two notebooks, or two with the same parameters.
    """
    notebooks = sorted({record.notebook for record in records})
    if len(notebooks) > 1:
        raise ValueError(f"expected runs of one notebook, got some of {' and of '.join(notebooks)}")
    seen: list[RunRecord] = []
    for record in records:
        same = next((other for other in seen if other.parameters == record.parameters), None)
        if same is not None:
            words = settings_of(record, records) or "all their parameters the same"
            raise ValueError(f"two runs have {words}; keep one of them, or name the code: {_codes(records)}")
        seen.append(record)


def _finished(folders: Sequence[Path]) -> tuple[list[RunRecord], int]:
    """Records of the finished runs, and how many others were begun and are not among them."""
    runs = [run for run in map(read_run, folders) if run is not None]
    # What stands among the attempts is on its way to its place, or out of it.
    finished = [run for run in runs if run.finished and run.folder.parent.name != ATTEMPTS]
    wanted = {_job_of(run) for run in runs if not run.finished}
    return [RunRecord.of(run) for run in finished], len(wanted - {_job_of(run) for run in finished})


def _job_of(run: StoredRun) -> str:
    facts = [run.status["name"], run.status["parameters"], run.status["provenance"]["code"]]
    return json.dumps(facts, sort_keys=True)


def _codes(records: Sequence[RunRecord]) -> str:
    counts = Counter(record.provenance["code"][:12] for record in records)
    return "there are runs of " + ", ".join(f"code {code} ({n})" for code, n in counts.items())
