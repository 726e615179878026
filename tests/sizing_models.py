"""One queue of any size as a model on disk, for tests that size it."""

from __future__ import annotations

import re
from pathlib import Path

from command import ONE_QUEUE

DAYS = 365.25


def queue_model(folder: Path, *, per_day: float, stay: float, places: int, patience: float | None = None) -> Path:
    """The example of one queue with other numbers: arrivals per day, mean stay, places, mean patience; days. Without a backlog."""
    text = (ONE_QUEUE / "model.yaml").read_text(encoding="utf-8")
    rate = per_day * DAYS / 2  # per 1000 of 2000 inhabitants
    for old, new in (
        (r"value: 27\.4(.*?)range: \[25, 30\]", rf"value: {rate!r}\1range: [{rate / 2!r}, {rate * 2!r}]"),
        (r"value: 5(\n\s+unit: places.*?)range: \[4, 6\]", rf"value: {places}\1range: [1, {2 * places}]"),
        (r"value: 30(\n\s+unit: days.*?)range: \[25, 35\]", rf"value: {stay!r}\1range: [{stay / 2!r}, {stay * 2!r}]"),
        (r"    warm_start:.*?    routes:", "    routes:"),
        (r"until: 2034-01-01", "until: 2028-01-01"),
    ):
        text, found = re.subn(old, new, text, count=1, flags=re.DOTALL)
        assert found == 1, old
    if patience is not None:
        number = f'{{value: {patience!r}, unit: days, kind: assumption, source: "test", range: [{patience / 2!r}, {patience * 2!r}]}}'
        more = f"    patience: {{distribution: exponential, mean: {number}}}\n    renege: {{weg: {{to: weg, share: rest}}}}\n    routes:"
        text = text.replace("    routes:", more, 1)
        text = text.replace("kind: done}", "kind: done}\n  weg: {title: {nl: Weg, en: Gone}, kind: lost}", 1)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.yaml").write_text(text, encoding="utf-8")
    return folder
