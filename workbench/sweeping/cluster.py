"""The cluster that a sweep runs on: one of our own on this machine, or any that Dask reaches by address."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster

from workbench.files import make_writable
from workbench.running.job import Job
from workbench.running.store import Store

from . import worker
from .plan import SweepPlan
from .worker import ClusterError, problems

ANSWER_WITHIN = 10  # seconds for a scheduler to answer


@contextmanager
def local_cluster(workers: int, retries: int) -> Iterator[Client]:
    """A cluster on this machine that nobody else can reach; it ends with the block.

    Args:
        workers: how many notebooks run at once.
        retries: how often a run whose worker died is started anew.
    """
    # A worker holds one run and no second in waiting: Dask blames a death on all that a worker holds.
    with (
        dask.config.set({"distributed.scheduler.worker-saturation": 1.0}),
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            memory_limit=0,  # notebooks are processes of their own: Dask does not see what they use
            silence_logs=logging.CRITICAL,
            scheduler_kwargs={"allowed_failures": retries},
            preload=[worker.__name__],
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


@contextmanager
def cluster_at(address: str) -> Iterator[Client]:
    """A cluster that runs already; it goes on running.

    Args:
        address: of its scheduler, such as ``"tcp://10.0.0.5:8786"``.

    Raises:
        ClusterError: no scheduler answers there, or it is no address.
    """
    try:
        client = Client(address, timeout=ANSWER_WITHIN, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        words = f"no Dask scheduler answers at {address} within {ANSWER_WITHIN} s; is it running there?"
        raise ClusterError(f"{words} ({type(error).__name__}: {error})") from None
    with client:
        yield client


@contextmanager
def cluster_for(
    plan: SweepPlan, missing: Sequence[Job], on_message: Callable[[str], None]
) -> Iterator[Client]:
    """The cluster that a plan asks for, with a worker, and all workers looked at.

    Args:
        plan: of the sweep.
        missing: jobs to run; at least one.
        on_message: shows a line, if there is something to wait for.

    Raises:
        ClusterError: there is none, or it does not fit.
    """
    local = plan.scheduler is None
    made = (
        local_cluster(plan.at_once(len(missing)), plan.retries) if local else cluster_at(plan.scheduler or "")
    )
    with made as client:
        wait_for_a_worker(client, on_message)
        check_workers(client, missing[0], plan.store)
        yield client


def wait_for_a_worker(client: Client, on_message: Callable[[str], None]) -> None:
    """Wait until there is one, however long it takes: it may stand in the queue of a batch system."""
    if not client.scheduler_info(n_workers=-1)["workers"]:
        on_message(
            f"{client.scheduler_info()['address']} has no worker yet: waiting for the first. Ctrl-C stops."
        )
        client.wait_for_workers(1)


def check_workers(client: Client, job: Job, store: Store) -> None:
    """Refuse a cluster whose workers would mix code, packages or machines, or put runs where nobody sees them.

    Args:
        client: of the cluster.
        job: any of the sweep's.
        store: where runs go.

    Raises:
        ClusterError: with each worker that does not fit, and why.
    """
    mark = make_writable(store.root) / f".sweep-{uuid.uuid4().hex}"
    mark.touch()
    try:
        found = client.run(problems, job, store.root, mark.name, on_error="return")
    finally:
        mark.unlink()
    lines = [f"  {address}: {_in_words(answer)}" for address, answer in sorted(found.items()) if answer]
    if lines:
        raise ClusterError("\n".join(["these workers cannot take part in the sweep:", *lines]))


def _in_words(answer: list[str] | BaseException) -> str:
    if isinstance(answer, BaseException):
        return f"it cannot run the workbench: {type(answer).__name__}: {answer}"
    return "; ".join(answer)
