"""The report's fixed texts in Dutch and English, from ``templates/texts.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

TEXTS = Path(__file__).parent / "templates" / "texts.yaml"


@cache
def texts_of(file: Path) -> dict[str, dict[str, str]]:
    """A file of texts: key -> language -> text."""
    loaded = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    return {str(key): {lang: str(text).strip() for lang, text in both.items()} for key, both in loaded.items()}


def text_keys(file: Path = TEXTS) -> tuple[str, ...]:
    """All text keys, in file order."""
    return tuple(texts_of(file))


def say(lang: str, key: str, **values: object) -> str:
    """The text ``key`` in ``lang`` with its placeholders filled; an unknown key is a ``KeyError``."""
    text = texts_of(TEXTS)[key][lang]
    return text.format(**values) if values else text


def known(lang: str, key: str, otherwise: str) -> str:
    """The text ``key``, or ``otherwise`` for names the report has no words for."""
    both = texts_of(TEXTS).get(key)
    return both[lang] if both else otherwise
