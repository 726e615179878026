"""Set zorgstroom up and run it, with nothing but Python 3.11 or newer.

    python3 zorgstroom.py compare            any command of zorgstroom
    python3 zorgstroom.py test               lint, types and all tests
    python3 zorgstroom.py test tests/unit    pytest alone, with these arguments
    python3 zorgstroom.py docs               the pages made from the code and the notebooks, written again

The first start makes the folder ``.venv`` beside this file from ``requirements.lock`` (exact versions with hashes) and installs the
project there, editable. Later starts go straight to the command. A changed lock, another Python, a moved folder or a set-up that was
interrupted makes the folder anew. Two starts at once wait for each other.
"""

# Only the standard library, and only syntax that an old Python can read far enough to say which one is needed.

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
VENV = ROOT / ".venv"
STAMP = VENV / "zorgstroom-setup.txt"  # holds the fingerprint of a finished set-up; marks the folder as made here
IN_USE = ROOT / ".venv.lock"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
WINDOWS = os.name == "nt"


def say(text):
    """A line of progress; standard output belongs to the command."""
    print("zorgstroom: " + text, file=sys.stderr, flush=True)


def stop(text, code=1):
    say(text)
    raise SystemExit(code)


def check_python():
    """Stop with a way forward when this Python is too old."""
    if sys.version_info >= OLDEST:
        return
    newer = [name for name in (f"python3.{n}" for n in range(20, OLDEST[1] - 1, -1)) if shutil.which(name)]
    hint = "Found {0}: use `{0} zorgstroom.py`.".format(newer[0]) if newer else "Install a newer Python 3 and start again with it."
    stop("this is Python {}.{}; zorgstroom needs {}.{} or newer. {}".format(*sys.version_info[:2], *OLDEST, hint))


def fingerprint():
    """What a finished environment depends on: the lock, the project's own file, this Python and where the folder stands."""
    files = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (LOCK, PROJECT)]
    facts = [*files, sys.implementation.name, "{}.{}".format(*sys.version_info[:2]), str(ROOT)]
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def is_ready(wanted):
    try:
        return STAMP.read_text(encoding="utf-8").strip() == wanted and PYTHON.exists()
    except (OSError, UnicodeDecodeError):
        return False


class OneAtATime:
    """Holds a lock of the operating system on IN_USE; it vanishes with its process, so an interrupted set-up leaves none."""

    def __enter__(self):
        self.file = IN_USE.open("a+b")
        told = False
        while not self._taken():
            if not told:
                say("another set-up is under way; waiting for it")
                told = True
            time.sleep(0.5)

    def __exit__(self, *_):
        self.file.close()

    def _taken(self):
        try:
            if WINDOWS:
                import msvcrt

                self.file.seek(0)
                msvcrt.locking(self.file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self.file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def clean_environment():
    """The environment without settings that would send packages elsewhere; where they come from stays the user's choice."""
    redirecting = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_HASHES", "PIP_NO_DEPS", "PYTHONHOME", "PYTHONPATH")
    return {**{k: v for k, v in os.environ.items() if k not in redirecting}, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def run_step(arguments, failure):
    """One step of the set-up; its output goes to standard error."""
    done = subprocess.run([str(a) for a in arguments], stdout=sys.stderr, env=clean_environment(), cwd=str(ROOT))
    if done.returncode != 0:
        stop(failure + " The next start tries again.")


def remove_old():
    if not VENV.exists():
        return
    if not STAMP.exists() and any(VENV.iterdir()):
        stop("the folder .venv here was not made by zorgstroom.py: rename or delete it, then start again.", 2)
    try:
        shutil.rmtree(str(VENV))
    except OSError as error:
        stop(f"cannot replace the folder .venv ({error}): close the programs that use it, then start again.")


def set_up(wanted):
    """Make the environment; the stamp is written last, so anything less counts as unfinished."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop("this Python comes without venv: install it (Debian and Ubuntu: the package python3-venv) and start again.")
    began = time.monotonic()
    say("setting up in .venv, once (one to two minutes)")
    remove_old()
    VENV.mkdir()
    STAMP.write_text("unfinished\n", encoding="utf-8")
    run_step([getattr(sys, "_base_executable", None) or sys.executable, "-m", "venv", VENV], "could not make the environment.")
    pip = [PYTHON, "-m", "pip", "install", "-qq", "--no-input"]
    run_step([*pip, "--require-hashes", "--no-deps", "-r", LOCK], "could not install the libraries of requirements.lock.")
    run_step([*pip, "--no-index", "--no-deps", "--no-build-isolation", "--editable", ROOT], "could not install zorgstroom itself.")
    finished = VENV / "zorgstroom-setup.new"
    finished.write_text(wanted + "\n", encoding="utf-8")
    finished.replace(STAMP)
    say(f"set up in {time.monotonic() - began:.0f} s")


def ensure_environment():
    wanted = fingerprint()
    if is_ready(wanted):
        return
    try:
        with OneAtATime():
            if not is_ready(wanted):
                set_up(wanted)
    except PermissionError as error:
        stop(f"cannot write here ({error}): put the folder where you may write.")


def environment_of_command():
    """Keep the user's environment, but not the module paths of another Python."""
    return {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}


def run_command(arguments):
    """Hand over to the command with the user's own working directory, streams and exit code."""
    command = [str(PYTHON), "-P", "-m", "sim.cli", *arguments]
    if not WINDOWS:
        sys.stdout.flush()
        os.execve(command[0], command, environment_of_command())
    running = subprocess.Popen(command, env=environment_of_command())
    while True:
        try:
            return running.wait()
        except KeyboardInterrupt:
            pass  # the command has heard it too and ends by itself


def run_tests(arguments):
    """Lint, types, then pytest, whose summary comes last. With arguments: pytest alone."""
    checks = [] if arguments else [("lint", ["ruff", "check", "."]), ("types", ["mypy"])]
    failed = []
    for title, check in checks:
        say("checking " + title)
        if subprocess.run([str(PYTHON), "-m", *check], cwd=str(ROOT), env=environment_of_command()).returncode != 0:
            failed.append(title)
    if failed:
        say("failed: " + " and ".join(failed) + " (see above); the tests follow")
    pytest = [str(PYTHON), "-m", "pytest", *(arguments or ["-n", "auto", "--dist", "loadscope"])]
    tests = subprocess.run(pytest, cwd=str(ROOT), env=environment_of_command()).returncode
    return tests or int(bool(failed))


def write_pages(arguments):
    """Write the pages of docs that are made from the code and the notebooks."""
    return subprocess.run([str(PYTHON), "-m", "documentation", *arguments], cwd=str(ROOT), env=environment_of_command()).returncode


def main():
    check_python()
    ensure_environment()
    if sys.argv[1:2] == ["test"]:
        return run_tests(sys.argv[2:])
    if sys.argv[1:2] == ["docs"]:
        return write_pages(sys.argv[2:])
    return run_command(sys.argv[1:])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        stop("interrupted", 130)
