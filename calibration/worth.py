"""A decision between the scenarios of a finished study, and what knowing each unknown better is worth for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.special import ndtri

from calibration.influence import draw
from calibration.write import write_csv
from sim.draws.keyed import effect_uniform
from sim.errors import Fault, InputError, nearest_name
from sim.experiment.ensemble import effect_name
from sim.experiment.information import Worth, value_of_information
from sim.experiment.inputs import open_study
from sim.experiment.study import Study
from sim.indicators.definitions import ALL
from sim.report.plots import Bar

F64 = NDArray[np.float64]
TABLE = "indicators.parquet"
FEWEST_DRAWS = 20  # with fewer, a cubic fits a fifth of what it is to explain, and nothing stands above the noise
MOST_BARS = 30


@dataclass(frozen=True, eq=False)
class Decision:
    """Net benefits [R, K] in euro of options, the draw [R] of each replication, and the latent unknowns phi [P, D]."""

    names: tuple[str, ...]
    benefit: F64
    of_draw: NDArray[np.int64]
    unknowns: tuple[str, ...]
    phi: F64

    @property
    def draws(self) -> int:
        return int(self.phi.shape[1])


def decision_of(directory: Path, names: Sequence[str], wait_value: float) -> Decision:
    """The choice between scenarios of a study, by name (none: all).

    Net benefit: minus cost, and minus ``wait_value`` euro per person-week waited, summed over the study. Raises ``InputError`` for no
    finished study, unknown scenarios, and too few parameter draws.
    """
    study = open_study(directory).study
    known = tuple(s.name for s in study.scenarios)
    chosen = tuple(dict.fromkeys(names or known))
    faults = [
        Fault(f"the study holds no scenario {name!r}", field="--decide", nearest=nearest_name(name, known))
        for name in chosen
        if name not in known
    ]
    if not faults and len(chosen) < 2:
        faults.append(Fault("a decision is between two scenarios or more", field="--decide", mend="name another one"))
    if faults:
        raise InputError(faults)
    table = _money(directory / TABLE, chosen)
    net = -(table["cost"] + wait_value * table["person_weeks_waited"])
    whole = net.unstack("scenario").loc[:, list(chosen)].dropna()
    drawn = [study.draw_of(int(replication)) for replication in whole.index]
    distinct = sorted({d for d in drawn if d is not None})
    if len(distinct) < FEWEST_DRAWS:
        per = -(-len(whole) // max(len(distinct), 1))
        what = f"the study has {len(distinct)} draws of its unknowns; it takes {FEWEST_DRAWS} to tell what one is worth from luck"
        mend = f"add replications: zorgstroom run {directory} --replications {FEWEST_DRAWS * max(per, 2)} or more (100 draws are better)"
        raise InputError([Fault(what, str(directory), mend=mend)])
    unknowns, phi = _unknowns(study, chosen, distinct)
    if not unknowns:
        what = "nothing differs between the draws of this study: no fitted parameters, and no effect with a band"
        raise InputError(
            [Fault(what, str(directory), mend="run it with --parameters posterior, or choose scenarios with uncertain effects")]
        )
    return Decision(chosen, whole.to_numpy(dtype=np.float64), np.searchsorted(distinct, [d for d in drawn if d is not None]), unknowns, phi)


def _money(file: Path, chosen: Sequence[str]) -> pd.DataFrame:
    """Cost and person-weeks waited of the whole chain, summed over the years, per scenario and replication."""
    columns = ["scenario", "replication", "period_kind", "part", "node", "site", "gebied", "age", "cost", "person_weeks_waited"]
    try:
        wanted = [("replication", ">=", 0), *((key, "==", ALL) for key in ("part", "node", "site", "gebied", "age"))]
        table = pq.read_table(file, columns=columns, filters=[*wanted, ("period_kind", "==", "year")]).to_pandas()
    except (OSError, KeyError, pa.ArrowException) as error:
        mend = "finish it with `zorgstroom run` and the folder"
        raise InputError([Fault(f"the study is not finished: {error}", str(file), mend=mend)]) from error
    table["scenario"] = table["scenario"].astype(str)
    table = table[table["scenario"].isin(chosen)]
    summed: pd.DataFrame = table.groupby(["replication", "scenario"])[["cost", "person_weeks_waited"]].sum()
    return summed


def _unknowns(study: Study, chosen: Sequence[str], draws: Sequence[int]) -> tuple[tuple[str, ...], F64]:
    """What differed between the draws: the fitted ensemble, and the effects of the chosen scenarios that it does not know."""
    found: dict[str, F64] = {}
    if study.ensemble is not None:
        members = study.ensemble.latent[:, [d % study.ensemble.members for d in draws]]
        found |= dict(zip(study.ensemble.names, members, strict=True))
    for scenario in study.scenarios:
        for effect in scenario.effects if scenario.name in chosen else ():
            name = effect_name(effect.measure, effect.path)
            if effect.low < effect.high and effect.start < study.until and name not in found:
                found[name] = ndtri(np.array([effect_uniform(effect.measure, effect.path, d) for d in draws]))
    found = {name: z for name, z in found.items() if z.std() > 0}
    return tuple(found), np.stack(list(found.values())) if found else np.empty((0, len(draws)))


def write_worth(out: Path, decision: Decision, seed: int) -> tuple[pd.DataFrame, Worth]:
    """Work out and write evppi.csv and its picture: an unknown per row, the one most worth knowing first, in euro."""
    found = value_of_information(decision.benefit, decision.of_draw, decision.phi, seed)
    table = pd.DataFrame({
        "unknown": decision.unknowns, "value": found.partial, "noise": found.noise, "perfect": found.perfect, "draws": decision.draws,
        "best_on_average": decision.names[found.best],
    }).sort_values(["value", "unknown"], ascending=[False, True], ignore_index=True)  # fmt: skip
    write_csv(out / "evppi.csv", table)
    top = table[table["value"] > found.noise].head(MOST_BARS)
    bars = [Bar(value / 1e6) for value in top["value"]]
    title = f"What knowing it is worth before choosing between {', '.join(decision.names)}"
    unit = "mln euro; the line: what an unknown that tells nothing may get"
    draw(out / "figures" / "evppi", list(top["unknown"]), bars, title, unit, found.noise / 1e6)
    return table, found
