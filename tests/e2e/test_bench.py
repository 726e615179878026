"""``zorgstroom bench`` measures all of its parts, and says what it is asked for."""

from __future__ import annotations

import json

import pytest
from command import ONE_QUEUE, Run

pytestmark = pytest.mark.e2e

SMALL = ("extra-plek", "--model", ONE_QUEUE, "--runs", "1", "--until", "2025-01-01")


def test_every_engine_is_timed_on_the_same_plan(zorgstroom: Run) -> None:
    done = zorgstroom("bench", *SMALL, "--only", "engines", "--only", "sweep", "--format", "json")
    rows = {(row["measure"], row["unit"]): row for row in json.loads(done.stdout)["bench"]}
    times = [rows[name, "seconds"]["value"] for name in ("compiled engine, statistics only", "SimPy engine", "textbook SimPy")]
    assert all(time > 0 for time in times)
    ratio = rows["SimPy engine over compiled", "times"]
    assert ratio["value"] == pytest.approx(times[1] / times[0])
    assert (ratio["target"], ratio["met"]) == ("at least 80", ratio["value"] >= 80)
    assert rows["functions compiled over 2 scenarios", "functions"]["value"] == 0
    ours, theirs = rows["visits of a run", "visits"]["value"], rows["visits of a run, textbook SimPy", "visits"]["value"]
    assert abs(ours - theirs) < 5 * (ours + theirs) ** 0.5  # two Poisson numbers: 5 standard errors of their difference


def test_a_larger_city_is_measured_in_a_process_of_its_own(zorgstroom: Run) -> None:
    done = zorgstroom("bench", *SMALL, "--only", "population", "--population", "3", "--format", "csv")
    rows = {line.split(",")[0].strip('"'): line for line in done.stdout.splitlines()}
    assert any("peak memory" in line and ",MiB," in line for line in rows.values())
    assert "population x 3 over the city" in rows


def test_unknown_parts_are_refused_by_name(zorgstroom: Run) -> None:
    done = zorgstroom("bench", "--only", "engine", code=2)
    assert "did you mean 'engines'?" in done.stderr
