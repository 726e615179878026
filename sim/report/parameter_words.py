"""Parameters and unknowns in words: ``Vraaganalyse: verblijfsduur`` for ``nodes.vraaganalyse.stay.scale``."""

from __future__ import annotations

from typing import Protocol

from sim.report.notation import capital, clean
from sim.report.wording import text_keys

ROUTES = ("routes", "renege", "aged_out", "interim_routes")


class Words(Protocol):
    """Who knows the titles of a model, in one language."""

    def say(self, key: str, **values: object) -> str: ...

    def node(self, name: str) -> str:
        """Title of a node, or of a measure."""
        ...

    def led_to(self, path: str) -> str:
        """Title of the node that a stream, or a route named after its end, leads to; empty where there is none."""
        ...


def unknown(c: Words, name: str) -> str:
    """An unknown in words: a parameter, or the effect of a measure on one."""
    kind, _, rest = name.partition(":")
    if kind == "effect" and ":" in rest:
        measure, _, path = rest.partition(":")
        return c.say("tornado.effect", measure=c.node(measure) if measure else c.say("change.own"), what=parameter(c, path))
    path, mark, where = name.partition("[")
    return parameter(c, path) + (f" [{where}" if mark else "")


def parameter(c: Words, path: str) -> str:
    """A path in words: ``Vraaganalyse: verblijfsduur``; the path itself where there are no words."""
    words = field_in_words(c, path)
    if words is None:
        return clean(path, 120)
    return f"{object_in_words(c, path)}: {words}" if path.count(".") > 1 else capital(words)


def object_in_words(c: Words, path: str) -> str:
    """What a path is about: a node, a stream by the node it enters, a team."""
    group, name, *_ = path.split(".")
    return c.node(name) if group == "nodes" else c.led_to(f"{group}.{name}") or _spoken(name)


def field_in_words(c: Words, path: str) -> str | None:
    """The words for what a path changes, without its object; None where there are none."""
    parts = path.split(".")
    if len(parts) <= 2:
        return _named(c, parts[0], parts[-1])
    group, name = parts[2], parts[3] if len(parts) > 3 else ""
    if name and group in ROUTES and (to := c.led_to(".".join(parts[:4]))):
        return c.say("field.route_to", node=to)
    if name and (group in ROUTES or group in ("urgency", "shares")):
        return _named(c, "route" if group in ROUTES else group, name)
    key = "field." + "_".join(parts[2:])
    return c.say(key) if key in text_keys() else None


def _named(c: Words, group: str, name: str) -> str | None:
    key = f"field.{group}"
    return c.say(key, name=_spoken(name).lower()) if key in text_keys() else None


def _spoken(name: str) -> str:
    return capital(clean(name.replace("_", " "), 80))
