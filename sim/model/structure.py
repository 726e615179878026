"""From located parts to pydantic models, with every fault of the structure told at once by file, line and nearest name.

After the faults are noted the damaged parts are cut away and the rest is validated again, so that the checks of meaning can run on what
is sound and a user sees one list instead of a new fault after every mend.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, model_validator

from sim.errors import Fault, listing, nearest_name
from sim.model.located import LocatedList, LocatedMap, Mark, mark_of, part_at

Path = tuple[Any, ...]
MOST_ROUNDS = 12

_MENDS = {
    "source": "say where the number comes from: document and place, the formula, or the reason",
    "range": "give the plausible band: `range: [low, high]` or `range: {relative: [0.8, 1.25]}`",
    "kind": "say how it is known: `kind: reported`, `derived` or `assumption`",
    "unit": "name the unit, for example `unit: days`",
    "start": "give a date, the first of a month: `start: 2019-01-01`",
    "evidence": "say how it is known: `evidence: measured`, `reported` or `assumption`",
    "scope": "say for whom it holds: `scope: {gebied: all, age: all}`",
}


class Spec(BaseModel):
    """Base of everything read from a file: strict, frozen, no unknown keys."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)
    mends: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _tell_unknown_keys(cls, data: Any, info: ValidationInfo) -> Any:
        """Note unknown keys here, where the valid ones are known, and go on without them."""
        if not isinstance(data, LocatedMap) or not isinstance(info.context, Notes):
            return data
        unknown = [key for key in data if key not in cls.model_fields]
        for key in unknown:
            info.context.unknown.append((data.marks[key], key, tuple(cls.model_fields), data))
        return data.without(unknown) if unknown else data


S = TypeVar("S", bound=Spec)


@dataclass
class Notes:
    """What the validators note on their way: unknown keys with the names that would have been valid there."""

    unknown: list[tuple[Mark, Any, tuple[str, ...], LocatedMap]] = field(default_factory=list)


@dataclass(frozen=True)
class Structure(Generic[S]):
    """The sound part of a file as a spec (None when nothing is left), and the parts that were cut away."""

    spec: S | None
    damaged: frozenset[Path]

    def is_damaged(self, *path: Any) -> bool:
        """Whether anything within ``path`` was cut away."""
        return any(cut[: len(path)] == path for cut in self.damaged)


def read_structure(
    cls: type[S],
    root: LocatedMap,
    faults: list[Fault],
    fallback: Mapping[str, Any] | None = None,
    items: Mapping[str, Mapping[str, Any]] | None = None,
) -> Structure[S]:
    """Validate ``root`` as ``cls``; ``fallback`` fills required top-level keys that are missing or wrong, after the fault is noted.

    ``items``: per top-level list the same for the keys of its items; None there leaves the key out.
    """
    data = root.without(())
    cut: set[Path] = set()
    for round_number in range(MOST_ROUNDS):
        notes = Notes()
        try:
            spec = cls.model_validate(data, context=notes)
        except ValidationError as error:
            details = error.errors(include_url=False)
        else:
            details = []
        if round_number == 0:
            places = _places(data)
            unknown = [_unknown_key_fault(note, places) for note in notes.unknown]
            faults.extend(unknown)
            meant = {_sibling(fault.field, fault.nearest) for fault in unknown if fault.nearest}
            cut.update((*places.get(id(note[3]), ()), fault.nearest) for note, fault in zip(notes.unknown, unknown, strict=True))
            found = [_fault(data, detail) for detail in details]
            faults.extend(
                fault for fault, detail in zip(found, details, strict=True) if detail["type"] != "missing" or fault.field not in meant
            )
        if not details:
            return Structure(spec, frozenset(cut))
        for detail in details:
            path = _path_in(data, detail["loc"])
            missing = detail["type"] == "missing"
            if len(path) > 2 and path[2] in (items or {}).get(path[0], ()):
                cut.add(path[:3])
                _fill(data, path[:3], items[path[0]][path[2]] if items else None, root.mark)
                continue
            victim = path[:-1] if missing and len(path) > 1 else path
            cut.add(victim)
            if len(victim) == 1 and fallback is not None and victim[0] in fallback:
                data = data.without([victim[0]])
                data.put(victim[0], fallback[victim[0]], root.mark)
            elif missing and len(path) == 1:
                return Structure(None, frozenset(cut))
            else:
                data = _pruned(data, victim)
    return Structure(None, frozenset(cut))


def _path_in(root: Any, loc: Sequence[Any]) -> Path:
    """Where in the data a pydantic location is: names of union branches (``<dist>``, or the value that tells them apart) are left out."""
    here = root
    path: list[Any] = []
    entered = True
    for i, key in enumerate(loc):
        if key == "[key]" or (isinstance(key, str) and key.startswith("<")):
            continue
        if entered and isinstance(here, dict) and key in (here.get("distribution"), here.get("per")):  # a union told apart by such a key
            entered = False
            continue
        entered = True
        if (isinstance(here, dict) and key in here) or (isinstance(here, list) and isinstance(key, int) and key < len(here)):
            here = here[key]
            path.append(key)
        elif i == len(loc) - 1 and isinstance(here, dict):
            path.append(key)
    return tuple(path)


def _fill(root: LocatedMap, path: Path, value: object, mark: Mark) -> None:
    """Put ``value`` at a key of an item of a list, or leave the key out. Lists and items are copied, so what was read stays as it was."""
    group, number, key = path
    if not isinstance(root.get(group), LocatedList) or not isinstance(root[group][number], LocatedMap):
        return
    copy = LocatedList(root[group].mark)
    for i, (item, at) in enumerate(zip(root[group], root[group].marks, strict=True)):
        copy.put(item.without([key]) if i == number else item, at)
    if value is not None:
        copy[number].put(key, value, mark)
    root.put(group, copy, root.marks[group])


