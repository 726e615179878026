"""The report's fixed texts in Dutch and English, from ``templates/texts.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

TEXTS = Path(__file__).parent / "templates" / "texts.yaml"


@cache
def _texts() -> dict[str, dict[str, str]]:
    loaded = YAML(typ="safe").load(TEXTS.read_text(encoding="utf-8"))
    return {str(key): {lang: str(text).strip() for lang, text in both.items()} for key, both in loaded.items()}


def text_keys() -> tuple[str, ...]:
    """All text keys, in file order."""
    return tuple(_texts())


def say(lang: str, key: str, **values: object) -> str:
    """The text ``key`` in ``lang`` with its placeholders filled; an unknown key is a ``KeyError``."""
    text = _texts()[key][lang]
    return text.format(**values) if values else text


def known(lang: str, key: str, otherwise: str) -> str:
    """The text ``key``, or ``otherwise`` for names the report has no words for."""
    both = _texts().get(key)
    return both[lang] if both else otherwise
