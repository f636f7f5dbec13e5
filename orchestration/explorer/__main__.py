"""`python -m orchestration.explorer [--host 127.0.0.1] [--port 8000]`."""

from __future__ import annotations

import argparse
import sys

from orchestration.explorer.server import serve
from orchestration.settings import load_settings

parser = argparse.ArgumentParser(prog="python -m orchestration.explorer", description="Serve the page.")
parser.add_argument("--host", default="127.0.0.1")
parser.add_argument("--port", type=int, default=8000)
options = parser.parse_args()
sys.exit(serve(load_settings(), options.host, options.port))
