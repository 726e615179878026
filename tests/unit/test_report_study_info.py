"""A StudyInfo survives its JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from invented_study import invented_study

from sim.report.study_info import Bilingual, StudyInfo

pytestmark = pytest.mark.unit


def test_json_there_and_back() -> None:
    info = replace(invented_study(), failed_cells=("a, replication 1: fout",), inputs=(("model/x.yaml", "abc"),), headline_year=2022)
    assert StudyInfo.from_json(info.to_json()) == info


def test_json_is_the_same_text_each_time() -> None:
    assert invented_study().to_json() == invented_study().to_json()


def test_an_unknown_key_is_named() -> None:
    document = json.loads(invented_study().to_json()) | {"herhalingen": 3}
    with pytest.raises(ValueError, match="herhalingen"):
        StudyInfo.from_json(json.dumps(document))


def test_full_years_leave_out_the_broken_ends() -> None:
    info = replace(invented_study(), start="2019-03-01", until="2022-07-01")
    assert info.full_years() == (2020, 2021)
    assert replace(info, start="2019-01-01", until="2019-07-01").full_years() == ()


def test_a_missing_language_falls_back_on_the_other() -> None:
    assert Bilingual("nl", "").text("en") == "nl"
    assert Bilingual("", "en").text("nl") == "en"


def test_an_unknown_scenario_has_its_name_as_title() -> None:
    assert invented_study().scenario("nieuw").title.text("nl") == "nieuw"
