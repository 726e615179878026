"""Studies: the same results for any number of workers and after any interruption; nothing damaged is used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sim.errors import ZorgstroomError
from sim.experiment import Study, StudyResult, run_study
from sim.experiment.cells import Outcome
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
    pd.testing.assert_frame_equal(result.indicators, undisturbed[0].indicators)


def test_a_study_resumes_and_computes_damaged_and_foreign_cells_anew(
    study: Study, undisturbed: tuple[StudyResult, dict[str, bytes]], tmp_path: Path
) -> None:
    run_study(replace(study, replications=1), tmp_path, workers=1)
    first, second = sorted((tmp_path / "cells").iterdir())
    other = next(name for name in undisturbed[1] if name not in {first.name, second.name})
    first.write_bytes(first.read_bytes()[:-50])  # damaged
    second.write_bytes(undisturbed[1][other])  # the result of another cell under this name
    result = run_study(study, tmp_path, workers=1)
    assert cells(tmp_path) == undisturbed[1]
    assert result.reused == 0
    assert run_study(study, tmp_path, workers=1).reused == 6


def test_the_same_world_under_two_names_is_simulated_once(study: Study, tmp_path: Path) -> None:
    twin = replace(study.scenarios[1], name="tweeling")
    seen: list[str] = []
    result = run_study(
        replace(study, scenarios=(*study.scenarios, twin), replications=1),
        tmp_path,
        1,
        lambda done, total, what: seen.append(f"{done}/{total}"),
    )
    assert seen == ["1/2", "2/2"]
    table = result.indicators
    values = [c for c in table.columns if c not in ("scenario", "replication")]
    one, two = (table[table["scenario"] == name][values].reset_index(drop=True) for name in ("extra-plek", "tweeling"))
    pd.testing.assert_frame_equal(one, two)


def test_a_failing_cell_is_named_and_the_others_count(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sim.experiment.executor as executor

    real = executor.run_cell
    monkeypatch.setattr(
        executor, "run_cell", lambda work, cell: Outcome(cell, None, "no luck") if cell.replication == 1 else real(work, cell)
    )
    result = run_study(study, tmp_path, workers=1)
    assert result.failed == ("autonoom, replication 1: no luck", "extra-plek, replication 1: no luck")
    assert set(result.indicators["replication"]) == {0, 2, -1}


def test_a_study_without_one_whole_replication_says_so(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sim.experiment.executor as executor

    monkeypatch.setattr(executor, "run_cell", lambda work, cell: Outcome(cell, None, "no luck"))
    with pytest.raises(ZorgstroomError, match="no luck"):
        run_study(study, tmp_path, workers=1)


def test_a_killed_worker_does_not_lose_the_study(study: Study, undisturbed: tuple[StudyResult, dict[str, bytes]], tmp_path: Path) -> None:
    import multiprocessing
    import os
    import signal
    import threading
    import time

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
