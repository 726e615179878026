"""Pages made from the code are as fresh as the code."""

from __future__ import annotations

import pytest

from documentation.reference import PAGES

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("file", PAGES)
def test_a_page_made_from_the_code_is_fresh(file: str, request: pytest.FixtureRequest) -> None:
    written = (request.config.rootpath / file).read_text(encoding="utf-8")
    assert written == PAGES[file](), f"{file} is stale: python3 zorgstroom.py docs"
