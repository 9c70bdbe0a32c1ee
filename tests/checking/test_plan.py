"""The runs that a check needs."""

from __future__ import annotations

from workbench.checking.plan import plan_check


def test_a_notebook_without_a_seed_is_one_run_whatever_the_seeds(write_notebook) -> None:
    profiles = "from workbench import profile_of\nprofile_of(globals(), full={}, fast={})"
    [planned] = plan_check([write_notebook(profiles=profiles)], "fast", [5, 6])
    assert list(planned.jobs) == [0]
