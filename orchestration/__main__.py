"""`python -m orchestration COMMAND`: see `cli.py`."""

import sys

from orchestration.cli import main

sys.exit(main())
