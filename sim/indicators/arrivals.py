"""Who arrives at each step: from where, how urgent, and how long they wait. Years alone, straight from the visit log.

These rows stand beside the indicator table, not in it: nothing else is known by origin or urgency, and a key that is ``alle`` almost
everywhere would be one more for every reader of the table to leave out.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.engine.visit_log import VisitLog
from sim.indicators import compiled, kernel
from sim.indicators.definitions import ALL
from sim.indicators.layout import Shape, periods
from sim.indicators.visits import Columns, listed_nodes, plain
from sim.plan.plan import TICKS_PER_DAY, TICKS_PER_WEEK, Plan

OUTSIDE: Final = "buiten"  # the origin of whoever comes from outside the chain
ARRIVAL_KEYS: Final = ("period", "part", "node", "origin", "urgency")
ARRIVAL_VALUES: Final = ("arrivals", "waited", "wait_mean", "waiting_end", "elapsed_mean", "within_norm", "norm_base")


def arrivals(plan: Plan, log: VisitLog) -> pd.DataFrame:
    """Arrivals per calendar year, node and origin, and per year, node and urgency at arrival; the other of the two keys is ``alle``.

    Columns: ``ARRIVAL_KEYS``; ``arrivals`` (persons; by origin with renewals, which come from the step that renewed them, by urgency
    without), and by urgency alone ``waited`` (starters whose wait counts), ``wait_mean`` (weeks, theirs), ``waiting_end`` (persons),
    ``elapsed_mean`` (weeks, so far), ``within_norm`` (share) of ``norm_base`` (persons), all as in ``sim.indicators.definitions``. Rows in
    which nobody came or waited are left out; what is undefined is NaN. A person with a place of a pool waits at the step asked.
    """
    cut, shape, names = periods(plan)["year"], Shape.of(plan), plan.names
    k, u, years = shape.kinds, len(names.urgencies), len(cut)
    counts = np.zeros((k, u, years + 2, kernel.ARRIVAL_COUNTS), np.int64)
    sums = np.zeros((k, u, years + 2, kernel.ARRIVAL_SUMS), np.int64)
    ways = np.zeros((k + 1, k, years), np.int64)
    year_of_day = np.repeat(cut.of_month, np.diff(plan.months) // TICKS_PER_DAY)
    compiled.arrivals(
        Columns.of(log), plain(log.urgency_arrival, np.int8), plain(plan.node_kind, np.int32), plain(year_of_day, np.int64),
        listed_nodes(plan), plain(plan.norms.within[plan.node_kind], np.int64), plain(plan.norms.to_end[plan.node_kind], np.bool_),
        counts, sums, ways,
    )  # fmt: skip

    of, to, year = np.nonzero(ways)
    by_origin = {"kind": to, "origin": np.array([*names.kinds, OUTSIDE], object)[of], "urgency": ALL, "year": year}
    by_origin |= {"arrivals": ways[of, to, year].astype(np.float64)}

    still = np.cumsum(counts[..., :-1, kernel.STILL], axis=2)[..., 1:]
    ends = np.cumsum(cut.ticks)
    elapsed = ends * still - np.cumsum(sums[..., :-1, kernel.STILL_TICKS], axis=2)[..., 1:]
    came, base, met, waited = (counts[..., 1:-1, q] for q in (kernel.CAME, kernel.IN_NORM_BASE, kernel.IN_NORM, kernel.WAITED))
    kind, urgency, year = np.nonzero(came + still + waited)

    def ratio(above: NDArray[np.int64], below: NDArray[np.int64], scale: float = 1.0) -> NDArray[np.float64]:
        with np.errstate(invalid="ignore", divide="ignore"):
            found: NDArray[np.float64] = (above / scale / below)[kind, urgency, year]
        return found

    by_urgency: dict[str, Any] = {"kind": kind, "origin": ALL, "urgency": np.array(names.urgencies, object)[urgency], "year": year}
    by_urgency |= {
        "wait_mean": ratio(sums[..., 1:-1, kernel.WAITED_TICKS], waited, TICKS_PER_WEEK),
        "elapsed_mean": ratio(elapsed, still, TICKS_PER_WEEK), "within_norm": ratio(met, base),
    }  # fmt: skip
    for name, values in (("arrivals", came), ("waited", waited), ("waiting_end", still), ("norm_base", base)):
        by_urgency[name] = values[kind, urgency, year].astype(np.float64)

    table = pd.concat([pd.DataFrame(by_origin), pd.DataFrame(by_urgency)], ignore_index=True)
    table["period"] = np.array(cut.labels, object)[table["year"]]
    table["part"] = np.array(names.parts, object)[shape.part_of_kind[table["kind"]]]
    table["node"] = np.array(names.kinds, object)[table["kind"]]
    made: pd.DataFrame = table.reindex(columns=[*ARRIVAL_KEYS, *ARRIVAL_VALUES])
    return made.astype(dict.fromkeys(ARRIVAL_VALUES, np.float64))
