"""Sizes of a single queue whose right size is known."""

from __future__ import annotations

from pathlib import Path

import pytest

import sim
from sim.model import Model
from sim.scenario import Library, Scenario, load_scenario
from sim.sizing.bracket import least_places, within
from tests.sizing_models import ONE_QUEUE, queue_model
from tests.theory import formulas

pytestmark = pytest.mark.theory

# 60 a day for half a day each, so a year holds 22,000 arrivals: the share of a year is that of the textbook to within a point, and the
# textbook's number is the answer for any confidence
PER_DAY, STAY, SHARE = 60.0, 0.5, 0.9


def world(folder: Path, patience: float | None = None) -> tuple[Model, Scenario]:
    model = sim.load_model(queue_model(folder, per_day=PER_DAY, stay=STAY, places=25, patience=patience))
    return model, load_scenario("autonoom", Library(ONE_QUEUE / "scenarios"), model)


@pytest.mark.parametrize("norm", [0.02, 0.1])
def test_the_size_of_a_queue_without_impatience_is_that_of_erlang(tmp_path: Path, norm: float) -> None:
    """M/M/c: within one of the fewest servers at which P(wait <= t) is the share asked."""
    exact = next(c for c in range(31, 200) if 1 - formulas.mmc_waits_longer(c, PER_DAY, STAY, norm) >= SHARE)
    found = sim.size(*world(tmp_path), "hulp", norm=f"{norm} dagen", share=SHARE, year=2026, replications=12, workers=1, around=False)
    assert found.rows[0].amount is not None
    assert abs(found.rows[0].amount - exact) <= 1, f"{found.rows[0]} against {exact}"


@pytest.mark.parametrize(("norm", "patience"), [(0.02, 0.3), (0.1, 0.5)])
def test_the_size_of_a_queue_with_impatience_is_that_of_erlang_a(tmp_path: Path, norm: float, patience: float) -> None:
    """M/M/c+M: within one of the fewest servers at which so many of all arrivals start in time; who reneges failed."""
    exact = next(c for c in range(10, 200) if formulas.erlang_a_within(c, PER_DAY, STAY, patience, norm) >= SHARE)
    found = sim.size(
        *world(tmp_path, patience), "hulp", norm=f"{norm} dagen", share=SHARE, year=2026, replications=12, workers=1, around=False
    )
    assert found.rows[0].amount is not None
    assert abs(found.rows[0].amount - exact) <= 1, f"{found.rows[0]} against {exact}"


def test_the_bracket_of_a_queue_without_impatience_is_exact() -> None:
    for places, norm in ((35, 0.02), (33, 0.1)):
        share = 1 - formulas.mmc_waits_longer(places, PER_DAY, STAY, norm)
        assert within(places, PER_DAY * STAY, STAY, norm) == pytest.approx(share)
        assert least_places(PER_DAY * STAY, STAY, norm, share - 1e-9) == places
        assert least_places(PER_DAY * STAY, STAY, norm, share + 1e-9) == places + 1


def test_the_theory_of_impatience_has_its_limits_right() -> None:
    patient = formulas.erlang_a_within(35, PER_DAY, STAY, 1e6, 0.02)  # nobody ever gives up
    assert patient == pytest.approx(1 - formulas.mmc_waits_longer(35, PER_DAY, STAY, 0.02), abs=1e-6)
    given_up = formulas.erlang_a(33, PER_DAY, STAY, 0.3)[0]
    assert formulas.erlang_a_within(33, PER_DAY, STAY, 0.3, 50.0) == pytest.approx(1 - given_up, abs=1e-6)  # all who stay start at last
