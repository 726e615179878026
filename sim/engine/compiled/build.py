from __future__ import annotations
from typing import Any, NamedTuple
from sim.engine.compiled import kernel as k
class Kernel(NamedTuple):
    run: Any
    fill_columns: Any
def kernel() -> Kernel:
    return Kernel(k.run, k.fill_columns)
