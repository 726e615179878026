"""The reference study in ``results/reference/``: what it gave, and whether a run of it gives the same.

Two things are kept. The *visits* of every cell are whole numbers; their digests are equal where the same people did the same things at
the same minute. The *figures* are indicators added up from them. Where the digests are equal, the figures have to be equal but for
rounding. Another mathematical library may give another last bit of a logarithm and so move a visit by a minute, after which the order in
a queue differs; then only the figures can be compared, with a tolerance.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from sim.draws.keyed import replication_seed
from sim.engine import VisitLog, simulate
from sim.experiment.cells import Cell, plan_of
from sim.experiment.inputs import open_study
from sim.experiment.record import write_json
from sim.experiment.verify import read_record

FOLDER = Path(__file__).resolve().parents[1] / "results" / "reference"
STUDY, FIGURES, DIGESTS = FOLDER / "small-study.yaml", FOLDER / "indicators.csv", FOLDER / "digests.json"
KEYS = ["scenario", "replication", "part", "period"]
COLUMNS = [
    "inflow", "renewals", "starts", "outflow", "reneged", "waiting_end", "in_care_end", "unique_clients", "person_weeks_waited",
    "wait_mean", "within_norm", "cost",
]  # fmt: skip
ROUNDING = 1e-9  # sums of equal numbers, written with twelve digits
TOLERANCE = 1e-4  # all parameters wrong by 1e-9 move some visits, and no figure by more than 1e-7; by 1e-12 they move none


@dataclass(frozen=True)
class Reproduction:
    """How a run compares with what is kept: whether the visits are the same, which inputs are other files, and the largest differences
    of the figures, relative to the kept value, largest first."""

    same_visits: bool
    other_inputs: tuple[str, ...]
    differences: pd.Series

    @property
    def reproduced(self) -> bool:
        """Same visits and same figures, or from the same inputs figures within the tolerance."""
        if self.same_visits:
            return bool(self.differences.max() <= ROUNDING)
        return not self.other_inputs and bool(self.differences.max() <= TOLERANCE)


def figures(study: Path) -> pd.DataFrame:
    """Indicators of the whole chain and of its parts, per scenario, replication and year."""
    everything = {"period_kind": "year", "node": "alle", "site": "alle", "gebied": "alle", "age": "alle"}
    table = pq.read_table(study / "indicators.parquet", filters=[(key, "=", value) for key, value in everything.items()]).to_pandas()
    table = table[table["replication"] >= 0].astype({key: str for key in KEYS if key != "replication"})
    return pd.DataFrame(table.set_index(KEYS)[COLUMNS].astype(float).sort_index())


def digests(study: Path) -> dict[str, Any]:
    """SHA-256 of the visits of every cell by scenario and replication, and of every input by its place."""
    record, loaded = read_record(study), open_study(study)
    work = loaded.study.work()
    scenarios = {scenario.name: scenario for scenario in loaded.study.scenarios}
    visits = {}
    for cell in sorted(record["cells"], key=lambda each: (each["scenario"], each["replication"])):
        plan, _ = plan_of(work, Cell(scenarios[cell["scenario"]], cell["draw"], cell["replication"]))
        visits[f"{cell['scenario']} {cell['replication']}"] = digest(simulate(plan, replication_seed(work.seed, cell["replication"])))
    return {"visits": visits, "inputs": dict(sorted(record["inputs"].items()))}


def digest(log: VisitLog) -> str:
    """SHA-256 over the columns of a visit log."""
    h = hashlib.sha256()
    for column in fields(log):
        h.update(np.ascontiguousarray(getattr(log, column.name)).tobytes())
    return h.hexdigest()


def keep(study: Path) -> None:
    """Write what a run of the study gave as the reference."""
    figures(study).to_csv(FIGURES, float_format="%.12g", lineterminator="\n")
    write_json(DIGESTS, digests(study))


def reproduce(study: Path) -> Reproduction:
    """Hold a run of the study against the reference."""
    kept = json.loads(DIGESTS.read_text(encoding="utf-8"))
    here = digests(study)
    names = sorted(kept["inputs"].keys() | here["inputs"].keys())
    other = tuple(name for name in names if kept["inputs"].get(name) != here["inputs"].get(name))
    wanted = pd.read_csv(FIGURES, dtype=dict.fromkeys(KEYS, str) | {"replication": int}, keep_default_na=False, na_values=[""]).set_index(
        KEYS
    )
    return Reproduction(kept["visits"] == here["visits"], other, _differences(wanted.astype(float), figures(study)))


def _differences(wanted: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    """Relative differences by row and column, largest first; a row or number that only one of them has differs by 1."""
    wanted, found = wanted.align(found)
    gap = (found - wanted).abs() / wanted.abs().where(wanted != 0, 1.0)
    gap = gap.mask(wanted.isna() & found.isna(), 0.0).fillna(1.0)
    return pd.Series(gap.stack()).sort_values(ascending=False)
