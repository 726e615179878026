"""Effects by themselves: triangular amounts, scopes, paths, and the file to start a measure from."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from sim.errors import InputError
from sim.scenario import Effect, Scope, new_measure_text
from sim.scenario.explain import Span
from sim.scenario.match import matching_paths, nearest_path

pytestmark = pytest.mark.unit

PATHS = [
    "nodes.wmo_licht.stay.mean",
    "nodes.wmo_licht.stay.scale",
    "nodes.wmo_zwaar.stay.scale",
    "nodes.intake.stay.scale",
    "teams.loket.places.number",
]

EVERYBODY = Scope()


def effect(
    low: float = 0.8,
    mode: float = 0.9,
    high: float = 1.2,
    scope: Scope = EVERYBODY,
    start: date = date(2025, 1, 1),
    until: date | None = None,
) -> Effect:
    return Effect("m", "p", "multiply", low, mode, high, "assumption", "s", scope, start, until, 0, "effect", "f", 1, "effects[0]")


def test_the_quantiles_run_from_low_through_mode_to_high() -> None:
    one = effect()
    assert (one.quantile(0.0), one.quantile(0.25), one.quantile(1.0)) == pytest.approx((0.8, 0.9, 1.2))


def test_the_quantiles_have_the_mean_of_the_triangular_distribution() -> None:
    amounts = [effect().quantile(u) for u in (np.arange(10_000) + 0.5) / 10_000]
    assert np.mean(amounts) == pytest.approx((0.8 + 0.9 + 1.2) / 3, abs=1e-6)  # midpoint rule over 10,000 points
    assert np.all(np.diff(amounts) > 0)


@pytest.mark.parametrize(("low", "mode", "high"), [(1, 1, 1), (0, 0, 1), (0, 1, 1)])
def test_the_quantiles_stay_in_a_band_with_its_mode_at_an_end(low: float, mode: float, high: float) -> None:
    amounts = [effect(low, mode, high).quantile(u) for u in np.linspace(0, 1, 101)]
    assert min(amounts) == low
    assert max(amounts) == high


def test_scopes_overlap_where_somebody_is_in_both() -> None:
    assert Scope().overlaps(Scope(("Noord",)))
    assert Scope(("Noord",), ("0-17",)).overlaps(Scope(("Noord", "Zuid")))
    assert not Scope(("Noord",), ("0-17",)).overlaps(Scope(("Noord",), ("18+",)))
    assert str(Scope(("Noord", "Zuid"), ("18+",))) == "gebied: Noord, Zuid; age: 18+"
    assert str(Scope()) == "all"


def test_effects_meet_only_while_both_last() -> None:
    first = effect(until=date(2026, 1, 1))
    assert not first.meets(effect(start=date(2026, 1, 1)))
    assert first.meets(effect(start=date(2025, 12, 1)))
    assert not effect(scope=Scope(("Noord",))).meets(effect(scope=Scope(("Zuid",))))


def test_a_star_stands_for_a_name_or_part_of_one_but_never_for_a_point() -> None:
    assert matching_paths("nodes.wmo_*.stay.scale", PATHS) == ("nodes.wmo_licht.stay.scale", "nodes.wmo_zwaar.stay.scale")
    assert len(matching_paths("nodes.*.stay.scale", PATHS)) == 3
    assert matching_paths("nodes.*.scale", PATHS) == ()
    assert matching_paths("nodes.intake.stay.scale", PATHS) == ("nodes.intake.stay.scale",)


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("nodes.intaak.stay.scale", "nodes.intake.stay.scale"),
        ("node.intake.stay.scale", "nodes.intake.stay.scale"),
        ("nodes.wmo_*.stay.scal", "nodes.wmo_*.stay.scale"),
        ("teams.loket.places.nummer", "teams.loket.places.number"),
        ("zzz", None),
    ],
)
def test_the_nearest_path_mends_the_first_part_that_fits_nowhere(path: str, nearest: str | None) -> None:
    assert nearest_path(path, PATHS) == nearest


def test_a_span_shows_one_value_or_two() -> None:
    assert (str(Span(1, 1)), str(Span(1, 2.5)), str(Span(float("inf"), float("inf")))) == ("1", "1 to 2.5", "none")


@pytest.mark.parametrize("name", ["Met Spatie", "../elders", "", "a.b", "Hoofd"])
def test_a_name_that_cannot_be_a_file_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        new_measure_text(name)
