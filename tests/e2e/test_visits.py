"""``zorgstroom visits`` on the one-queue example."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from command import ONE_QUEUE, Run

pytestmark = pytest.mark.e2e

FIRST_DIFFERENCE = (pd.Timestamp("2026-01-01") - pd.Timestamp("2024-01-01")).days * 1440  # ticks


def written(zorgstroom: Run, file: Path, scenario: str, *more: object) -> pd.DataFrame:
    zorgstroom("visits", scenario, "--model", ONE_QUEUE, "--out", file, *more)
    return pd.read_parquet(file)


def test_the_same_command_writes_the_same_bytes(zorgstroom: Run, tmp_path: Path) -> None:
    first, again = tmp_path / "first.parquet", tmp_path / "again.parquet"
    visits = written(zorgstroom, first, "extra-plek", "--replication", 3)
    written(zorgstroom, again, "extra-plek", "--replication", 3)
    assert first.read_bytes() == again.read_bytes()
    assert len(visits) > 300


def test_another_replication_or_seed_is_other_luck(zorgstroom: Run, tmp_path: Path) -> None:
    visits = written(zorgstroom, tmp_path / "a.parquet", "autonoom")
    assert not visits.equals(written(zorgstroom, tmp_path / "b.parquet", "autonoom", "--replication", 1))
    assert not visits.equals(written(zorgstroom, tmp_path / "c.parquet", "autonoom", "--seed", 2))


def test_two_scenarios_are_the_same_before_they_differ(zorgstroom: Run, tmp_path: Path) -> None:
    before = written(zorgstroom, tmp_path / "before.parquet", "autonoom")
    after = written(zorgstroom, tmp_path / "after.parquet", "extra-plek")
    assert list(before["person"]) == list(after["person"])  # the same people come
    early = before["start"].lt(FIRST_DIFFERENCE) & before["start"].notna()
    assert early.sum() > 50
    pd.testing.assert_series_equal(before.loc[early, "start"], after.loc[early, "start"])
    assert after["start"].isna().sum() <= before["start"].isna().sum()
    assert not before["start"].equals(after["start"])


def test_unfinished_visits_have_null_times(zorgstroom: Run, tmp_path: Path) -> None:
    visits = written(zorgstroom, tmp_path / "v.parquet", "autonoom")
    in_care = visits[visits["outcome"] == "in_care"]
    assert len(in_care) > 0
    assert in_care["end"].isna().all()
    assert in_care["next"].isna().all()
    assert visits.loc[visits["outcome"] == "waiting", "start"].isna().all()
    assert (visits.loc[visits["outcome"] == "moved_on", "next"] == "klaar").all()
    assert visits["person"].str.fullmatch("[0-9a-f]{16}").all()


def test_the_file_says_what_it_holds(zorgstroom: Run, tmp_path: Path) -> None:
    file = tmp_path / "v.parquet"
    written(zorgstroom, file, "autonoom", "--until", "2025-01-01")
    said = {k.decode(): v.decode() for k, v in pq.read_schema(file).metadata.items()}
    assert said["start_date"] == "2024-01-01"
    assert said["horizon"] == str(366 * 1440)
    assert (said["scenario"], said["replication"], said["seed"]) == ("autonoom", "0", "1")
