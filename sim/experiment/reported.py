"""Reported figures beside the model's own: the same definition, place and period.

The figures stand in a YAML file (``targets/targets.yaml`` in a model's folder, or ``calibration/targets/targets.yaml`` for the base model).
What each ``indicator`` means is said at the top of that file and computed here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from sim.data import base_model, calibration_directory
from sim.errors import Fault, InputError, nearest_name
from sim.indicators import VALUES
from sim.indicators.balance import OUTSIDE
from sim.model import DAYS_PER_YEAR, Model
from sim.model.located import mark_of
from sim.model.spec import Title
from sim.model.structure import Spec, read_structure
from sim.model.yaml_reader import read_yaml

ALL = "alle"
OUTSIDE_IN_FILE = "buiten"
MONTHS_PER_YEAR = 12
DAYS_PER_WEEK = 7
DERIVED: Mapping[str, tuple[str, ...]] = {"stock": ("in_care_end", "kept_end"), "stock_avg": ("in_care_avg", "kept_avg")}
COMPUTED = ("stay_months", "decision_days", "cost_per_client", "starts_by_route")
WEIGHTED = frozenset({"wait_mean", "wait_median", "wait_p90", "within_norm", "elapsed_mean"})

Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(strict=False)]


class Over(Spec):
    """What an indicator is divided by; a missing key is as in the target, gebied and age are everybody."""

    indicator: Text | list[Text]
    nodes: list[Text] = Field(default_factory=list)
    part: Text | None = None
    period: Text | None = None
    period_kind: Text | None = None


class Target(Spec):
    """One reported figure and how the model counts it."""

    id: Text
    title: Title
    counts: Text
    indicator: Text
    clock: Literal["to_start", "to_end"] | None = None
    nodes: list[Text] = Field(default_factory=list)
    part: Text | None = None
    from_nodes: list[Text] = Field(default_factory=list)
    minus: list[Text] = Field(default_factory=list)
    complement: bool = False
    gebied: Text | list[Text] = ALL
    age: Text = ALL
    period_kind: Literal["year", "quarter", "month"]
    period: Text
    over: Over | None = None
    value: Number
    unit: Text
    bound: Literal["upper"] | None = None
    band: Annotated[list[Number], Field(min_length=2, max_length=2)]
    band_reason: Text
    source: Text
    use: Literal["set", "shown"]
    note: str = ""


class TargetFile(Spec):
    """A list of reported figures."""

    targets: list[Target]


@dataclass(frozen=True)
class Comparison:
    """A reported figure beside the model's. ``model`` is None where the run does not cover the period or cannot count it."""

    target: Target
    model: float | None

    @property
    def ratio(self) -> float | None:
        """Model over reported."""
        return None if self.model is None or not self.target.value else self.model / self.target.value

    def within(self, tolerance: float) -> bool | None:
        """Whether the model is within ``tolerance`` (a share) of the figure, or under it where only an upper bound was reported."""
        if self.model is None:
            return None
        if self.target.bound == "upper":
            return self.model <= self.target.value
        return abs(self.model - self.target.value) <= tolerance * abs(self.target.value)


def target_file(model: Model) -> Path | None:
    """Where the reported figures of a model stand: beside it, or for the shipped base model under ``calibration``."""
    beside = model.directory / "targets" / "targets.yaml"
    if beside.exists():
        return beside
    if model.directory.resolve() == base_model().resolve():
        return calibration_directory() / "targets" / "targets.yaml"
    return None


def load_reported(model: Model, file: Path | None = None) -> tuple[Target, ...]:
    """The reported figures of a model (none where it has no file). Raises ``InputError`` naming file, line and field."""
    file = file or target_file(model)
    if file is None:
        return ()
    faults: list[Fault] = []
    root = read_yaml(file, faults)
    spec = read_structure(TargetFile, root, faults).spec if root is not None else None
    if spec is None or root is None:
        raise InputError(faults)
    nodes = set(model.spec.nodes)
    for number, target in enumerate(spec.targets):

        def fault(what: str, field: str, name: str, valid: Sequence[str], number: int = number) -> None:
            at = mark_of(root, ("targets", number, field))
            faults.append(
                Fault(what, at.file, at.line, f"targets[{number}].{field}", nearest_name(name, valid), "choose a name the model has")
            )

        for field, names, valid in (
            ("nodes", target.nodes, sorted(nodes)),
            ("from_nodes", target.from_nodes, [*sorted(nodes), OUTSIDE_IN_FILE]),
            ("part", [target.part] if target.part else [], list(model.parts)),
            ("gebied", [target.gebied] if isinstance(target.gebied, str) else target.gebied, [ALL, *model.gebieden]),
            ("age", [target.age], [ALL, *model.age_groups]),
            ("indicator", [target.indicator], [*VALUES, *DERIVED, *COMPUTED]),
        ):
            for name in names:
                if name not in valid:
                    fault(f"there is no {field} {name!r}", field, name, valid)
        if not target.nodes and not target.part:
            fault("the figure names no nodes and no part", "id", "", [])
        if target.band[0] > target.band[1] or (target.bound is None and not target.band[0] <= target.value <= target.band[1]):
            fault(f"the band {target.band} does not hold the value {target.value}", "band", "", [])
    if faults:
        raise InputError(faults)
    return tuple(spec.targets)


