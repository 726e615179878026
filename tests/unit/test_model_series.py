"""Series over time, bands, and sites."""

from __future__ import annotations

from datetime import date

import pytest

from sim.model import Band, DurationClasses, Series, Site, SiteList, month_number

pytestmark = pytest.mark.unit

MONTHS = [(2023, 12), (2024, 1), (2024, 6), (2025, 1), (2026, 1)]


def months_of(*dates: tuple[int, int]) -> tuple[int, ...]:
    return tuple(month_number(*each) for each in dates)


def test_a_step_series_keeps_its_value_until_the_next_date() -> None:
    series = Series(months_of((2024, 1), (2025, 1)), (5.0, 7.0))
    assert series.monthly(MONTHS).tolist() == [5, 5, 5, 7, 7]


def test_a_linear_series_moves_in_monthly_values() -> None:
    series = Series(months_of((2024, 1), (2025, 1)), (0.0, 12.0), linear=True)
    assert series.monthly(MONTHS).tolist() == [0, 0, 5, 12, 12]
    assert series.on(date(2024, 4, 30)) == 3


def test_a_constant_holds_always() -> None:
    assert Series.constant(3.0).monthly(MONTHS).tolist() == [3] * 5


def test_a_band_is_absolute_or_around_the_value() -> None:
    assert Band(1, 3).around(2) == (1, 3)
    assert Band(0.5, 2, relative=True).around(10) == (5, 20)


def test_the_mean_of_duration_classes_lies_halfway_each_class() -> None:
    assert DurationClasses((10, 20), (0.5, 0.5), "reported", "example", Band(1, 1, relative=True)).mean == 10


def test_sites_know_whom_they_serve() -> None:
    sites = SiteList("x", (Site("a", ("Noord",)), Site("b", ("Noord", "Zuid"))))
    assert [site.name for site in sites.serving("Noord")] == ["a", "b"]
    assert sites.within(frozenset({"Noord"})) == {"a"}
    assert sites.within(frozenset({"Noord", "Zuid"})) == {"a", "b"}
