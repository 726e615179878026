"""YAML 1.2 to located maps and lists.

Built on the events of ruamel.yaml rather than on its constructors: that keeps a line for every key and item, lets one file show all its
duplicate keys at once, and bounds what aliases may unfold to before anything walks over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sim.errors import Fault
from sim.model.located import LocatedList, LocatedMap, Mark
from sim.model.text_file import YAML_LIMIT, TextFile, read_text

MOST_PARTS = 500_000  # maps, lists and values of one file, aliases unfolded
DEEPEST = 40

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0o[0-7]+\Z|0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def plain_value(text: str) -> Any:
    """What an unquoted scalar means in the core schema of YAML 1.2, ISO dates added. A date that does not exist stays text."""
    if text in _NULL:
        return None
    if text[0] not in "0123456789+-.":
        return _BOOL.get(text, text)
    if _INT.match(text):
        return int(text) if len(text) <= 18 else float(text)
    if _FLOAT.match(text):
        return float(text)
    if _DATE.match(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    if _BASED.match(text):
        return int(text, 0) if len(text) <= 17 else float("inf")
    special = _SPECIAL.match(text)
    if special:
        return float("nan") if special.group(3) else float(f"{special.group(1)}inf")
    return text


class _RefusedError(Exception):
    """Reading of this file stops here."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass
class _Open:
    """A map or list whose end has not been read yet."""

    part: LocatedMap | LocatedList
    anchor: str | None
    weight: int = 1
    key: Any = None
    key_mark: Mark | None = None
    first_line: dict[Any, int] = field(default_factory=dict)


class _Builder:
    """Turns events into located parts; iterative, so that depth costs no stack."""

    def __init__(self, name: str, faults: list[Fault]) -> None:
        self.name = name
        self.faults = faults
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.root: Any = None
        self.documents = 0

    def refuse(self, what: str, mend: str, line: int) -> _RefusedError:
        return _RefusedError(Fault(what, self.name, line, ".".join(str(o.key) for o in self.stack if o.key is not None), mend=mend))

    def build(self, events: Iterator[Any]) -> Any:
        for event in events:
            kind = type(event)
            if kind is ScalarEvent:
                line = event.start_mark.line + 1
                self.check_tag(event, line)
                value = event.value if event.style else plain_value(event.value)
                if event.anchor:
                    self.anchors[event.anchor] = (value, 1)
                self.add(value, Mark(self.name, line), 1)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self.begin(event, LocatedMap if kind is MappingStartEvent else LocatedList)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                done = self.stack.pop()
                if done.anchor:
                    self.anchors[done.anchor] = (done.part, done.weight)
                self.add(done.part, done.part.mark, done.weight)
            elif kind is AliasEvent:
                self.unfold(event.anchor, event.start_mark.line + 1)
            elif kind is DocumentStartEvent:
                self.documents += 1
                if self.documents > 1:
                    line = event.start_mark.line + 1
                    raise self.refuse("holds more than one YAML document", "remove the line `---` and what follows it", line)
        return self.root

    def begin(self, event: Any, shape: type[LocatedMap] | type[LocatedList]) -> None:
        line = event.start_mark.line + 1
        self.check_tag(event, line)
        if len(self.stack) >= DEEPEST:
            raise self.refuse(f"is nested more than {DEEPEST} deep", "no part of the format is that deep", line)
        self.stack.append(_Open(shape(Mark(self.name, line)), event.anchor))

    def check_tag(self, event: Any, line: int) -> None:
        tag = event.tag
        if tag is not None and str(tag) != "!":
            raise self.refuse(f"uses the YAML tag {tag!s}", "write the value without a tag; quote what must stay text", line)

    def unfold(self, anchor: str, line: int) -> None:
        if any(part.anchor == anchor for part in self.stack):
            raise self.refuse(f"the alias *{anchor} stands inside what it stands for", "write the part out", line)
        if anchor not in self.anchors:
            what = f"the alias *{anchor} has no anchor &{anchor} before it"
            raise self.refuse(what, "write the anchor first, or write the part out", line)
        value, weight = self.anchors[anchor]
        self.add(value, Mark(self.name, line), weight)

    def add(self, value: Any, mark: Mark, weight: int) -> None:
        """Put a finished part where it belongs: at the root, in a list, or in a map as key or value."""
        if not self.stack:
            self.root = value
            return
        top = self.stack[-1]
        top.weight += weight
        if top.weight > MOST_PARTS:
            raise self.refuse(f"unfolds to more than {MOST_PARTS} parts", "use fewer aliases, or tables", mark[1])
        part = top.part
        if isinstance(part, LocatedList):
            part.put(value, mark)
        elif top.key_mark is None:
            if isinstance(value, (dict, list)) or value is None:
                raise self.refuse("a key is not a plain name", "write `name: value`", mark[1])
            top.key, top.key_mark = value, mark
        else:
            self.put(top, part, value)
            top.key, top.key_mark = None, None

    def put(self, top: _Open, part: LocatedMap, value: Any) -> None:
        key, mark = top.key, top.key_mark
        assert mark is not None
        if key in part:
            field_name = ".".join(str(o.key) for o in self.stack if o.key is not None)
            what = f"the key {key!s} is written twice in one map, on line {part.marks[key][1]} and on line {mark[1]}"
            self.faults.append(Fault(what, self.name, mark[1], field_name, mend="keep one of the two"))
        else:
            part.put(key, value, mark)