def compare_with_reported(
    targets: Sequence[Target], indicators: pd.DataFrame, origins: Mapping[int, pd.DataFrame] | None = None
) -> list[Comparison]:
    """Every figure beside the model's.

    ``indicators``: the table of ``sim.indicators.measure`` of one scenario, of one replication or several (then their mean is taken first).
    ``origins``: by year the table of ``sim.indicators.balance``; without it shares by route cannot be counted.
    """
    wanted = {(t.period_kind, t.period) for t in targets} | {
        (t.over.period_kind or t.period_kind, t.over.period or t.period) for t in targets if t.over
    }
    keys = ["period_kind", "period", "part", "node", "gebied", "age"]
    periods = pd.MultiIndex.from_frame(indicators[["period_kind", "period"]].astype(str))
    table = indicators[(indicators["site"] == ALL).to_numpy() & periods.isin(sorted(wanted))]
    values = [c for c in table.columns if c not in (*keys, "site", "scenario", "replication")]
    mean = table.astype(dict.fromkeys(keys, str)).groupby(keys, sort=False, observed=True)[values].mean().reset_index()
    return [Comparison(t, _count(t, mean, origins or {})) for t in targets]


def _count(target: Target, table: pd.DataFrame, origins: Mapping[int, pd.DataFrame]) -> float | None:
    if isinstance(target.gebied, list):  # every one of them must hold: the worst counts
        each = [_count(replace_gebied(target, gebied), table, origins) for gebied in target.gebied]
        known = [value for value in each if value is not None]
        farthest = max(known, key=lambda value: value if target.bound else abs(value - target.value), default=0.0)
        return farthest if len(known) == len(each) else None
    if target.indicator == "starts_by_route":
        return _share_by_route(target, origins)
    rows = _rows(table, target.nodes, target.part, target.gebied, target.age, target.period_kind, target.period)
    if rows.empty:
        return None
    value = _value(target.indicator, rows) - sum(_value(column, rows) for column in target.minus)
    if target.over is not None:
        over = target.over
        below = _rows(
            table, over.nodes or ([] if over.part else target.nodes), over.part or (None if over.nodes else target.part), ALL, ALL,
            over.period_kind or target.period_kind, over.period or target.period,
        )  # fmt: skip
        if below.empty:
            return None
        names = [over.indicator] if isinstance(over.indicator, str) else over.indicator
        total = sum(_value(name, below) for name in names)
        value = value / total if total else np.nan
    if target.complement:
        value = 1 - value
    return None if np.isnan(value) else float(value)


def replace_gebied(target: Target, gebied: str) -> Target:
    """The same figure in one gebied."""
    return target.model_copy(update={"gebied": gebied})


def _rows(table: pd.DataFrame, nodes: Sequence[str], part: str | None, gebied: str, age: str, kind: str, period: str) -> pd.DataFrame:
    here = (table["period_kind"] == kind) & (table["period"] == period) & (table["gebied"] == gebied) & (table["age"] == age)
    place = table["node"].isin(nodes) if nodes else (table["part"] == part) & (table["node"] == ALL)
    return table[here & place]


def _value(indicator: str, rows: pd.DataFrame) -> float:
    if indicator in DERIVED:
        return float(rows[list(DERIVED[indicator])].to_numpy().sum())
    if indicator == "stay_months":
        return MONTHS_PER_YEAR * _value("stock_avg", rows) / _value("starts", rows)
    if indicator == "decision_days":
        return DAYS_PER_WEEK * _value("wait_mean", rows) + DAYS_PER_YEAR * _value("in_care_avg", rows) / _value("starts", rows)
    if indicator == "cost_per_client":
        return _value("cost_care", rows) / _value("stock_avg", rows)
    if indicator in WEIGHTED:
        weight = rows["starts"].where(rows[indicator].notna(), 0.0)
        return float((rows[indicator].fillna(0.0) * weight).sum() / weight.sum()) if weight.sum() else np.nan
    return float(rows[indicator].sum())


def _share_by_route(target: Target, origins: Mapping[int, pd.DataFrame]) -> float | None:
    flows = origins.get(int(target.period[:4]))
    if flows is None:
        return None
    wanted = [OUTSIDE if name == OUTSIDE_IN_FILE else name for name in target.from_nodes]
    # kinds counted among the nodes themselves are moves within this care, unless they are asked for by name
    entered = flows[flows["node"].isin(target.nodes) & ~flows["origin"].isin([n for n in target.nodes if n not in wanted])]
    total = entered["starts"].sum()
    return float(entered.loc[entered["origin"].isin(wanted), "starts"].sum() / total) if total else None
