"""Tables a municipality brings: what can be read without guessing is read, the rest is refused with line, reason and mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.data import base_model
from sim.errors import InputError
from sim.forecasting.files import Key, read_external, read_history, read_population
from sim.model import Model, load_model

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(base_model())


def write(folder: Path, *lines: str) -> Path:
    file = folder / "tellingen.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_semicolons_decimal_commas_gaps_and_a_break_are_read(model: Model, tmp_path: Path) -> None:
    file = write(
        tmp_path, "Route;Jaar;Aanmeldingen;Breuk", "huisarts;2019;2600,5;", "", "huisarts;2021;2.750.000,0;", "HUISARTS;2023;2800;ja"
    )
    (figures,) = read_history(file, model).by_key().values()
    assert [(f.year, f.value, f.broken) for f in figures] == [(2019, 2600.5, False), (2021, 2_750_000.0, False), (2023, 2800.0, True)]


def test_commas_and_a_byte_order_mark_are_read(model: Model, tmp_path: Path) -> None:
    file = tmp_path / "excel.csv"
    file.write_text("stream,year,count\r\nhuisarts,2023,2800.5\r\n", encoding="utf-8-sig")
    assert read_history(file, model).figures[0].value == 2800.5


def test_one_year_is_enough(model: Model, tmp_path: Path) -> None:
    assert len(read_history(write(tmp_path, "stroom;jaar;aantal", "huisarts;2023;2800"), model).figures) == 1


def test_months_add_up_to_years_and_what_is_no_whole_year_is_said(model: Model, tmp_path: Path) -> None:
    months = [f"huisarts;2022-{month:02d};200" for month in range(1, 13)] + ["huisarts;2023-01;210"]
    read = read_history(write(tmp_path, "stroom;periode;aantal", *months), model)
    assert [(f.year, f.value) for f in read.figures] == [(2022, 2400.0)]
    assert read.left_out == ("huisarts 2023: 1 of 12 parts of the year",)


@pytest.mark.parametrize(
    ("line", "what", "mend"),
    [
        ("huisarts;2023;2.800;", "can be read in two ways", "2800"),
        ("huisarts;2023;veel;", "is not a number", "leave the line out"),
        ("huisarts;2023;;", "has no number", "a missing year is allowed"),
        ("huisarts;2023;-3;", "is below 0", "0 or more"),
        ("huisart;2023;5;", "there is no stream", "huisarts"),
        ("huisarts;2023-13;5;", "is not a period", "2023-01"),
        ("huisarts;1823;5;", "lies outside 1990 to 2100", "correct the year"),
        ("huisarts;2023;5;misschien", "is not ja or nee", "write ja"),
        ("huisarts;2023;5", "3 cells, the header 4", "every column a cell"),
        ("huisarts;2019;5;", "twice, here and on line 2", "keep one line"),
        ("huisarts;2023-Q1;5;", "mixes years", "keep one of the two"),
    ],
)
def test_a_line_that_would_have_to_be_guessed_is_refused(model: Model, tmp_path: Path, line: str, what: str, mend: str) -> None:
    file = write(tmp_path, "stroom;jaar;aantal;breuk", "huisarts;2019;2600;", line)
    with pytest.raises(InputError) as caught:
        read_history(file, model)
    (fault,) = caught.value.faults
    assert fault.line == 3
    assert what in fault.what
    assert mend in str(fault)


def test_all_faults_of_a_table_come_at_once(model: Model, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_history(write(tmp_path, "stroom;jaar;aantal", "huisart;2019;5", "huisarts;20x;5", "huisarts;2021;x"), model)
    assert [fault.line for fault in caught.value.faults] == [2, 3, 4]


@pytest.mark.parametrize("lines", [(), ("stroom;jaar",), ("stroom;jaar;aantal;kleur", "huisarts;2023;5;rood"), ("stroom;jaar;aantal",)])
def test_a_table_without_what_it_needs_is_refused(model: Model, tmp_path: Path, lines: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        read_history(write(tmp_path, *lines), model)


def test_totals_beside_their_parts_are_refused(model: Model, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mixes totals with parts"):
        read_history(write(tmp_path, "stroom;jaar;gebied;aantal", "huisarts;2023;;900", "huisarts;2023;Noord;90"), model)


def test_a_projection_and_a_forecast_made_elsewhere_are_read(model: Model, tmp_path: Path) -> None:
    people = read_population(write(tmp_path, "gebied;leeftijd;datum;personen", "Noord;80+;2027-01-01;1900"), model)
    assert people.figures[0].key == Key(None, "Noord", "80+")
    other = read_external(write(tmp_path, "stroom;jaar;aantal;laag;hoog;eenheid", "wmo_huishouden;2030;104,5;99;110;index"), model)
    assert (other.figures[0].value, other.figures[0].low, other.figures[0].high) == (104.5, 99.0, 110.0)
    with pytest.raises(InputError, match="does not hold"):
        read_external(write(tmp_path, "stroom;jaar;aantal;laag;hoog", "wmo_huishouden;2030;104,5;106;110"), model)
