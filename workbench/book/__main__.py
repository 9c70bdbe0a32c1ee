"""``python -m workbench.book``: run all notebooks, and make the website; ``make book`` calls it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.reading.profiles import PROFILES
from workbench.reading.times import duration

from .pages import Sources, check_links, documents_of, notebooks_of

if TYPE_CHECKING:
    from workbench.running.store import StoredRun

ROOT = Path(__file__).parents[2]
FINE, BROKEN, CRASHED = 0, 1, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the website.

    Returns:
        0 fine, 1 a page is wrong, 3 a notebook crashed: then the website stays as it was.
    """
    parser = argparse.ArgumentParser(prog="python -m workbench.book", description=main.__doc__)
    parser.add_argument("--profile", choices=PROFILES, default="fast", help="parameters of the notebooks")
    parser.add_argument("--out", type=Path, default=Path("build/book"), help="where runs and website go")
    parser.add_argument("--only", nargs="*", help="paths of some notebooks, for a smaller website")
    given = parser.parse_args(arguments)
    return make_book(ROOT, given.profile, given.out.resolve(), given.only or notebooks_of(ROOT))


def make_book(root: Path, profile: str, out: Path, notebooks: Sequence[str]) -> int:
    """Run the notebooks, all of them also where one crashes, then write the website."""
    from .runs import NotebookCrashError, remove_earlier_runs, run_for_book
    from .site import BrokenBookError, write_site

    try:
        notebooks = [_in_repository(root, notebook) for notebook in notebooks]
        check_links(Sources(root, {notebook: root / notebook for notebook in notebooks}, documents_of(root)))
    except (FileNotFoundError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return BROKEN
    folder = out / "runs" / profile
    runs: dict[str, StoredRun] = {}
    failures: list[str] = []
    for number, notebook in enumerate(notebooks, start=1):
        print(f"[{number}/{len(notebooks)}] {notebook} ... ", end="", flush=True)
        try:
            run = run_for_book(root, notebook, profile, folder)
        except (NotebookCrashError, ValueError) as error:
            print("failed")
            failures.append(str(error))
        else:
            print("as before" if run.reused else f"ran {duration(run.status['seconds'])}")
            runs[notebook] = run
    if failures:
        print("", *failures, "No website was written.", sep="\n", file=sys.stderr)
        return CRASHED
    remove_earlier_runs(runs.values())
    executed = {notebook: run.executed for notebook, run in runs.items()}
    try:
        index = write_site(Sources(root, executed, documents_of(root), profile), out)
    except (BrokenBookError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return BROKEN
    print(f"The book: {index}")
    return FINE


def _in_repository(root: Path, notebook: str) -> str:
    # A page goes to the same path below the website's folder: any other path would lead out of it.
    path = (root / notebook).resolve()
    if not path.is_relative_to(root.resolve()):
        raise ValueError(f"expected a notebook in {root}, got {notebook}")
    return path.relative_to(root.resolve()).as_posix()


if __name__ == "__main__":
    sys.exit(main())