def _pruned(root: LocatedMap, path: Path) -> LocatedMap:
    """A copy of ``root`` without the part at ``path``; a damaged item takes its whole list along."""
    key = path[0]
    if key not in root:
        return root
    copy = root.without([key])
    inner = root[key]
    if len(path) > 1 and isinstance(inner, LocatedMap):
        copy.put(key, _pruned(inner, path[1:]), root.marks[key])
    return copy


def _places(root: LocatedMap) -> dict[int, Path]:
    """Path of every map, by identity (the first place for one that aliases repeat)."""
    found: dict[int, Path] = {}
    todo: list[tuple[Any, Path]] = [(root, ())]
    while todo:
        part, path = todo.pop()
        if id(part) in found:
            continue
        found[id(part)] = path
        items: Iterable[tuple[Any, Any]] = part.items() if isinstance(part, LocatedMap) else enumerate(part)
        todo.extend((value, (*path, key)) for key, value in items if isinstance(value, (LocatedMap, LocatedList)))
    return found


def dotted(path: Iterable[Any]) -> str:
    """A path as users write it."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return text


def _sibling(field: str, name: str) -> str:
    """The field called ``name`` beside ``field``: where that key is missing, a misspelled one has told it already."""
    return f"{field.rpartition('.')[0]}.{name}".lstrip(".")


def _unknown_key_fault(note: tuple[Mark, Any, tuple[str, ...], LocatedMap], places: Mapping[int, Path]) -> Fault:
    (file, line), key, valid, part = note
    nearest = nearest_name(key, valid)
    path = dotted((*places.get(id(part), ()), key))
    mend = f"write {nearest!r}, or leave it out" if nearest else f"valid here: {listing(valid)}"
    return Fault(f"there is no key {str(key)!r} here", file, line, path, nearest, mend)


def _fault(data: LocatedMap, detail: Any) -> Fault:
    """A pydantic error in the words of the format."""
    kind, loc, message = detail["type"], detail["loc"], detail["msg"]
    path = _path_in(data, loc)
    key = str(path[-1]) if path else ""
    value = part_at(data, path)
    usual_mend = _MENDS.get(key, "")
    context = detail.get("ctx", {})

    def fault(what: str, mend: str, nearest: str | None = None, at: Path = path) -> Fault:
        return Fault(what, *mark_of(data, at), dotted(at), nearest, usual_mend or mend)

    if kind.startswith("format_"):
        what, _, mend = message.partition("; ")
        return fault(what, mend)
    if kind == "missing":
        return fault(f"the key {key!r} is missing", f"add `{key}:`")
    if loc[-1:] == ("[key]",):
        if kind == "string_pattern_mismatch":
            return fault(f"the name {key!r} is not lower_snake_case", "use a-z, 0-9 and _, and begin with a letter")
        return fault(f"the name {key} is not text", f'put it between quotes: "{key}"')
    if value is None:
        return fault(f"{key!r} has no value", f"give {key!r} a value, or leave it out")
    if kind == "literal_error":
        options = _options(context["expected"])
        mend = f"choose one of {listing(options)}"
        return fault(f"{key!r} is {_written(value)}, which is not one of {listing(options)}", mend, nearest_name(value, options))
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        tag = str(context["discriminator"]).strip("'")
        if kind == "union_tag_not_found":
            return fault(f"the key {tag!r} is missing", f"add `{tag}:`")
        options = _options(context["expected_tags"])
        what = f"{tag!r} is {context['tag']!r}, which is not one of {listing(options)}"
        return fault(what, f"choose one of {listing(options)}", nearest_name(context["tag"], options), (*path, tag))
    if kind in ("too_short", "too_long") and value:
        bound = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        return fault(f"{key!r} has {context['actual_length']} items, where {bound} are expected", "write the right number of items")
    if kind == "too_short":
        return fault(f"{key!r} has nothing in it", f"write something in {key!r}, or leave it out")
    wanted, mend = _WANTED.get(kind, ("", "see docs/model-format.md"))
    return fault(
        f"{key!r} is {_written(value)}, where {wanted} is expected" if wanted else f"{key!r} is {_written(value)}: {message}", mend
    )


_WANTED = {
    "string_type": ("text", "write text; quote it where YAML would read a number or a date"),
    "string_too_short": ("text that is not empty", "write text"),
    "string_pattern_mismatch": ("a name in lower_snake_case", "use a-z, 0-9 and _, and begin with a letter"),
    "float_type": ("a number", "write a number, with a point for decimals"),
    "finite_number": ("a finite number", "write a number"),
    "int_type": ("a whole number", "write a whole number"),
    "bool_type": ("true or false", "write `true` or `false`"),
    "date_type": ("a date", "write a date as 2024-01-01"),
    "list_type": ("a list", "write a list: [a, b]"),
    "dict_type": ("a map", "write `name: ...` pairs"),
    "model_type": ("a map", "write `key: value` pairs"),
    "model_attributes_type": ("a map", "write `key: value` pairs"),
    "greater_than_equal": ("a larger number", "write a larger number"),
    "less_than_equal": ("a smaller number", "write a smaller number"),
}


def _options(expected: str) -> list[str]:
    return [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]


def _written(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return f"a {'list' if isinstance(value, list) else 'map'}{'' if value else ' without anything in it'}"
    text = repr(value) if isinstance(value, (str, int, float)) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."
