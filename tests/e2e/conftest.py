"""The installed command, run as a user would: another working directory, nothing but arguments in and text out."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from command import COMMAND, Run


@pytest.fixture(scope="session")
def zorgstroom(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run ``zorgstroom ARGUMENTS...``, outside the clone unless ``cwd`` says otherwise; ``code`` is the exit code expected."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "ZORGSTROOM_DEBUG")} | {"COLUMNS": "100"}

    def run(*arguments: object, cwd: Path | None = None, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [str(COMMAND), *(str(a) for a in arguments)]
        done = subprocess.run(command, cwd=cwd or elsewhere, env=environment, capture_output=True, encoding="utf-8", timeout=600)
        told = f"{' '.join(command)}\nexit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        assert done.returncode == code, told
        assert "Traceback" not in done.stderr, told
        return done

    return run
