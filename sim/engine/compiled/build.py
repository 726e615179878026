"""Compiled code, compiled once per machine: found in a cache on disk, or made and announced.

The cache lies in a directory of its own, named after the sources, numba, Python and the processor: a changed kernel never meets stale
code. Files in it are written aside and moved into place, so processes that start together do not hurt each other. Where the home is
read-only a private directory for temporary files serves; where nothing can be written, or the cache is damaged, the code is compiled in memory.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import llvmlite
import numba
import numpy as np
from llvmlite import binding as llvm

from sim.draws import keyed, persons, quantiles
from sim.engine import visit_log
from sim.engine.compiled import kernel as source
from sim.plan import plan as plan_module

CACHE_VARIABLE: Final = "ZORGSTROOM_CACHE"  # a directory for compiled code, in place of the usual one
SOURCES: Final = (source, quantiles, keyed, persons, visit_log, plan_module)  # modules whose code or constants are compiled in
KEPT_DAYS: Final = 60  # compiled code of older sources, not used for so long, is removed

log = logging.getLogger(__name__)
_lock = threading.Lock()
_ready: list[Kernel] = []


class Kernel(NamedTuple):
    """The compiled functions."""

    run: Any
    fill_columns: Any


def _to_stderr(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


announce: Callable[[str], None] = _to_stderr  # told before the one compilation, which takes a while; a program may put its own here


def kernel() -> Kernel:
    """The compiled functions, from memory, from the cache, or compiled now."""
    if not _ready:
        with _lock:
            if not _ready:
                _ready.append(_load())
    return _ready[0]
def _load() -> Kernel: return Kernel(source.run, source.fill_columns)
