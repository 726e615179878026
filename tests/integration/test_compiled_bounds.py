"""No index of the kernel leaves its array. Borrowed arrays count from the start only: such an index would read other memory unnoticed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from sim.engine.compiled.memory import borrowed

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]


@numba.njit(boundscheck=True)  # type: ignore[untyped-decorator]
def added_to(numbers: Any, table: Any, at: int, line: int, by: int) -> Any:
    """An element of each after adding to both, and the sum of a line."""
    lent, lent_table = borrowed(numbers), borrowed(table)
    lent[at] += by
    lent_table[line, at] += by
    return lent[at], lent_table[line, at], lent_table[line].sum()


def test_a_borrowed_array_is_read_and_written_as_the_array_itself() -> None:
    numbers, table = np.arange(4), np.arange(12).reshape(3, 4)
    assert added_to(numbers, table, 2, 1, 10) == (12, 16, 4 + 5 + 16 + 7)
    assert added_to(numbers, table, np.uint32(3), np.int8(0), 1) == (4, 4, 0 + 1 + 2 + 4)
    assert (numbers.tolist(), table[:2].tolist()) == ([0, 1, 12, 4], [[0, 1, 2, 4], [4, 5, 16, 7]])


@pytest.mark.parametrize(("at", "line"), [(-1, 0), (4, 0), (0, -1), (0, 3)])
def test_bounds_checks_see_an_index_that_counts_from_the_end(at: int, line: int) -> None:
    with pytest.raises(IndexError):
        added_to(np.arange(4), np.arange(12).reshape(3, 4), at, line, 1)


def test_a_constant_that_counts_from_the_end_is_not_compiled() -> None:
    def last(numbers: Any) -> Any:
        return borrowed(numbers)[-1]

    with pytest.raises(NotImplementedError, match="counts from the start"):
        numba.njit(last)(np.arange(4))


def test_with_bounds_checks_the_kernel_runs_random_networks(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/property/test_engines_agree.py", "--networks", "50"],
        cwd=ROOT, env=environment | {"NUMBA_BOUNDSCHECK": "1", "ZORGSTROOM_CACHE": str(tmp_path)}, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert list(tmp_path.rglob("*.run-*.nbc")), "compiled anew, with the checks"
