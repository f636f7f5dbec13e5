"""What holds for all tests."""

from __future__ import annotations

import re

# Python keeps 512 patterns, the rules of the indicators alone have 800: each test that loads them would compile them.
re._MAXCACHE = 10_000  # type: ignore[attr-defined]
