"""The report's fixed texts in Dutch and English, from ``templates/texts.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

TEXTS = Path(__file__).parent / "templates" / "texts.toml"


@cache
def texts_of(file: Path) -> dict[str, dict[str, str]]:
    """A file of texts: key -> language -> text."""
    return dict(_flat(tomllib.loads(file.read_text(encoding="utf-8"))))


def _flat(nested: dict[str, Any], before: str = "") -> Iterator[tuple[str, dict[str, str]]]:
    """A key may have texts and be the beginning of other keys."""
    for key, inside in nested.items():
        if texts := {lang: text for lang, text in inside.items() if isinstance(text, str)}:
            yield before + key, texts
        yield from _flat({k: v for k, v in inside.items() if isinstance(v, dict)}, f"{before}{key}.")


def text_keys(file: Path = TEXTS) -> tuple[str, ...]:
    """All text keys."""
    return tuple(texts_of(file))


def say(lang: str, key: str, **values: object) -> str:
    """The text ``key`` in ``lang`` with its placeholders filled; an unknown key is a ``KeyError``."""
    text = texts_of(TEXTS)[key][lang]
    return text.format(**values) if values else text


def known(lang: str, key: str, otherwise: str) -> str:
    """The text ``key``, or ``otherwise`` for names the report has no words for."""
    both = texts_of(TEXTS).get(key)
    return both[lang] if both else otherwise
