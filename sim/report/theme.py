"""A look of one's own: a style sheet laid over the report's, refused where it would fetch anything."""

from __future__ import annotations

import re
from pathlib import Path

from sim.errors import Fault, InputError

_COMMENT = re.compile(r"/\*.*?\*/", re.S)
_REFUSED = (
    (re.compile(r"@import", re.I), "it imports another style sheet", "copy its rules into this file"),
    (re.compile(r"url\(\s*['\"]?(?!data:|#)", re.I), "it fetches a file by url(...)", "embed pictures and fonts as data: addresses"),
    (re.compile(r"https?:", re.I), "it names an address on a network", "embed pictures and fonts as data: addresses"),
    (re.compile(r"<"), "it holds markup", "write style rules alone"),
    (re.compile(r"\\"), "it holds a backslash escape, which may hide an address", "write the character itself"),
)


def read_theme(file: Path) -> str:
    """The rules of a style sheet. Raises ``InputError`` for what cannot be read, or would make the page fetch something."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Fault(f"cannot be read: {error}", str(file), field="--theme", mend="give a style sheet in UTF-8")]) from error
    bare = _COMMENT.sub(lambda found: "\n" * found.group().count("\n"), text)
    faults = []
    for pattern, what, mend in _REFUSED:
        found = pattern.search(bare)
        if found:
            faults.append(Fault(what, str(file), bare.count("\n", 0, found.start()) + 1, "--theme", mend=mend))
    if faults:
        raise InputError(faults)
    return bare
