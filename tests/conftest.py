"""Every test carries exactly one of the five markers, so that a part of the suite can be chosen and none is forgotten."""

from __future__ import annotations

import os

import pytest

KINDS = ("unit", "property", "theory", "integration", "e2e")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--networks", type=int, metavar="N", help="random networks to compare the engines on, of each of two sorts")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("networks"):
        os.environ["ZORGSTROOM_NETWORKS"] = str(config.getoption("networks"))  # read when the tests are imported


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    wrong = []
    for item in items:
        carried = [kind for kind in KINDS if item.get_closest_marker(kind)]
        if len(carried) != 1:
            wrong.append(f"{item.nodeid}: {', '.join(carried) or 'none'}")
    if wrong:
        raise pytest.UsageError(f"a test carries exactly one marker of {', '.join(KINDS)}; these do not:\n  " + "\n  ".join(wrong))
