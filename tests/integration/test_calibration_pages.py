"""The page on a calibration and the chapter in the report, from an invented fit of the shipped model."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from invented_fit import figure_rows, unknown_rows, write_invented_backtest, write_invented_fit, write_invented_recovery
from invented_study import invented_indicators, invented_study

from calibration.pages import write_pages
from sim.data import base_model
from sim.experiment.reported import load_reported
from sim.model import Model, load_model
from sim.report.chapters.calibration import calibration
from sim.report.context import Context
from sim.report.results import Results
from sim.report.tile_map import TileMap

pytestmark = pytest.mark.integration
OUTSIDE = ("wacht_ambulant_2022", "wmo_charlois")
UNKNOWNS = [*(f"nodes.vraaganalyse.x{i}.mean" for i in range(12)), "effect:poh:nodes.huisarts.share"]


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(base_model())


@pytest.fixture(scope="module")
def figures(model: Model) -> pd.DataFrame:
    targets = load_reported(model)
    return figure_rows(targets, [t.part or model.spec.nodes[t.nodes[0]].part for t in targets], OUTSIDE)


def write_everything(out: Path, figures: pd.DataFrame) -> None:
    write_invented_fit(out, figures, unknown_rows(UNKNOWNS, learnt=3))
    write_invented_backtest(out, figures[figures["use"] == "holdout"], mere=2)
    ranks = np.stack([(np.arange(40) + 3 * j) % 41 for j in range(len(UNKNOWNS))], axis=1)
    ranks[:, 0] = 0  # a truth that is always below every member
    write_invented_recovery(out, ranks, UNKNOWNS)


@pytest.fixture(scope="module")
def folder(model: Model, figures: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fit")
    write_everything(out, figures)
    write_pages(out, model, "nl")
    return out


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return unescape((folder / "calibration.html").read_text(encoding="utf-8"))


def test_the_page_asks_no_host_for_anything(page: str) -> None:
    assert not re.search(r'(?:src|href)="(?!#|data:,)', page)
    assert not re.findall(r"url\((?!#)", page)
    assert "default-src 'none'" in page
    assert "<script" not in page


def test_every_figure_stands_on_the_page_with_a_table_behind_each_picture(page: str, figures: pd.DataFrame) -> None:
    for title in figures["title"]:
        assert title in page, title
    assert page.count("<figure ") == page.count("Tabel bij deze figuur")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "nan" not in re.findall(r">([^<>]*)</td>", page)


def test_what_is_outside_is_named_on_the_page_and_on_the_map(page: str) -> None:
    assert "Wachttijd specialistische jeugdhulp eind 2022, 2022-Q4: gerapporteerd 14 weken" in page
    assert "Aandeel Wmo, per gebied: van 14 gebieden ligt het cijfer buiten het interval van het model in Charlois." in page
    assert "Aandeel jeugdzorg, per gebied: in alle 14 gebieden ligt het cijfer binnen" in page


def test_what_was_learnt_and_what_no_figure_pins_down_is_counted(page: str) -> None:
    assert "Van 3 van de 13 onbekenden is de spreiding met minstens 20% afgenomen" in page
    assert "10 van de 13 onbekenden (77%) houden na het afstellen meer dan 80% van hun spreiding" in page
    assert "Over geen van de 1 effecten" in page
    for name in UNKNOWNS:
        assert f">{name}<" in page


def test_the_backtest_names_what_is_mere_prior_and_claims_no_more_than_the_scores(page: str, figures: pd.DataFrame) -> None:
    held = figures[figures["use"] == "holdout"]
    assert f"2 van de {len(held)} voorspellingen zijn niet meer dan de band vooraf" in page
    assert re.search(r"Tegenover de laatst bekende waarde: CRPS 1,00 tegen \d,\d\d over \d cijfers; het verschil is niet zeker", page)
    assert "Tegenover een rechte trend door drie of meer eerdere punten: CRPS 1,00 tegen 0,50" in page
    assert "slechter" in page


def test_the_recovery_warns_of_ranks_that_are_not_uniform(page: str) -> None:
    assert "Bij 1 van de 13 onbekenden zijn de rangen van de waarheid niet gelijkmatig" in page
    assert f"Het gaat om: {UNKNOWNS[0]}." in page
    assert "Gedraaid op een stad van 20% van de ware grootte" in page


def test_pictures_are_kept_as_svg_with_text_and_as_png(folder: Path, page: str) -> None:
    svg = {file.stem for file in (folder / "figures").glob("*.svg")}
    assert svg == {file.stem for file in (folder / "figures").glob("*.png")}
    assert len(svg) == page.count("<figure ")
    drawing = (folder / "figures" / "kaart-wmo-centrum.svg").read_text(encoding="utf-8")
    assert ">Charlois<" in drawing
    assert ">+100%<" in drawing


def test_the_same_files_give_the_same_bytes_and_stale_pictures_go(
    folder: Path, model: Model, figures: pd.DataFrame, tmp_path: Path
) -> None:
    write_everything(tmp_path, figures)
    (tmp_path / "figures").mkdir()
    for name in ("cijfers-99.svg", "gevoeligheid.svg"):
        (tmp_path / "figures" / name).write_text("<svg/>", encoding="utf-8")
    write_pages(tmp_path, model, "nl")
    mine = {file.relative_to(tmp_path): file.read_bytes() for file in tmp_path.rglob("*.*") if file.name != "gevoeligheid.svg"}
    assert mine == {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*.*")}
    assert (tmp_path / "figures" / "gevoeligheid.svg").exists()


def test_english_has_its_own_words(model: Model, figures: pd.DataFrame, tmp_path: Path) -> None:
    write_everything(tmp_path, figures)
    write_pages(tmp_path, model, "en")
    text = unescape((tmp_path / "calibration.html").read_text(encoding="utf-8"))
    assert '<html lang="en">' in text
    assert "What no figure can pin down" in text
    assert not re.search(
        r"\b(weken|cijfers|gerapporteerd|onbekenden)\b", re.sub(r'(id|href|aria-labelledby)="[^"]*"|url\([^)]*\)', "", text)
    )


def test_a_recovery_alone_makes_a_page_and_one_truth_claims_no_more_than_itself(model: Model, tmp_path: Path) -> None:
    write_invented_recovery(tmp_path, np.full((1, 13), 20), UNKNOWNS, 1.0)
    write_pages(tmp_path, model, "nl")
    text = unescape((tmp_path / "calibration.html").read_text(encoding="utf-8"))
    assert "In het 90%-interval ligt 100,0% van de ware waarden." in text
    assert "zoals beloofd" not in text
    assert "Wat deze kalibratie niet kan zeggen" not in text


def test_every_gebied_of_the_city_has_a_tile_of_its_own(model: Model) -> None:
    tiles = TileMap.of(model.directory)
    assert tiles is not None
    assert set(tiles.places) == set(model.gebieden) - {"overig", "regio"}
    assert len(set(tiles.places.values())) == len(tiles.places)


def test_the_report_has_the_chapter_only_for_a_study_that_used_this_ensemble(figures: pd.DataFrame, tmp_path: Path) -> None:
    write_invented_fit(tmp_path, figures, unknown_rows(UNKNOWNS, learnt=3))
    (tmp_path / "posterior.parquet").write_bytes(b"an ensemble")
    info = invented_study(scenarios=1)
    rows = invented_indicators(info)

    def chapter(*inputs: tuple[str, str]) -> list[object]:
        return list(calibration(Context(Results(rows, replace(info, inputs=inputs)), "nl"), tmp_path).blocks)

    used = hashlib.sha256(b"an ensemble").hexdigest()
    assert chapter(("posterior/posterior.parquet", used))
    assert not chapter(("posterior/posterior.parquet", "0" * 64))
    assert not chapter(("model/model.yaml", used))
