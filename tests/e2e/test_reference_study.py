"""The reference study gives here what it gave where it was made."""

from __future__ import annotations

import warnings
from pathlib import Path

import pandas as pd
import pytest
from command import Run

from documentation import reference_study
from documentation.reference_study import Reproduction

pytestmark = pytest.mark.e2e


def test_the_reference_study_is_reproduced(zorgstroom: Run, tmp_path: Path) -> None:
    zorgstroom("run", reference_study.STUDY, "--out", tmp_path / "study", "--workers", 1)
    zorgstroom("verify", tmp_path / "study")
    found = reference_study.reproduce(tmp_path / "study")
    if not found.same_visits:
        warnings.warn("the visits of the reference study fall otherwise here; see results/reference/README.md", stacklevel=1)
    said = f"inputs that are other files: {list(found.other_inputs)}\n{found.differences.head()}"
    assert found.reproduced, f"results/reference is stale, or something changed that should not have: see its README.md\n{said}"


@pytest.mark.parametrize(
    ("same_visits", "other_inputs", "difference", "reproduced"),
    [(True, (), 0.0, True), (True, ("model/model.yaml",), 0.0, True), (True, (), 1e-6, False), (False, (), 1e-6, True),
     (False, (), 0.01, False), (False, ("model/wmo.yaml",), 1e-6, False)],
)  # fmt: skip
def test_a_difference_is_not_let_through(same_visits: bool, other_inputs: tuple[str, ...], difference: float, reproduced: bool) -> None:
    assert Reproduction(same_visits, other_inputs, pd.Series([difference])).reproduced is reproduced
