"""Studies: the same results for any number of workers and after any interruption; nothing damaged is used."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sim.errors import ZorgstroomError
from sim.experiment import Study, StudyResult, run_study
from sim.experiment.cells import Outcome, Work
from sim.experiment.executor import Batch, InProcess
from sim.experiment.stopping import Precision
from sim.model import load_model
from sim.scenario import Library, load_scenario

pytestmark = pytest.mark.integration
MODEL = Path(__file__).parents[2] / "examples" / "one-queue"


@pytest.fixture(scope="module")
def study() -> Study:
    model = load_model(MODEL)
    library = Library(MODEL / "scenarios")
    scenarios = tuple(load_scenario(name, library, model) for name in ("autonoom", "extra-plek"))
    return Study(model, scenarios, "autonoom", model.start, model.until, 3, 1, "simpy")


@pytest.fixture(scope="module")
def undisturbed(study: Study, tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyResult, dict[str, bytes]]:
    out = tmp_path_factory.mktemp("undisturbed")
    return run_study(study, out, workers=1), cells(out)


def cells(out: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (out / "cells").iterdir()}


def test_two_workers_write_the_same_bytes_as_one(study: Study, undisturbed: tuple[StudyResult, dict[str, bytes]], tmp_path: Path) -> None:
    result = run_study(study, tmp_path, workers=2)
    assert cells(tmp_path) == undisturbed[1]
    assert result.indicators.read_bytes() == undisturbed[0].indicators.read_bytes()


def test_a_cluster_writes_the_same_bytes_as_one_worker(
    study: Study, undisturbed: tuple[StudyResult, dict[str, bytes]], tmp_path: Path
) -> None:
    result = run_study(study, tmp_path, workers=1, cluster="local")
    assert cells(tmp_path) == undisturbed[1]
    assert result.indicators.read_bytes() == undisturbed[0].indicators.read_bytes()


def test_a_study_resumes_and_computes_damaged_and_foreign_cells_anew(
    study: Study, undisturbed: tuple[StudyResult, dict[str, bytes]], tmp_path: Path
) -> None:
    run_study(study, tmp_path, workers=1)
    first, second, third = sorted((tmp_path / "cells").iterdir())[:3]
    content = third.read_bytes()
    first.write_bytes(first.read_bytes()[:-50])  # damaged
    second.write_bytes(content)  # the result of another cell under this name
    third.rename(third.with_name("f" * 32 + third.name[32:]))  # whole, but under the name of no cell
    said: list[str] = []
    result = run_study(study, tmp_path, workers=1, say=said.append)
    assert [line.split(": ")[0] for line in said] == ["not used"] * 3
    assert all(name in " ".join(said) for name in (first.name, second.name))
    assert undisturbed[1].items() <= cells(tmp_path).items()
    assert result.reused == 3
    assert run_study(study, tmp_path, workers=1).reused == 6


def test_a_finished_study_is_found_finished_without_compiling(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = run_study(study, tmp_path, workers=1).plans
    monkeypatch.setattr("sim.experiment.cells.compile_plan", None)
    assert run_study(study, tmp_path, workers=1, plans=plans).reused == 6


def test_the_same_world_under_two_names_is_simulated_once(study: Study, tmp_path: Path) -> None:
    twin = replace(study.scenarios[1], name="tweeling")
    seen: list[str] = []
    result = run_study(
        replace(study, scenarios=(*study.scenarios, twin), replications=1),
        tmp_path,
        1,
        lambda done, total, what: seen.append(f"{done}/{total}"),
    )
    assert len(cells(tmp_path)) == 2
    assert seen[:2] == ["1/2", "2/2"]
    table = pd.read_parquet(result.indicators)
    values = [c for c in table.columns if c not in ("scenario", "replication")]
    one, two = (table[table["scenario"] == name][values].reset_index(drop=True) for name in ("extra-plek", "tweeling"))
    pd.testing.assert_frame_equal(one, two)


def test_the_cross_is_the_mean_over_the_replications(study: Study, undisturbed: tuple[StudyResult, dict[str, bytes]]) -> None:
    table = pd.read_parquet(undisturbed[0].indicators)
    keys = ["scenario", "period", "node"]
    cross = table[table["replication"] == -1].groupby(keys, observed=True)["client_weeks"].sum()
    node = table[(table["replication"] >= 0) & (table["period_kind"] == "year") & (table["node"] != "alle")]
    node = node[(node[["site", "gebied", "age"]] == "alle").all(axis=1) & (node["part"] != "maatregelen")]
    mean = node.groupby([*keys, "replication"], observed=True)["client_weeks"].sum().groupby(keys, observed=True).mean()
    assert len(cross)
    pd.testing.assert_series_equal(cross.sort_index(), mean.sort_index(), check_names=False)


class Unlucky(InProcess):
    """Cells of replication 1, or all, fail."""

    replications: tuple[int, ...] = (1,)

    def outcomes(self, batches: Sequence[Batch]) -> Iterator[Outcome]:
        for outcome in super().outcomes(batches):
            failed = outcome.cell.replication in self.replications
            yield Outcome(outcome.cell, error="no luck") if failed else outcome


class Hopeless(Unlucky):
    replications = (0, 1, 2)


def _with(kind: type[InProcess]) -> Callable[..., InProcess]:
    def executor(work: Work, standing: frozenset[str], *how: object) -> InProcess:
        return kind(work, standing)

    return executor


def test_a_failing_cell_is_named_and_the_others_count(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.experiment.study.executor_for", _with(Unlucky))
    result = run_study(study, tmp_path, workers=1)
    assert result.failed == ("autonoom, replication 1: no luck", "extra-plek, replication 1: no luck")
    assert set(pd.read_parquet(result.indicators)["replication"]) == {0, 2, -1}


def test_a_study_without_one_whole_replication_says_so(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.experiment.study.executor_for", _with(Hopeless))
    with pytest.raises(ZorgstroomError, match="no luck"):
        run_study(study, tmp_path, workers=1)


def test_a_killed_worker_loses_nothing_but_its_cell(
    study: Study, undisturbed: tuple[StudyResult, dict[str, bytes]], tmp_path: Path
) -> None:
    def kill_one() -> None:
        for _ in range(400):
            children = multiprocessing.active_children()
            if children and children[0].pid:
                os.kill(children[0].pid, signal.SIGKILL)
                return
            time.sleep(0.02)

    killer = threading.Thread(target=kill_one)
    killer.start()
    result = run_study(study, tmp_path, workers=2)
    killer.join()
    assert not result.failed
    assert cells(tmp_path) == undisturbed[1]


def test_adding_replications_to_a_precision_changes_no_earlier_cell(study: Study, tmp_path: Path) -> None:
    wanted = Precision(1e-9, "person_weeks_waited", max_replications=12)
    few = run_study(replace(study, precision=wanted), tmp_path, 1)
    more = run_study(replace(study, precision=replace(wanted, max_replications=14)), tmp_path, 1)
    assert (few.replications, more.replications) == (12, 14)
    assert more.reused == 2 * 12
    assert few.stop is not None
    assert not few.stop.reached


def test_a_precision_stops_at_the_same_replication_for_any_number_of_workers(study: Study, tmp_path: Path) -> None:
    wanted = replace(study, precision=Precision(0.5, "person_weeks_waited", max_replications=40))
    one, two = run_study(wanted, tmp_path / "one", 1), run_study(wanted, tmp_path / "two", 2)
    assert one.stop is not None
    assert one.stop.reached
    assert one.stop == two.stop
    assert one.indicators.read_bytes() == two.indicators.read_bytes()
