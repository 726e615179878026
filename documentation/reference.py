"""The pages that are made from the code alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from documentation import commands, files
from sim.indicators import definitions

PAGES: Mapping[str, Callable[[], str]] = {
    "docs/reference/commands.md": commands.page,
    "docs/reference/files.md": files.page,
    "docs/indicators.md": definitions.page,
}
