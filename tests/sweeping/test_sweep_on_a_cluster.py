"""A sweep on a scheduler and workers that run on their own, one of which is killed in the middle."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from distributed import Client

from workbench.running.store import Store
from workbench.sweeping.cluster import check_workers, cluster_at, wait_for_a_worker
from workbench.sweeping.grid import read_grid
from workbench.sweeping.plan import SweepPlan, plan_sweep
from workbench.sweeping.sweep import outcome_of_each, run_on_cluster, run_sweep, split_by_store
from workbench.sweeping.worker import ClusterError

pytestmark = pytest.mark.cluster

WORKERS = 3


Processes = list[subprocess.Popen[bytes]]


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, wait_until
) -> Iterator[tuple[str, Processes, Processes]]:
    """Address of a scheduler; its process; those of workers, none of which is started again when it dies."""
    folder = tmp_path_factory.mktemp("cluster")
    where = folder / "scheduler.json"
    common = ["--scheduler-file", str(where)]
    dask = [sys.executable, "-m", "distributed.cli.dask_"]

    def start(kind: str, *options: str) -> subprocess.Popen[bytes]:
        command = [*dask[:2], dask[2] + kind, *common, "--no-dashboard", *options]
        return subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)

    local = ("--host", "127.0.0.1")
    processes = [start("scheduler", *local, "--port", "0")]
    try:
        wait_until(lambda: where.exists() and where.read_text().endswith("}"), "the scheduler is there")
        options = (*local, "--no-nanny", "--nthreads", "1", "--memory-limit", "0")
        processes += [start("worker", *options, "--local-directory", str(folder)) for _ in range(WORKERS)]
        yield json.loads(where.read_text())["address"], processes[:1], processes[1:]
    finally:
        for process in processes[::-1]:
            process.terminate()
        for process in processes:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def client(cluster) -> Iterator[Client]:
    address, _, workers = cluster
    with cluster_at(address) as client:
        client.wait_for_workers(sum(worker.poll() is None for worker in workers), timeout=60)
        yield client


def test_workers_that_differ_or_see_other_folders_are_refused_by_name(client, notebook, tmp_path) -> None:
    [job] = read_grid(notebook, {"seed": "0"}).jobs
    store = Store(tmp_path / "out")
    check_workers(client, job, store)
    assert list(store.root.iterdir()) == []
    other = {**job.provenance, "code": "other", "versions": {**job.provenance["versions"], "torch": "1.0"}}
    with pytest.raises(ClusterError) as raised:
        check_workers(client, replace(job, provenance=other), store)
    for address in client.scheduler_info(n_workers=-1)["workers"]:
        assert f"{address}: its mopoe and workbench are not those of the sweep; it has torch" in str(
            raised.value
        )
    with pytest.raises(ClusterError, match=r"its notebook .* is not that of the sweep"):
        check_workers(client, replace(job, provenance={**job.provenance, "notebook": "0"}), store)
    with pytest.raises(ClusterError, match="does not see the notebook"):
        check_workers(client, replace(job, notebook=tmp_path / "nowhere.ipynb"), store)


def test_a_worker_that_joins_late_and_differs_ends_the_sweep(client, notebook, tmp_path) -> None:
    plan = plan_sweep(notebook, {"seed": "0"}, out=tmp_path / "out", scheduler="tcp://there", retries=0)
    [job] = plan.grid.jobs
    with pytest.raises(
        ClusterError, match=r"the worker tcp://127\.0\.0\.1:.* its mopoe and workbench are not"
    ):
        list(run_on_cluster(client, [replace(job, provenance={**job.provenance, "code": "other"})], plan))
    assert not (plan.store.root / "tiny").exists()


def test_a_folder_that_only_we_see_is_refused(client, notebook, tmp_path, monkeypatch) -> None:
    [job] = read_grid(notebook, {"seed": "0"}).jobs
    monkeypatch.setattr(Path, "touch", lambda path: path.with_name("another").write_text(""))
    monkeypatch.setattr(Path, "unlink", lambda path: None)
    with pytest.raises(ClusterError, match="does not see the folder"):
        check_workers(client, job, Store(tmp_path / "out"))


def test_a_scheduler_that_does_not_answer_and_one_without_workers_are_told(monkeypatch) -> None:
    monkeypatch.setattr("workbench.sweeping.cluster.ANSWER_WITHIN", 0.5)
    for address in ("tcp://127.0.0.1:1", "nonsense://there"):
        with (
            pytest.raises(ClusterError, match=f"no Dask scheduler answers at {address}"),
            cluster_at(address),
        ):
            pass

    class Empty:
        waited = 0

        def scheduler_info(self, **options: int) -> dict[str, object]:
            return {"workers": {}, "address": "tcp://there"}

        def wait_for_workers(self, count: int) -> None:
            self.waited = count

    empty, said = Empty(), list[str]()
    wait_for_a_worker(empty, said.append)
    assert empty.waited == 1
    assert said == ["tcp://there has no worker yet: waiting for the first. Ctrl-C stops."]


# The run with seed 4 kills the worker that it runs on, the first time; then it would go on for half an hour.
RUN = """import os, signal, subprocess, time
from pathlib import Path
from workbench import record
(Path(folder) / f"{seed}-{os.getpid()}-{os.getppid()}").touch()
victim = Path(folder) / "victim"
if seed == 4 and not victim.exists():
    parent = subprocess.run(["ps", "-o", "ppid=", "-p", str(os.getppid())], capture_output=True, text=True)
    victim.write_text(parent.stdout.strip())
    os.kill(int(parent.stdout), signal.SIGKILL)
    time.sleep(1800)
