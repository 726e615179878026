"""A truth chosen from outside: given values of parameters, for the fit to find."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from calibration.problem import Problem
from calibration.tables import example
from sim.errors import Fault, InputError, nearest_name
from sim.experiment.ensemble import EFFECT
from sim.model.unknowns import probability_of

F64 = NDArray[np.float64]
EDGE = 1e-6  # probabilities this near 0 or 1 lie on or beyond the bound of a band
COLUMNS = ["unknown", "value"]


def read_truth(file: Path, problem: Problem) -> F64:
    """Latent values [U] from a CSV with the columns ``unknown`` and ``value``.

    ``value`` is in the unit of the parameter (of one with several values: the first that is not 0; the others move along), or for an effect
    the probability within its band. Unknowns that are not named are in the middle of their prior. Raises ``InputError`` for every line with
    an unknown name, no number, or a value outside the band.
    """
    faults: list[Fault] = []
    z = np.zeros(len(problem.names))
    place = {name: i for i, name in enumerate(problem.names)}
    seen: dict[str, int] = {}
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Fault(f"cannot be read: {error}", str(file), field="--truth", mend="give a CSV file in UTF-8")]) from error
    rows = csv.reader(text.splitlines())
    if next(rows, None) != COLUMNS:
        raise InputError(
            [Fault("does not begin with the columns unknown,value", str(file), 1, mend="write `unknown,value` on the first line")]
        )
    for line, row in enumerate(rows, start=2):
        if not row:
            continue
        name = row[0].strip()
        if name not in place:
            mend = "take a name from unknowns.csv of a fit"
            faults.append(Fault(f"there is no unknown {name!r}", str(file), line, "unknown", nearest_name(name, place), mend))
            continue
        if name in seen:
            faults.append(Fault(f"{name!r} stands on line {seen[name]} as well", str(file), line, "unknown", mend="keep one of the two"))
        seen[name] = line
        try:
            value = float(row[1])
        except (IndexError, ValueError):
            faults.append(Fault(f"{row[1:]} is no number", str(file), line, "value", mend="write a number with a decimal point"))
            continue
        u = value if name.startswith(f"{EFFECT}:") else _probability(problem, name, value)
        if not EDGE < u < 1 - EDGE:
            faults.append(
                Fault(f"{value:g} lies outside the band of {name}", str(file), line, "value", mend="choose a value inside the band")
            )
            continue
        z[place[name]] = ndtri(u)
    if faults:
        raise InputError(faults)
    return z


def _probability(problem: Problem, name: str, value: float) -> float:
    unit, written, band = example(problem.prior, name)
    return probability_of(written, value, band, unit)
