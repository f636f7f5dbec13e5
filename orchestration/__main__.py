"""`python -m orchestration COMMAND`: see `cli.py`."""

import os
import sys

if __name__ == "__main__":
    if sys.getfilesystemencoding() != "utf-8":  # with LANG=C, files with Chinese names could not be published
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606  # the same command again

    from orchestration.cli import main

    sys.exit(main())
