"""The fitted ensemble: equally likely sets of values for what is not known about a model and about the effects of its measures.

One Parquet file: a row per unknown, a column per member (``0``, ``1``, ...), latent values (standard normal before the fit) in thousandths.
Parameter draw d of a study takes member d, and starts again at the first when there are more draws than members; effects of measures that
the fit does not know are drawn from their bands with number d.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.data import base_model, calibration_directory
from sim.draws.keyed import effect_uniform
from sim.errors import Fault, InputError, nearest_name
from sim.experiment.cells import write_table
from sim.model import Model
from sim.model.unknowns import Prior
from sim.scenario import Draw, Scenario

EFFECT = "effect"
RECORD_KEY = b"zorgstroom.posterior"
SCALE = 1000.0  # latent values are stored in thousandths
FILE = Path("posterior") / "posterior.parquet"


def effect_name(measure: str, path: str) -> str:
    """Name of the unknown of an effect; all effects of one measure on one path share it."""
    return f"{EFFECT}:{measure}:{path}"


def effect_unknowns(scenario: Scenario, until: date) -> tuple[str, ...]:
    """The unknowns among the effects of a scenario that begin before ``until``: those with a band, in order."""
    return tuple(dict.fromkeys(effect_name(e.measure, e.path) for e in scenario.effects if e.low < e.high and e.start < until))


@dataclass(frozen=True, eq=False)
class Ensemble:
    """``latent[unknown, member]``; ``record`` says how it came about."""

    names: tuple[str, ...]
    latent: NDArray[np.float64]
    record: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of names and values."""
        return hashlib.sha256(repr(self.names).encode() + np.ascontiguousarray(self.latent).tobytes()).hexdigest()

    @property
    def members(self) -> int:
        return int(self.latent.shape[1])

    def only(self, roots: Sequence[str]) -> Ensemble:
        """The unknowns of parameters whose path begins with one of ``roots``."""
        kept = [i for i, name in enumerate(self.names) if name.split(".")[0] in roots]
        return replace(self, names=tuple(self.names[i] for i in kept), latent=self.latent[kept])

    def probabilities(self, draw: int | None) -> dict[str, float]:
        """Probability of each unknown in a parameter draw; None: at the mean of the ensemble."""
        z = self.latent.mean(axis=1) if draw is None else self.latent[:, draw % self.members]
        return dict(zip(self.names, ndtr(z).tolist(), strict=True))

    def model(self, prior: Prior, draw: int | None) -> Model:
        """The model as a parameter draw has it."""
        return prior.read_at(self.probabilities(draw))

    def effect_place(self, draw: int | None, *, others: bool = False) -> Draw:
        """Where each effect stands in its band: as fitted. ``others``: those not fitted are drawn with this number, else at their mode."""
        fitted = self.probabilities(draw)

        def place(measure: str, path: str) -> float | None:
            known = fitted.get(effect_name(measure, path))
            return effect_uniform(measure, path, draw) if known is None and others and draw is not None else known

        return place


def posterior_file(model: Model) -> Path | None:
    """Where the fitted ensemble of a model stands: beside it, or for the shipped base model under ``calibration``; else None."""
    beside = model.directory / FILE
    if beside.exists():
        return beside
    shipped = calibration_directory() / FILE
    return shipped if model.directory.resolve() == base_model().resolve() and shipped.exists() else None


def ensemble_of(model: Model, parameters: str | None) -> Ensemble | None:
    """The fitted ensemble of a model; None for ``base`` parameters, or where nothing is asked (None) and the model has none.

    Raises ``InputError`` where ``posterior`` is asked of a model without, and for a file that does not fit the model.
    """
    file = None if parameters == "base" else posterior_file(model)
    if file is None:
        if parameters == "posterior":
            what = f"no fitted ensemble comes with the model in {model.directory}"
            raise InputError([Fault(what, field="--parameters", mend="fit one with `zorgstroom calibrate`, or take base")])
        return None
    return read_ensemble(file, Prior.of(model))


def write_ensemble(file: Path, ensemble: Ensemble) -> None:
    """Write an ensemble with its record, all at once."""
    columns = {"unknown": pa.array(ensemble.names)}
    whole = np.rint(ensemble.latent * SCALE).astype(np.int16)
    columns |= {str(member): pa.array(whole[:, member]) for member in range(ensemble.members)}
    write_table(file, pa.table(columns), {RECORD_KEY: json.dumps(ensemble.record, sort_keys=True, ensure_ascii=False).encode()})


def read_ensemble(file: Path, prior: Prior) -> Ensemble:
    """Read an ensemble. Raises ``InputError`` for a file that is damaged, or fitted to a model with other unknowns."""
    mend = "fit it again with `zorgstroom calibrate`, or take --parameters base"
    try:
        table = pq.read_table(file)
        record = json.loads((table.schema.metadata or {})[RECORD_KEY])
        names = tuple(table.column("unknown").to_pylist())
        latent = np.stack([table.column(str(m)).to_numpy() for m in range(table.num_columns - 1)], axis=1) / SCALE
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise InputError([Fault(f"is no fitted ensemble: {error}", str(file), mend=mend)]) from error
    known = set(prior.names)
    strange = [name for name in names if not name.startswith(f"{EFFECT}:") and name not in known]
    if strange:
        what = f"was fitted to another model: {strange[0]!r} is not among its unknowns ({len(strange)} in all)"
        raise InputError([Fault(what, str(file), nearest=nearest_name(strange[0], prior.names), mend=mend)])
    return Ensemble(names, latent, record)