record("square", seed**2)"""


def test_10_runs_of_which_one_kills_its_worker_all_finish_once_and_leave_nothing_behind(
    cluster, write_notebook, tmp_path, ended, wait_until
) -> None:
    address, _, workers = cluster
    begun = tmp_path / "begun"
    begun.mkdir()
    notebook = write_notebook(RUN, parameters=f"seed: int = 0  # a\nfolder: str = {str(begun)!r}  # where")
    plan: SweepPlan = plan_sweep(
        notebook, {"seed": "0..9"}, out=tmp_path / "out", scheduler=address, threads=1
    )
    runs = list(run_sweep(plan, plan.grid.jobs, lambda line: None))

    assert sorted(run.job.parameters["seed"] for run in runs) == list(range(10))
    assert {run.state for run in runs} == {"finished"}
    assert all(
        run.metrics == {"square": {"value": run.job.parameters["seed"] ** 2, "compared": "exactly"}}
        for run in runs
    )
    assert {run.folder for run in runs} == set((plan.store.root / "tiny").iterdir())
    assert [worker.poll() for worker in workers].count(-9) == 1
    assert int((begun / "victim").read_text()) in [worker.pid for worker in workers if worker.poll() == -9]

    started = [tuple(map(int, path.name.split("-"))) for path in begun.glob("*-*")]
    assert sorted(seed for seed, *_ in started) == sorted([*range(10), 4])  # that one alone was begun twice
    wait_until(lambda: all(ended(pid) for _, *pids in started for pid in pids), "no process is left")
    plan.store.remove_dead_attempts(plan.grid.jobs[4])
    assert list((plan.store.root / ".attempts").iterdir()) == []

    there, missing = split_by_store(plan.grid.jobs, plan.store)
    assert (len(there), missing) == (10, [])
    assert outcome_of_each(plan.grid.jobs, [], plan.store) == there


def test_a_scheduler_that_is_gone_is_told_and_what_finished_is_kept(cluster, notebook, tmp_path) -> None:
    # The last test on this cluster.
    address, [scheduler], _ = cluster
    plan = plan_sweep(notebook, {"seed": "0..9"}, out=tmp_path / "out", scheduler=address, threads=1)
    runs = run_sweep(plan, plan.grid.jobs, lambda line: None)
    first = next(runs)
    scheduler.kill()
    with pytest.raises(ConnectionError, match="scheduler is gone"):
        list(runs)
    there, missing = split_by_store(plan.grid.jobs, plan.store)
    assert first.job.key in [run.job.key for run in there]
    assert missing
