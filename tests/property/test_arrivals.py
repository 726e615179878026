"""Arrivals by origin and by urgency of random valid logs: equal to a slow plain computation, and together what the indicator table says."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.engine.visit_log import FROM_NODE, RENEWAL, WARM, VisitLog
from sim.indicators import arrivals
from sim.indicators.arrivals import OUTSIDE
from sim.indicators.definitions import ALL
from sim.indicators.layout import periods
from sim.indicators.visits import kinds_with_list
from sim.plan.plan import TICKS_PER_WEEK
from tests.indicator_plans import log_of, random_visits, small_plan
from tests.property.test_indicators_random_logs import rows_of

pytestmark = pytest.mark.property

URGENCIES = ("crisis", "hoog", "normaal")
PLAN = small_plan()
PLAN = replace(PLAN, names=replace(PLAN.names, urgencies=URGENCIES))


def with_urgency(random: Random, persons: int) -> VisitLog:
    log = log_of(PLAN, random_visits(PLAN, random, persons))
    return replace(log, urgency_arrival=np.array([random.randrange(3) for _ in range(len(log))], np.int8))


logs = st.builds(with_urgency, st.randoms(use_true_random=False), st.integers(0, 12))


def slow(log: VisitLog) -> dict[tuple[str, str, str, str], dict[str, float]]:
    """(year, node, origin, urgency) -> values, visit by visit, straight from the definitions; nothing that stayed zero."""
    cut, names, listed = periods(PLAN)["year"], PLAN.names, kinds_with_list(PLAN)
    ends = np.cumsum(cut.ticks).tolist()
    found: dict[tuple[str, str, str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))

    def year(tick: int) -> int:
        return next(y for y, end in enumerate(ends) if tick < end)

    for i, r in enumerate(rows_of(PLAN, log)):
        node, u = names.kinds[r.kind], URGENCIES[log.urgency_arrival[i]]

        def at(y: int, node: str = node, u: str = u) -> dict[str, float]:
            return found[cut.labels[y], node, ALL, u]

        present = r.arrive < 0 or (r.entry == WARM and r.arrive == 0)
        if r.entry != RENEWAL and not present and r.arrive < PLAN.horizon:
            at(year(r.arrive))["arrivals"] += 1
            if r.entry != FROM_NODE:
                found[cut.labels[year(r.arrive)], node, OUTSIDE, ALL]["arrivals"] += 1
            norm = int(PLAN.norms.within[r.kind])
            if norm > 0 and r.arrive + norm < PLAN.horizon:
                done = r.start
                if PLAN.norms.to_end[r.kind]:
                    done = r.end if r.start is not None and r.outcome != 4 else None
                at(year(r.arrive))["norm_base"] += 1
                at(year(r.arrive))["met"] += done is not None and done - r.arrive <= norm
        over = PLAN.horizon if r.wait_over is None else r.wait_over
        for y, end in enumerate(ends):
            if r.arrive < end <= over:
                at(y)["waiting_end"] += 1
                at(y)["elapsed"] += end - r.arrive
        at_begin = present and r.start is not None and r.start <= r.arrive
        if r.start is not None and r.start >= 0 and not at_begin and r.entry != RENEWAL and listed[r.kind]:
            at(year(r.start))["waited"] += 1
            at(year(r.start))["wait"] += r.start - r.arrive
        if r.end is not None and r.end >= 0 and r.to >= 0:
            found[cut.labels[year(r.end)], names.kinds[r.to], names.kinds[r.served_kind], ALL]["arrivals"] += 1
    return {key: v for key, v in found.items() if any(v[name] for name in ("arrivals", "waited", "waiting_end"))}


@given(logs)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_row_equals_the_slow_computation(log: VisitLog) -> None:
    table = arrivals(PLAN, log)
    want = slow(log)
    assert len(table) == len(want)
    for row in table.to_dict("records"):
        v = want[row["period"], row["node"], row["origin"], row["urgency"]]
        assert row["arrivals"] == v["arrivals"]
        if row["urgency"] == ALL:
            continue
        assert (row["waited"], row["waiting_end"], row["norm_base"]) == (v["waited"], v["waiting_end"], v["norm_base"])
        for name, above, below, scale in (
            ("wait_mean", "wait", "waited", TICKS_PER_WEEK), ("elapsed_mean", "elapsed", "waiting_end", TICKS_PER_WEEK),
            ("within_norm", "met", "norm_base", 1),
        ):  # fmt: skip
            ratio = v[above] / scale / v[below] if v[below] else math.nan
            assert row[name] == pytest.approx(ratio, rel=1e-12, nan_ok=True)  # one division more or less
