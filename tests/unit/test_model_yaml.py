"""Reading YAML: values of the 1.2 core schema with dates, and a line for every key."""

from __future__ import annotations

import math
from datetime import date

import pytest

from sim.errors import Fault, InputError, InternalError, ZorgstroomError, nearest_name
from sim.model.located import LocatedMap, mark_of, part_at
from sim.model.text_file import TextFile
from sim.model.yaml_reader import parse_yaml, plain_value

pytestmark = pytest.mark.unit


def read(text: str) -> tuple[LocatedMap | None, list[Fault]]:
    faults: list[Fault] = []
    return parse_yaml(TextFile("x.yaml", text, text.encode()), faults), faults


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("12", 12),
        ("-012", -12),
        ("0o14", 12),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1_000", "1_000"),
        ("0-17", "0-17"),
        ("80+", "80+"),
        ("2024-02-29", date(2024, 2, 29)),
        ("2023-02-29", "2023-02-29"),
        ("12:30", "12:30"),
        (".inf", math.inf),
        ("-.inf", -math.inf),
        ("99999999999999999999", 1e20),
    ],
)
def test_plain_scalars_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    found = plain_value(text)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_read_as_such() -> None:
    assert math.isnan(plain_value(".nan"))


def test_every_key_and_item_knows_its_line() -> None:
    root, faults = read("a: 1\nb:\n  c: {d: 2,\n      e: [3,\n 4]}\n")
    assert not faults
    assert root == {"a": 1, "b": {"c": {"d": 2, "e": [3, 4]}}}
    assert [mark_of(root, keys).line for keys in (["a"], ["b"], ["b", "c"], ["b", "c", "e"], ["b", "c", "e", 1])] == [1, 2, 3, 4, 5]
    assert mark_of(root, ["b", "absent", "d"]).line == 2
    assert part_at(root, ["b", "c", "e", 1]) == 4
    assert part_at(root, ["b", "c", "e", 7]) is None


def test_quoted_scalars_stay_text() -> None:
    root, _ = read("a: \"1\"\nb: '2024-01-01'\n")
    assert root == {"a": "1", "b": "2024-01-01"}


def test_aliases_stand_for_their_anchor() -> None:
    root, faults = read("a: &x {b: 1}\nc: *x\nd: &y 3\ne: *y\n")
    assert root == {"a": {"b": 1}, "c": {"b": 1}, "d": 3, "e": 3}
    assert not faults


def test_all_duplicate_keys_of_a_file_are_told_with_both_lines() -> None:
    root, faults = read("a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert root == {"a": 1, "b": {"c": 1}}
    assert [(fault.line, fault.field) for fault in faults] == [(2, "b.c"), (3, "a")]
    assert "on line 1 and on line 3" in faults[1].what


def test_the_nearest_name_ignores_case_and_gives_up_on_strangers() -> None:
    assert nearest_name("Noort", ["Noord", "Zuid"]) == "Noord"
    assert nearest_name("NOORD", ["noord"]) == "noord"
    assert nearest_name("Overschie", ["Noord", "Zuid"]) is None


def test_an_input_error_tells_each_fault_once_in_order_of_place() -> None:
    later, sooner = Fault("later", "x.yaml", 9, "b", mend="mend it"), Fault("sooner", "x.yaml", 2, "a", "c")
    error = InputError([later, sooner, later])
    assert error.faults == (sooner, later)
    assert str(error) == "x.yaml:2: a\n  sooner\n  did you mean 'c'?\n\nx.yaml:9: b\n  later\n  mend: mend it"
    assert isinstance(error, ZorgstroomError)
    assert not isinstance(InternalError("bug"), InputError)


def test_very_many_faults_are_cut_short_in_words_only() -> None:
    error = InputError([Fault("wrong", "x.yaml", line) for line in range(1, 301)])
    assert len(error.faults) == 300
    assert str(error).endswith("... and 100 more")
