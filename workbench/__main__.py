"""``python -m workbench`` and the command ``workbench``."""

from __future__ import annotations

import sys

from workbench.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
