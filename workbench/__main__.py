"""``python -m workbench`` and the command ``workbench``."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; see :func:`workbench.cli.app.main`."""
    try:
        from workbench.cli import app
    except ModuleNotFoundError as error:
        if error.name not in ("typer", "rich"):
            raise
        # The library alone was installed, without its extra.
        print("error: commands need more packages: pip install 'mopoe-workbench[workbench]'", file=sys.stderr)
        return 2
    return app.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
