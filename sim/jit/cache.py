"""Compiled code, made once per machine: found in a cache on disk, or compiled.

The cache has a directory of its own, named after the code, the versions and the processor: a changed kernel never meets stale code. Files
in it are written aside and moved into place, so that processes which start together do not hurt each other. Where the home is read-only a
private directory among the temporary files serves; where nothing can be written, or what is found is damaged, the code is compiled in
memory.
"""

from __future__ import annotations

import hashlib
import importlib
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final

import numpy as np

CACHE_VARIABLE: Final = "ZORGSTROOM_CACHE"  # names a directory for compiled code, in place of the usual one
SETTINGS: Final = ("OPT", "BOUNDSCHECK", "DEBUGINFO_DEFAULT", "LOOP_VECTORIZE", "SLP_VECTORIZE")  # of numba, that change what it makes
UNUSED_DAYS: Final = 60  # compiled code of other sources that nobody used for so long is removed

log = logging.getLogger(__name__)


def _numba() -> Any:
    """Untyped, and imported only when something is to be compiled or called: it takes its time."""
    return importlib.import_module("numba")


class Compiled:
    """A function, compiled for the arguments of its first call and for no others.

    ``directory`` finds the cache (it is asked when the first call comes). ``began`` is told that there is something to compile, ``ended``
    how many seconds it took; neither is called for what the cache has.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        directory: Callable[[], Path | None],
        began: Callable[[], None] = lambda: None,
        ended: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self.function = function
        self._directory = directory
        self._began, self._ended = began, ended
        self._ready: Any = None
        self._lock = threading.Lock()

    def __call__(self, *arguments: Any) -> Any:
        if self._ready is None:
            with self._lock:
                if self._ready is None:
                    self._ready = self._compile(tuple(map(_numba().typeof, arguments)))
        return self._ready(*arguments)

    def _compile(self, types: tuple[Any, ...]) -> Any:
        directory = self._directory()
        for attempt in (directory, directory, None):  # a damaged cache is cleared once, then left alone
            dispatcher = _dispatcher(self.function, attempt)
            stored = attempt is not None and any(attempt.rglob(f"*.{self.function.__name__}-*.nbc"))
            start = time.monotonic()
            if not stored:
                self._began()
            try:
                dispatcher.compile(types)
            except _numba().core.errors.NumbaError:  # the code itself is wrong
                raise
            except Exception as error:
                if not dispatcher.signatures:
                    if attempt is None:
                        raise
                    log.debug("compiled code in %s cannot be used: %s", attempt, error)
                    shutil.rmtree(attempt, ignore_errors=True)
                    continue
                log.debug("compiled code cannot be stored in %s: %s", attempt, error)  # it works, for this process
            if not stored:
                self._ended(time.monotonic() - start)
            dispatcher.disable_compile()
            return dispatcher
        raise AssertionError


def _dispatcher(function: Callable[..., Any], directory: Path | None) -> Any:
    """A numba dispatcher with its cache in a directory of ours."""
    numba = _numba()
    options = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
    if directory is None:
        return numba.njit(**options)(function)
    usual = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(directory)
    try:
        return numba.njit(cache=True, **options)(function)
    except (OSError, RuntimeError) as error:
        log.debug("no cache for compiled code in %s: %s", directory, error)
        return numba.njit(**options)(function)
    finally:
        numba.config.CACHE_DIR = usual


def fingerprint(sources: tuple[ModuleType, ...]) -> str:
    """What compiled code depends on: the code and constants as this process has loaded them (their files may have changed since)."""
    numba, llvm = _numba(), importlib.import_module("llvmlite.binding")
    digest = hashlib.sha256()
    for part in _code(_dispatcher.__code__):  # the options with which all of it is compiled
        digest.update(part.encode())
    for module in sources:
        for name, value in sorted(vars(module).items()):
            for part in _content(module, value) if not name.startswith("__") else ():
                digest.update(f"{module.__name__}.{name}: {part}\n".encode())
    settings = [str(getattr(numba.config, name, None)) for name in SETTINGS]
    processor = (llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), llvm.get_process_triple())
    digest.update(repr((numba.__version__, llvm.llvm_version_info, np.__version__, sys.version, processor, settings)).encode())
    return digest.hexdigest()[:20]


def _content(module: ModuleType, value: Any) -> Iterator[str]:
    """What matters of a name in a module: functions and classes of its own, numbers, records."""
    function = getattr(value, "py_func", value)
    if isinstance(function, FunctionType):
        if function.__module__ == module.__name__:
            yield from _code(function.__code__)
            yield repr((function.__defaults__, sorted(getattr(value, "targetoptions", {}).items())))
    elif isinstance(value, np.ndarray):
        yield repr((value.dtype, value.tolist()))
    elif isinstance(value, bool | int | float | str | tuple | np.generic | np.dtype):
        yield repr(value)
    elif isinstance(value, type):
        yield repr(getattr(value, "_fields", ""))
        if value.__module__ == module.__name__:
            for member in vars(value).values():
                function = getattr(member, "fget", member)
                if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                    yield from _code(function.__code__)


def _code(code: CodeType) -> Iterator[str]:
    yield repr((code.co_code, code.co_names, code.co_varnames, code.co_freevars))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        else:
            yield repr(sorted(map(repr, constant)) if isinstance(constant, frozenset) else constant)


def cache_directory(name: str) -> Path | None:
    """The directory of this name for compiled code, made if need be; None where nothing can be written."""
    for root in _roots():
        directory = root / name
        try:
            new = not directory.exists()
            directory.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=directory).close()
            os.utime(directory)
        except OSError as error:
            log.debug("no cache for compiled code in %s: %s", root, error)
            continue
        if new:
            _tidy(root, keep=directory)
        return directory
    return None


def _roots() -> list[Path]:
    """Where to look for a place to write, in order."""
    named = os.environ.get(CACHE_VARIABLE) or os.environ.get("NUMBA_CACHE_DIR")
    if named:
        roots = [Path(named) / "zorgstroom"]
    else:
        try:
            roots = [_user_cache() / "zorgstroom" / "engine"]
        except RuntimeError:  # no home
            roots = []
    private = _private_temporary()
    return [*roots, private] if private else roots


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _private_temporary() -> Path | None:
    """A directory among the temporary files that nobody else can write to: compiled code is trusted when it is read back."""
    if sys.platform == "win32":
        return Path(tempfile.gettempdir()) / "zorgstroom-engine"  # the temporary files of one user
    directory = Path(tempfile.gettempdir()) / f"zorgstroom-engine-{os.getuid()}"
    try:
        directory.mkdir(mode=0o700, exist_ok=True)
        found = directory.lstat()
    except OSError:
        return None
    private = found.st_uid == os.getuid() and not directory.is_symlink() and found.st_mode & 0o077 == 0
    return directory if private else None


def _tidy(root: Path, keep: Path) -> None:
    """Remove what was compiled from other sources and has not been used for long."""
    oldest = time.time() - UNUSED_DAYS * 86_400
    for directory in root.iterdir():
        try:
            if directory != keep and directory.is_dir() and directory.stat().st_mtime < oldest:
                shutil.rmtree(directory, ignore_errors=True)
        except OSError:
            continue