def parse_yaml(file: TextFile, faults: list[Fault]) -> LocatedMap | None:
    """The located map a YAML text holds; None, with faults added, where it does not hold one."""
    root, found = _parsed(file.name, file.text)
    faults.extend(found)
    return root


@lru_cache(maxsize=64)
def _parsed(name: str, text: str) -> tuple[LocatedMap | None, tuple[Fault, ...]]:
    """Parsing is most of the time of a load, and studies load the same files often; nobody changes a located part."""
    faults: list[Fault] = []
    builder = _Builder(name, faults)
    try:
        root = builder.build(iter(YAML(typ="safe", pure=True).parse(text)))
    except _RefusedError as refused:
        faults.append(refused.fault)
        return None, tuple(faults)
    except MarkedYAMLError as error:
        faults.append(_syntax_fault(name, text, error))
        return None, tuple(faults)
    except (YAMLError, ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError) as error:
        # ruamel.yaml has corners (control characters, odd directives) that end in other exceptions than its own
        position = getattr(error, "position", None)
        line = text[:position].count("\n") + 1 if isinstance(position, int) else 1
        what = f"cannot be read as YAML: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        faults.append(Fault(what, name, line, mend="save it as plain YAML text"))
        return None, tuple(faults)
    if root is None:
        faults.append(Fault("is empty", name, 1, mend="write at least one `key: value`"))
        return None, tuple(faults)
    if not isinstance(root, LocatedMap):
        faults.append(Fault("does not hold `key: value` pairs at its top", name, 1, mend="start with keys such as `title:`"))
        return None, tuple(faults)
    return root, tuple(faults)


def _syntax_fault(name: str, text: str, error: MarkedYAMLError) -> Fault:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark is not None else 1
    lines = text.splitlines()
    at = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in at[: len(at) - len(at.lstrip())] or "'\\t'" in str(error.problem):
        return Fault("a tab is used for indentation", name, line, mend="indent with spaces")
    problem = " ".join(str(part) for part in (error.context, error.problem) if part)
    began = error.context_mark.line + 1 if error.context_mark is not None else line
    since = f" (begun on line {began})" if began != line else ""
    return Fault(f"is not YAML: {problem}{since}", name, line, mend="check colons, indentation, brackets and quotes near this line")


def read_yaml(path: Path, faults: list[Fault]) -> LocatedMap | None:
    """The located map in the YAML file at ``path`` (at most 5 MB); None, with faults added, where there is none."""
    file = read_text(path, YAML_LIMIT, faults)
    return None if file is None else parse_yaml(file, faults)
