"""Runs in processes of their own, kept by what they were made from; and what is told of those that died."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.reading.parameters import ParameterError
from workbench.running.job import make_job
from workbench.running.status import RunStatus, locked, read_status
from workbench.running.store import Store, StoredRun

pytestmark = pytest.mark.notebook

RECORD = "from workbench import record\nrecord('size', size)"
SIZE = "size: int = 3  # of everything"


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        threading.Event().wait(0.02)


def states(run: StoredRun) -> list[str]:
    return [cell["state"] for cell in run.status["cells"]]


def status_below(root: Path) -> dict[str, object]:
    [path] = (root / ".attempts").glob("*/run.json")
    return json.loads(path.read_text())


def running_cell(root: Path, number: int) -> bool:
    found = list((root / ".attempts").glob("*/run.json"))
    return bool(found) and json.loads(found[0].read_text())["cells"][number - 1]["state"] == "running"


def test_what_was_run_once_is_not_run_again_and_what_changed_is(write_notebook, tmp_path) -> None:
    path, store = write_notebook(RECORD, parameters=SIZE), Store(tmp_path / "store")
    first = store.run(make_job(path, {"size": "4"}))
    assert (first.finished, first.reused, first.metrics["size"]["value"]) == (True, False, 4)
    assert states(first) == ["completed", "completed"]
    assert first.status["parameters"] == {"size": 4}
    assert {"notebook", "code", "versions", "commit", "platform"} <= set(first.status["provenance"])

    again = store.run(make_job(path, {"size": 4}))
    assert (again.reused, again.folder, again.metrics) == (True, first.folder, first.metrics)
    assert make_job(path, {"size": 5}).key != make_job(path, {"size": 4}).key
    assert make_job(path, {"size": 3}).key == make_job(path, {}).key  # the default, said or not
    path.write_text(path.read_text().replace("record('size'", "record('length'"))
    assert store.find(make_job(path, {"size": 4})) is None


def test_a_run_of_other_code_than_was_planned_is_no_result_and_its_file_says_so(
    write_notebook, tmp_path
) -> None:
    path, store = write_notebook(RECORD, parameters=SIZE), Store(tmp_path / "store")
    job = make_job(path, {})
    (path.parent / "helper.py").write_text("x = 1\n")
    run = store.run(job)
    assert run.status["state"] == "crashed"
    assert read_status(run.folder) == run.status
    assert "the notebook changed between" in run.status["failure"]
    assert store.find(job) is None


def test_a_job_is_checked_before_anything_is_started(write_notebook) -> None:
    path = write_notebook("1", parameters=SIZE)
    with pytest.raises(ParameterError, match=r"(?s)no parameter 'siz'.*did you mean 'size'.*size: int = 3"):
        make_job(path, {"siz": 1})
    with pytest.raises(ParameterError, match=r"(?s)expected int, got 'big'.*size: int = 3"):
        make_job(path, {"size": "big"})


@pytest.mark.parametrize(
    ("cell", "timeout", "state", "words"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", None, "crashed", "KernelDied"),
        ("import time\ntime.sleep(1000)", 2, "timed out", "TimedOut"),
        (
            "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))\nbytes(2**33)",
            None,
            "crashed",
            "MemoryError",
        ),
        ("raise SystemExit(0)", None, "crashed", "SystemExit"),
    ],
    ids=["killed", "hung", "out of memory", "left early"],
)
def test_a_cell_that_ends_badly_is_told_and_what_was_recorded_is_kept(
    write_notebook, tmp_path, cell: str, timeout: int | None, state: str, words: str
) -> None:
    path = write_notebook(RECORD, cell, "1", parameters=SIZE)
    job, store = make_job(path, {}), Store(tmp_path / "store")
    run = store.run(job, cell_timeout=timeout)
    assert (run.finished, run.status["state"]) == (False, state)
    assert words in run.status["failure"]
    assert "cell 3 of 4" in run.status["failure"]
    assert states(run) == ["completed", "completed", "failed", "pending"]
    assert run.metrics["size"]["value"] == 3
    assert run.executed.is_file()
    assert run.folder.name.endswith(".failed")
    assert store.find(job) is None  # so that it is tried again


WAIT = "import time\nopen(flag, 'w').close()\nwhile True:\n    time.sleep(0.1)"


def test_stopped_by_its_caller_it_ends_in_order(write_notebook, tmp_path) -> None:
    flag = tmp_path / "flag"
    path = write_notebook(RECORD, WAIT, parameters=f"{SIZE}\nflag: str = '{flag}'  # made when it waits")
    store, stop, runs = Store(tmp_path / "store"), threading.Event(), list[StoredRun]()
    thread = threading.Thread(target=lambda: runs.append(store.run(make_job(path, {}), stop=stop)))
    thread.start()
    until(flag.exists)
    stop.set()
    thread.join()
    assert runs[0].status["state"] == "interrupted"
    assert states(runs[0]) == ["completed", "completed", "interrupted"]


OTHER = """
import sys
from pathlib import Path
from workbench.running.job import make_job
from workbench.running.store import Store
Store(sys.argv[2]).run(make_job(Path(sys.argv[1]), {}))
"""


@pytest.mark.parametrize("background", [False, True])
def test_killed_callers_leave_no_process_behind_and_the_truth(
    write_notebook, tmp_path, background: bool
) -> None:
    flag, root = tmp_path / "flag", tmp_path / "store"
    cell = f"import os\npid = os.getpid()\nopen(flag + '.pid', 'w').write(str(pid))\n{WAIT}"
    path = write_notebook(RECORD, cell, parameters=f"{SIZE}\nflag: str = '{flag}'  # made when it waits")
    # What a shell puts into the background ignores Ctrl-C, and so does all that it starts.
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n" if background else ""
    caller = subprocess.Popen([sys.executable, "-c", ignoring + OTHER, str(path), str(root)])
    until(flag.exists)
    until(lambda: running_cell(root, 3))
    kernel = int(Path(f"{flag}.pid").read_text())
    caller.kill()
    caller.wait()
    [attempt] = (root / ".attempts").iterdir()
    until(lambda: (read_status(attempt) or {})["state"] != "running")
    status = read_status(attempt)
    assert status is not None
    assert status["state"] in ("interrupted", "killed")
    assert [cell["state"] for cell in status["cells"]][:2] == ["completed", "completed"]
    until(lambda: not Path(f"/proc/{kernel}").exists() or not _alive(kernel))


def test_a_killed_runner_is_told_by_the_reader_and_its_attempt_is_cleared_away(
    write_notebook, tmp_path
) -> None:
    flag, root = tmp_path / "flag", tmp_path / "store"
    cell = f"import os\nopen(flag + '.pid', 'w').write(str(os.getppid()))\n{WAIT}"
    path = write_notebook(RECORD, cell, parameters=f"{SIZE}\nflag: str = '{flag}'  # made when it waits")
    store, runs = Store(root), list[StoredRun]()
    thread = threading.Thread(target=lambda: runs.append(store.run(make_job(path, {}))))
    thread.start()
    until(flag.exists)
    os.kill(int(Path(f"{flag}.pid").read_text()), signal.SIGKILL)
    thread.join()
    assert runs[0].status["state"] == "killed"
    assert "was killed in cell 3 of 3" in runs[0].status["failure"]
    assert states(runs[0]) == ["completed", "completed", "killed"]
    assert runs[0].metrics["size"]["value"] == 3
    assert list((root / ".attempts").iterdir()) == []


def test_two_at_once_leave_one_run(write_notebook, tmp_path) -> None:
    path, store = write_notebook(RECORD, parameters=SIZE), Store(tmp_path / "store")
    runs: list[StoredRun] = []
    job = make_job(path, {})
    threads = [threading.Thread(target=lambda: runs.append(store.run(job))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.folder for run in runs] == [store.folder(job)] * 2
    assert sorted(folder.name for folder in store.folder(job).parent.iterdir()) == [job.key]
    assert all(run.metrics["size"]["value"] == 3 for run in runs)


def test_a_process_that_dies_before_it_begins_is_told(write_notebook, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    run = Store(tmp_path / "store").run(make_job(write_notebook("1"), {}))
    assert run.status["state"] == "crashed"
    assert "ended with 1 before it began" in run.status["failure"]


def _alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_full_disk_is_told_and_the_run_is_tried_again(write_notebook, tmp_path) -> None:
    # Root alone may mount a disk of its own that is small enough to fill.
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        fill = f"with open({str(disk / 'filler')!r}, 'wb') as file:\n    file.write(b'x' * 10**6)"
        path = write_notebook(RECORD, fill, "1", parameters=SIZE)
        run = Store(disk / "store").run(make_job(path, {}))
        assert not run.finished
        assert "No space left" in run.status["failure"]
        assert run.metrics["size"]["value"] == 3
        told = read_status(run.folder)
        assert told is not None and told["state"] == "crashed"
        (disk / "filler").unlink()
        path.write_text(path.read_text().replace("10**6", "10**2"))
        assert Store(disk / "store").run(make_job(path, {})).finished
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_run_that_ends_while_it_is_looked_at_is_not_called_killed(tmp_path, monkeypatch) -> None:
    def ends_meanwhile(folder: Path, *rest: str) -> object:
        status.end("finished")
        return locked(folder, *rest)

    status = RunStatus(tmp_path, {}, [("a", "A")])
    monkeypatch.setattr("workbench.running.status.locked", ends_meanwhile)
    told = read_status(tmp_path)
    assert told is not None and told["state"] == "finished"


def test_a_damaged_status_is_named(tmp_path) -> None:
    (tmp_path / "run.json").write_text("")
    with pytest.raises(ValueError, match=r"run\.json is damaged"):
        read_status(tmp_path)


def test_a_kill_while_an_old_run_is_removed_leaves_no_half_of_it(
    write_notebook, tmp_path, monkeypatch
) -> None:
    def killed_meanwhile(folder: Path, **options: object) -> None:
        (folder / "metrics.json").unlink()
        raise KeyboardInterrupt

    job, store = make_job(write_notebook(RECORD, parameters=SIZE), {}), Store(tmp_path / "store")
    store.run(job)
    monkeypatch.setattr("workbench.running.store.shutil.rmtree", killed_meanwhile)
    with pytest.raises(KeyboardInterrupt):
        store.run(job, fresh=True)
    found = store.find(job)
    assert found is None or found.metrics


def test_an_executed_copy_is_run_with_the_cells_that_were_written(write_notebook, tmp_path) -> None:
    path = write_notebook("1", "2", parameters=SIZE)
    first = Store(tmp_path / "store").run(make_job(path, {"size": 4}))
    again = Store(tmp_path / "again").run(make_job(first.executed, {"size": 5}))
    assert again.status["parameters"] == {"size": 5}
    assert states(again) == ["completed"] * 3


def test_links_to_nowhere_that_editors_leave_do_no_harm(write_notebook) -> None:
    path = write_notebook("1")
    key = make_job(path, {}).key
    (path.parent / ".#helper.py").symlink_to("me@here.1234")
    assert make_job(path, {}).key == key


def test_a_default_that_json_cannot_hold_does_no_harm(write_notebook, tmp_path) -> None:
    path = write_notebook("n", parameters=f"{SIZE}\nn = {{1, 2}}  # a set")
    run = Store(tmp_path / "store").run(make_job(path, {}))
    assert (run.finished, run.status["parameters"]) == (True, {"size": 3})
