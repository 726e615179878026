"""Where the installed command and the example stand, for tests that use them as a user would."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

COMMAND = Path(sys.executable).parent / ("zorgstroom.exe" if os.name == "nt" else "zorgstroom")
ONE_QUEUE = Path(__file__).parents[1] / "examples" / "one-queue"

Run = Callable[..., "subprocess.CompletedProcess[str]"]
