"""The page as a tagged PDF, printed by a Chromium browser that is on this machine already. An extra: nothing else needs a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sim.errors import Fault, InputError

VARIABLE = "ZORGSTROOM_BROWSER"  # path of a browser, where none is found by name
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge", "msedge")
PLACES = {
    "darwin": ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"),
    "win32": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ),
}
QUIET = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-extensions", "--disable-default-apps", "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip
PATIENCE = 180.0  # seconds; a report of nine scenarios takes about ten


def browser() -> Path | None:
    """The first browser found: the one named in the environment, one on the path, one in its usual place."""
    named = os.environ.get(VARIABLE, "")
    if named:
        return Path(named) if Path(named).is_file() else None
    on_path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if on_path:
        return Path(on_path)
    return next((Path(place) for place in PLACES.get(sys.platform, ()) if Path(place).is_file()), None)


def wanted_browser() -> Path:
    """A browser to print with. Raises ``InputError`` where there is none."""
    found = browser()
    if found is None:
        what = "a PDF is printed by a browser, and no Chromium, Chrome or Edge is found on this machine"
        mend = f"install one, name its path in {VARIABLE}, or open report.html and print it to PDF yourself"
        raise InputError([Fault(what, field="--format", mend=mend)])
    return found


def write_pdf(page: Path, pdf: Path) -> None:
    """Print ``page`` to ``pdf``, tagged, with an outline; the browser gets an empty profile and reaches no network."""
    program = wanted_browser()
    with tempfile.TemporaryDirectory(prefix="zorgstroom-", ignore_cleanup_errors=True) as profile:
        made = Path(profile) / "report.pdf"
        command = [
            str(program), *QUIET, f"--user-data-dir={profile}", *_sandbox(), "--no-pdf-header-footer", "--export-tagged-pdf",
            "--generate-pdf-document-outline", f"--print-to-pdf={made}", page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _failed(program, str(error)) from error
        if not made.is_file() or not made.stat().st_size:
            raise _failed(program, done.stderr.decode(errors="replace")[-300:].strip())
        shutil.copyfile(made, pdf)


def _sandbox() -> list[str]:
    """Chromium refuses its sandbox to the superuser; the page is our own and runs no script."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def _failed(program: Path, why: str) -> InputError:
    mend = f"try another browser (its path in {VARIABLE}), or open report.html and print it to PDF yourself"
    return InputError([Fault(f"the browser {program} did not make a PDF: {why}", field="--format", mend=mend)])
