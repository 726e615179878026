"""The stopping rule: when it stops, and that nothing but the replications before decides."""

from __future__ import annotations

import numpy as np
import pytest

from sim.experiment.stopping import Precision, Stop, least_replications, look_ahead, next_replications, relative_half_width

pytestmark = pytest.mark.unit
WANTED = Precision(0.05, max_replications=100)


def stopped_at(values: list[float], wanted: Precision = WANTED) -> tuple[Stop, list[int]]:
    """Ask for replications as a study does, until the rule stops; the values are those of one scenario."""
    n, asked = least_replications(), [least_replications()]
    while not isinstance(found := next_replications({"x": values[:n]}, wanted), Stop):
        n = found
        asked.append(n)
    return found, asked


def test_the_look_ahead_is_that_of_hoad_robinson_and_davies() -> None:
    assert [look_ahead(n) for n in (6, 100, 120, 200)] == [5, 5, 6, 10]


def test_a_difference_known_exactly_stops_at_once() -> None:
    stop, asked = stopped_at([3.0] * 100)
    assert (stop.enough, stop.replications, asked) == (6, 12, [12])


def test_the_half_width_is_student_t_over_draws() -> None:
    # draws 1, 2 and 3: mean 2, standard deviation 1, t(0.95, 2) = 2.91999
    assert relative_half_width([0.5, 1.5, 1.0, 3.0, 3.0, 3.0]) == pytest.approx(2.91999 / np.sqrt(3) / 2, abs=1e-5)


def test_a_lucky_narrow_moment_does_not_stop_it() -> None:
    values = [10.0] * 8 + [2.0, 2.0] + [10.0] * 90
    stop, _ = stopped_at(values)
    assert stop.reached
    assert stop.enough is not None
    assert stop.enough > 12  # 6 and 8 met the precision, 10 did not


def test_no_replication_is_asked_for_in_vain() -> None:
    """Each number asked for is the least at which it could stop, so the last one is where it stops."""
    draw = np.random.default_rng(4)
    for _ in range(20):
        stop, asked = stopped_at((1 + 0.3 * draw.standard_normal(100)).tolist())
        assert asked[-1] == stop.replications
        if stop.reached:
            assert stop.enough is not None
            assert 0 <= stop.replications - stop.enough - look_ahead(stop.enough) <= 1


def test_the_maximum_is_said_to_be_the_maximum() -> None:
    stop, asked = stopped_at([1.0, -1.0, 2.0, -3.0] * 25, Precision(0.05, max_replications=20))
    assert not stop.reached
    assert asked[-1] == stop.replications == 20


def test_a_scenario_that_changes_nothing_is_exact() -> None:
    assert relative_half_width([0.0] * 12) == 0.0


def test_failed_replications_do_not_count() -> None:
    assert relative_half_width([1.0, float("nan"), 1.0, 1.0, 1.0, 1.0]) == 0.0
