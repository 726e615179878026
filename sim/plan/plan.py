"""The Plan: everything an engine sees, as frozen flat arrays.

Array layout (N nodes, K node kinds, T teams, C classes = gebied x age group, M months, R parameter rows, L list = 2 x node):

A *node kind* is a node as written in the model (``vraaganalyse``); a *node* is that kind at one site (``vraaganalyse@Noord 1``).
Parameters that vary over classes and months are stored once per distinct row: ``rows[row, month]``, found through ``*_row[node, class]``.
Times and durations are ticks of 1/1440 day; tick 0 is the start date; ``UNLIMITED`` places means no waiting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

I8 = NDArray[np.int8]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
U64 = NDArray[np.uint64]
F64 = NDArray[np.float64]

TICKS_PER_DAY = 1440
TICKS_PER_WEEK = 7 * TICKS_PER_DAY
TICKS_PER_YEAR = 525_960  # 365.25 days
UNLIMITED = 2**30
NEVER = 2**60

# distributions
NO_STAY, FIXED, EXPONENTIAL, LOGNORMAL, CLASSES = 0, 1, 2, 3, 4
# route groups of a node kind
END, RENEGE, AGED_OUT, INTERIM = 0, 1, 2, 3
# keeping a place
KEEP_NONE, KEEP_UNTIL_START, KEEP_UNTIL_END = 0, 1, 2


@dataclass(frozen=True)
class Names:
    """Names behind the indices of a plan, each in index order."""

    nodes: tuple[str, ...]
    kinds: tuple[str, ...]
    teams: tuple[str, ...]
    sites: tuple[str, ...]  # of each team; "" for a team without a site
    team_kinds: tuple[str, ...]  # of each team
    gebieden: tuple[str, ...]
    ages: tuple[str, ...]
    urgencies: tuple[str, ...]
    parts: tuple[str, ...]
    exits: tuple[str, ...]
    routes: tuple[str, ...]
    streams: tuple[str, ...]  # of each substream: the demand stream's name
    pools: tuple[str, ...]
    exit_kinds: tuple[str, ...] = ()  # of each exit: done, shifted, gone or lost


@dataclass(frozen=True)
class Clock:
    """A kind of duration per node: ``a`` and ``b`` are rows; a duration is ``min(a x f(u, b), cap)`` ticks, at least 1.

    f = 1 (fixed), -ln(1-u) (exponential), exp(b z(u)) (lognormal: a is the median), quantile of the node's class table (a is the scale).
    """

    kind: I8  # [N]
    a_row: I32  # [N, C]
    b_row: I32  # [N, C]
    cap_row: I32  # [N, C]
    table: I32  # [N] index into ``table_start``; -1 without classes


@dataclass(frozen=True)
class Warm:
    """Persons present at the start, one cohort per node kind x gebied x age group."""

    kind: I32
    gebied: I32
    age: I32
    in_care: I64
    waiting: I64
    elapsed: I64  # mean elapsed wait of those waiting, ticks
    key: U64  # hash of the cohort's name


@dataclass(frozen=True)
class Money:
    """What care costs; no engine reads it. Euro; rows are euro per client-week."""

    price_row: I32  # [N, C]
    contribution_row: I32  # [N, C]
    team_cost: F64  # [T, M] euro per month for the fte or places available
    measure_names: tuple[str, ...]
    measure_cost: F64  # [measures, M] euro per month


@dataclass(frozen=True)
class Norms:
    """The wait norm of each node kind; ``within`` is 0 where there is none."""

    to_end: NDArray[np.bool_]  # [K] clock runs to the end of the visit, else to its start
    within: I64  # [K] ticks


@dataclass(frozen=True, eq=False)
class Plan:
    """A resolved model and scenario. Engines read all but ``money``, ``norms`` and the reporting fields of ``names``.

    A plan is itself and never changes (``replace`` makes another), so what is worked out from one can be kept with it.
    """

    names: Names
    start: date
    months: I64  # [M + 1] tick at which each month begins; the last is the horizon
    rows: F64  # [R, M]

    # nodes
    node_kind: I32  # [N]
    node_team: I32  # [N]
    node_part: I32  # [N]
    node_gebied: I32  # [N] the one gebied its site serves, or -1
    kind_key: U64  # [K] hash of the name
    stay: Clock
    interim: Clock
    patience: Clock
    table_start: I32  # [tables + 1]
    table_p: F64  # cumulative share at each upper bound
    table_q: F64  # upper bound in ticks (first entry of a table is p = 0, q = 0)
    promote_row: I32  # [N, C] ticks
    age_limit_row: I32  # [N] ticks of age
    urgency_row: I32  # [N, C, U] shares
    urgency_key: U64  # [U]
    site_group_key: U64  # [K] hash of the name of its sites-list: kinds at the same sites share it

    # sites of a kind within a gebied, and their relative weights
    site_start: I32  # [K * G + 1]
    site_node: I32
    site_weight_row: I32
    site_key: U64

    # routes: group of kind k and group g is route_start[4 k + g] .. route_start[4 k + g + 1], sorted by name
    route_start: I32
    route_name: I32
    route_key: U64
    route_to: I32  # >= 0 node kind; < 0 exit -(x + 1)
    route_keep: I8
    route_remaining: I8  # 1: on return goes on with what was left
    route_keeps_on: I8
    route_share_row: I32  # [routes, C]

    # teams and waiting lists
    places: I64  # [T, M]
    is_supply: NDArray[np.bool_]  # [T]
    supply_tick: I64  # units of supply, in time order
    supply_team: I32
    team_pool: I32  # [T] pool or -1
    serve_start: I32  # [T + 1] nodes a team can serve: own first, then pooled
    serve_asked: I32
    serve_as: I32  # node served as
    serve_own: NDArray[np.bool_]
    pool_merge: NDArray[np.bool_]  # [P, M]
    pool_inflow: NDArray[np.bool_]  # [P, M]

    # demand: substream = stream x gebied x age group
    stream_key: U64
    stream_gebied: I32
    stream_age: I32
    stream_kind: I32
    stream_rate: F64  # [S, M] persons per day
    age_from: I64  # [A] ticks of age
    age_to: I64  # [A]
    warm: Warm

    money: Money
    norms: Norms

    @property
    def n_months(self) -> int:
        return len(self.months) - 1

    @property
    def horizon(self) -> int:
        return int(self.months[-1])

    @property
    def n_ages(self) -> int:
        return len(self.names.ages)

    def digest(self) -> str:
        """SHA-256 over every field, in order: equal plans have equal digests on every machine."""
        h = hashlib.sha256()
        for name, value in _leaves(self, ""):
            h.update(name.encode())
            if isinstance(value, np.ndarray):
                h.update(str((value.dtype.str, value.shape)).encode())
                h.update(np.ascontiguousarray(value).tobytes())
            else:
                h.update(repr(value).encode())
        return h.hexdigest()


def _leaves(value: object, prefix: str) -> Iterator[tuple[str, object]]:
    if is_dataclass(value) and not isinstance(value, type):
        for f in fields(value):
            yield from _leaves(getattr(value, f.name), f"{prefix}.{f.name}")
    else:
        yield prefix, value
