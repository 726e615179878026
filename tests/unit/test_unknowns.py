"""What is not known about a model, and drawing it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from sim.data import examples_directory
from sim.model import Model, load_model
from sim.model.parameter import Band
from sim.model.unknowns import Prior, probability_of, value_at

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(examples_directory() / "one-queue")


def test_a_value_stays_in_its_band_and_has_its_mode_where_it_is_written() -> None:
    for value, band, unit in (
        (10.0, Band(5.0, 30.0), "days"),
        (0.2, Band(0.1, 0.5), "share"),
        (3.0, Band(0.5, 2.0, relative=True), "ratio"),
    ):
        low, high = band.around(value)
        drawn = [value_at(value, band, u, unit) for u in np.linspace(0.001, 0.999, 999)]
        assert low < min(drawn)
        assert max(drawn) < high
        assert all(a < b for a, b in pairwise(drawn))
        density = np.diff(np.linspace(0.001, 0.999, 999)) / np.diff(np.log(drawn))
        assert drawn[int(density.argmax())] == pytest.approx(value, rel=0.1)  # on the log scale, nearly so for a logit


def test_the_probability_of_a_value_is_where_it_is_drawn() -> None:
    band = Band(5.0, 30.0)
    for u in (0.01, 0.3, 0.5, 0.97):
        assert probability_of(10.0, value_at(10.0, band, u), band) == pytest.approx(u, abs=1e-9)


def test_a_model_read_at_no_probability_is_the_model_as_written(model: Model) -> None:
    assert Prior.of(model).read_at({}).parameters == model.parameters


def test_every_unknown_moves_its_parameter_and_no_other_but_the_rest(model: Model) -> None:
    prior = Prior.of(model)
    assert prior.unknowns
    for unknown in prior.unknowns:
        drawn = prior.read_at({unknown.name: 0.03}).parameters
        moved = {path for path, p in drawn.items() if p.values != model.parameters[path].values}
        assert unknown.path in moved
        others = {
            path for path in moved if path != unknown.path and not model.parameters[path].shared and not model.parameters[path].rest_of
        }
        assert not others


def test_shares_with_a_rest_still_add_up_to_one(model: Model) -> None:
    prior = Prior.of(model)
    luck = np.random.default_rng(4)
    for _ in range(5):
        drawn = prior.read_at(dict(zip(prior.names, luck.random(len(prior.names)), strict=True)))
        for p in drawn.parameters.values():
            for key, series in p.values.items() if p.rest_of else ():
                others = sum(drawn.parameters[path].series(**dict(zip(p.by, key, strict=True))).values[0] for path in p.rest_of)
                assert series.values[0] == pytest.approx(max(1 - others, 0.0))


def test_what_is_not_there_stays_away_and_norms_stay_as_they_are() -> None:
    from sim.data import base_model

    rotterdam = load_model(base_model())
    prior = Prior.of(rotterdam)
    drawn = prior.read_at(dict.fromkeys(prior.names, 0.9)).parameters
    for path, p in rotterdam.parameters.items():
        if p.rest_of:
            continue
        for key, series in p.values.items():
            for before, after in zip(series.values, drawn[path].values[key].values, strict=True):
                assert before != 0.0 or after == 0.0
        if path.endswith(".norm.within"):
            assert drawn[path].values == p.values


def test_a_dated_unknown_has_the_spread_of_its_band_at_every_date() -> None:
    from sim.data import base_model

    prior = Prior.of(load_model(base_model()))
    path = "demand.huisarts.trend"
    written = prior.model.parameters[path]
    assert f"{path}@later" in prior.names
    luck = np.random.default_rng(8).random((2, 400))
    drawn = [prior.read_at({path: a, f"{path}@later": b}).parameters[path].values[()].values for a, b in luck.T]
    ratio = np.log(np.array(drawn) / np.array(written.values[()].values))
    spread = ratio.std(axis=0)
    # 400 draws give a standard deviation within 3.5 per cent; four of those
    assert spread == pytest.approx(np.full(len(spread), spread.mean()), rel=0.14)
    assert abs(np.corrcoef(ratio[:, 0], ratio[:, -1])[0, 1]) < 0.2  # four standard errors of 400 draws
