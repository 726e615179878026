"""Packages on a small model: the frontier is that of brute force, and the runs are the same wherever they are made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from package_model import street

from sim.errors import InputError
from sim.model import load_model
from sim.packages import Question, ask, package
from sim.packages.break_even import break_even
from sim.packages.choose import search_of
from sim.packages.frontier import frontier
from sim.packages.runs import Runs
from sim.report.package_files import write_answer
from sim.scenario import Library

pytestmark = pytest.mark.integration
REPLICATIONS = 12
GOAL = 45_000.0


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return street(tmp_path_factory.mktemp("street") / "model")


def question(model: Path, **more: object) -> Question:
    return ask(load_model(model), Library.of_model(model), **{"saving": GOAL, "year": 2027, "baseline": "autonoom", **more})  # type: ignore[arg-type]


def silent(text: str) -> None:
    pass


@pytest.fixture(scope="module")
def done(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all runs of a search, made by one worker."""
    out = tmp_path_factory.mktemp("one")
    package(GOAL, 2027, baseline="autonoom", model=model, replications=REPLICATIONS, out=out, workers=1)
    return out


def test_the_frontier_is_that_of_all_packages_simulated(model: Path, done: Path) -> None:
    asked = question(model)
    runs = Runs(asked, done, 1).open(silent)
    search = search_of(asked, runs, REPLICATIONS, 10**6, silent)
    found = search.find()
    assert runs.simulated == 0  # all of it stands
    every = list(range(1 << len(asked.choices)))
    runs.ensure([(mask, r) for mask in every for r in range(REPLICATIONS)], "brute force")
    scores = search.values(np.stack([runs.responses(mask, REPLICATIONS) for mask in every])).mean(axis=1)
    brute = frontier(scores, np.array([mask.bit_count() for mask in every]), found.steps)
    assert len(brute) >= 3
    assert {found.masks[place] for place in found.on} == {every[place] for place in brute}


def test_two_workers_and_an_interruption_change_no_byte(model: Path, done: Path, tmp_path: Path) -> None:
    first = package(GOAL, 2027, baseline="autonoom", model=model, replications=REPLICATIONS, out=done, workers=1)
    for file in sorted((done / "cells").iterdir())[::2]:  # what an interruption would have left
        (tmp_path / "cells").mkdir(exist_ok=True)
        (tmp_path / "cells" / file.name).write_bytes(file.read_bytes())
    second = package(GOAL, 2027, baseline="autonoom", model=model, replications=REPLICATIONS, out=tmp_path, workers=2)
    files = [write_answer(answer, out / "files", "nl", {}) for answer, out in ((first, done), (second, tmp_path))]
    assert [file.read_bytes() for file in files[0]] == [file.read_bytes() for file in files[1]]


def test_another_saving_for_the_same_year_takes_the_runs_that_stand(model: Path, done: Path) -> None:
    asked = question(model, saving=GOAL / 2, norms=["geen"])
    runs = Runs(asked, done, 1).open(silent)
    search_of(asked, runs, REPLICATIONS, 60, silent).find()
    assert runs.simulated == 0


def test_the_saving_is_the_paired_difference_in_cost_net_of_the_measures(model: Path, done: Path) -> None:
    answer = package(GOAL, 2027, baseline="autonoom", model=model, replications=REPLICATIONS, out=done, workers=1)
    for option in answer.options:
        assert sum(option.split.values()) == pytest.approx(-option.mean.value, abs=0.01)  # the parts of the difference in cost
        assert option.split["measures"] == pytest.approx(option.cost, abs=0.01)
        assert option.chance.low <= option.chance.value <= min(option.chance.high, option.chance_saving, option.chance_norms) + 1e-9


def test_shares_of_the_measures_and_the_rest_add_up_to_the_saving(model: Path, done: Path) -> None:
    answer = package(GOAL, 2027, baseline="autonoom", model=model, replications=REPLICATIONS, out=done, workers=1)
    assert answer.best is not None
    assert sum(carrier.share for carrier in answer.carriers) + answer.rest == pytest.approx(answer.best.mean.value, abs=0.01)


def test_a_saving_out_of_reach_has_no_chance_and_a_nearest(model: Path, done: Path) -> None:
    answer = package(1e9, 2027, baseline="autonoom", model=model, replications=REPLICATIONS, out=done, workers=1, certainty=0.5)
    assert not answer.reached
    assert answer.best is not None
    assert (answer.best.chance.value, answer.best.chance.low) == (0.0, 0.0)
    assert answer.nearest is not None
    assert 0 < answer.nearest.sure < 1e9


def test_a_must_is_in_every_package_and_what_is_excluded_in_none(model: Path, tmp_path: Path) -> None:
    answer = package(
        GOAL, 2027, baseline="autonoom", model=model, replications=4, out=tmp_path, workers=1, must=["sneller"], exclude=["duurder"]
    )  # fmt: skip
    assert answer.options
    assert all("sneller" in option.measures and "duurder" not in option.measures for option in answer.options)


def test_all_measures_a_must_is_one_package(model: Path, tmp_path: Path) -> None:
    names = Library.of_model(model).measures
    answer = package(1.0, 2027, baseline="autonoom", model=model, replications=4, out=tmp_path, workers=1, must=names)
    assert [option.measures for option in answer.options] == [names]


def test_measures_that_do_not_go_together_are_in_no_package_together(tmp_path: Path) -> None:
    clashing = street(tmp_path / "model", clash=True)
    asked = question(clashing)
    names = [measure.name for measure in asked.choices]
    assert [(names[a], names[b]) for a, b in asked.clashes] == [("meer-plekken", "plek-minder")]
    with pytest.raises(InputError, match="do not go together"):
        question(clashing, must=["plek-minder", "meer-plekken"])
    left = question(clashing, must=["plek-minder"])
    assert "meer-plekken" not in [measure.name for measure in left.choices]
    assert any("meer-plekken" in note for note in left.notes)


def test_every_fault_of_a_question_is_told_at_once(model: Path) -> None:
    with pytest.raises(InputError) as caught:
        question(
            model, saving=-1.0, year=2050, certainty=2.0, exclude=["goedkoop"], must=["snel", "duurder"], baseline="autonom",
            norms=["hulpp=0.9", "hulp=4"],
        )  # fmt: skip
    fields = [fault.field for fault in caught.value.faults]
    assert sorted(fields) == ["--baseline", "--certainty", "--exclude", "--must", "--norm", "--norm", "--saving", "--year"]
    assert {fault.nearest for fault in caught.value.faults} >= {"goedkoper", "sneller", "autonoom", "hulp"}


def test_break_even_finds_the_price_that_saves_the_amount(model: Path) -> None:
    """Five places at 52,000 euro: one per cent off the price saves 2,600 euro; its effect has mode 0.9 and mean 0.9."""
    found = break_even(
        load_model(model), Library.of_model(model), "goedkoper", 39_000.0, 2027, baseline="autonoom", replications=12, workers=1
    )  # fmt: skip
    assert found.factor is not None
    drawn = found.expected.value / 2600.0  # per cent off the price, mean of the draws
    assert found.factor.value == pytest.approx(15.0 / drawn, rel=0.006)  # its tolerance is 0.005 of the saving
    assert found.factor.low <= found.factor.value <= found.factor.high
    assert found.needs[0].needed == pytest.approx(1 - 0.1 * found.factor.value)


def test_break_even_says_when_no_effect_is_enough(model: Path) -> None:
    found = break_even(
        load_model(model), Library.of_model(model), "minder-vraag", 1e6, 2027, baseline="autonoom", replications=3, workers=1
    )
    assert found.factor is None
    assert max(saved for _, saved in found.tried) < 1e6
