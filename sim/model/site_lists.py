"""The sites-lists of a model: which sites there are and whom they serve."""

from __future__ import annotations

from sim.errors import Fault, listing, nearest_name
from sim.model.located import LocatedMap, Mark, mark_of
from sim.model.model import Site, SiteList
from sim.model.spec import RESERVED, ModelSpec, SitesSpec
from sim.model.structure import Structure
from sim.model.tables import Tables, need_columns

EVERYWHERE = "*"


def read_site_lists(
    spec: ModelSpec, structure: Structure[ModelSpec], root: LocatedMap, tables: Tables, faults: list[Fault]
) -> dict[str, SiteList]:
    """Every sites-list that could be read, by name; faults are added for what could not."""
    found: dict[str, SiteList] = {}
    for name, written in spec.sites.items():
        at = ("sites", name)
        if (written.table is None) == (written.members is None):
            if not structure.is_damaged(*at):
                what = "has neither a table nor members" if written.table is None else "has both a table and members"
                faults.append(Fault(what, *mark_of(root, at), ".".join(at), mend="give `table: FILE` or `members: {...}`"))
            continue
        before = len(faults)
        sites = (
            _members(name, written, root, spec.gebieden, faults)
            if written.table is None
            else _from_table(name, written.table, root, spec.gebieden, tables)
        )
        _check_names(sites, faults, ".".join(at))
        if len(faults) == before and sites:
            found[name] = SiteList(name, tuple(Site(site, serves) for site, serves, _ in sorted(sites)))
    return found


Row = tuple[str, tuple[str, ...], Mark]


def _serves(wanted: list[str], mark: Mark, field: str, gebieden: list[str], faults: list[Fault]) -> tuple[str, ...]:
    if wanted == [EVERYWHERE]:
        return tuple(gebieden)
    for gebied in wanted:
        if gebied not in gebieden:
            nearest = nearest_name(gebied, gebieden)
            faults.append(Fault(f"there is no gebied {gebied!r}", *mark, field, nearest, f"valid: {listing(gebieden, 20)}; * for all"))
    if not wanted:
        faults.append(Fault("serves no gebied", *mark, field, mend="name a gebied, or * for all"))
    return tuple(gebied for gebied in gebieden if gebied in wanted)


def _members(name: str, written: SitesSpec, root: LocatedMap, gebieden: list[str], faults: list[Fault]) -> list[Row]:
    rows = []
    for site, member in (written.members or {}).items():
        at = ("sites", name, "members", site)
        mark = mark_of(root, (*at, "serves"))
        wanted = [str(each) for each in member.serves]  # "*" has one letter
        rows.append((site, _serves(wanted, mark, ".".join((*at, "serves")), gebieden, faults), mark_of(root, at)))
    return rows


def _from_table(name: str, file: str, root: LocatedMap, gebieden: list[str], tables: Tables) -> list[Row]:
    at = ("sites", name, "table")
    table = tables.open(file, mark_of(root, at), ".".join(at))
    if table is None or not need_columns(table, ["site", "serves"], tables.faults, ".".join(at[:2])):
        return []
    if not table.rows:
        tables.faults.append(Fault("has no rows", table.name, 1, mend="add a row for every site"))
    rows = []
    for line, cells in table.rows:
        mark = Mark(table.name, line)
        wanted = [part.strip() for part in cells[table.column("serves")].split("|") if part.strip()]
        rows.append((cells[table.column("site")], _serves(wanted, mark, "serves", gebieden, tables.faults), mark))
    return rows


def _check_names(rows: list[Row], faults: list[Fault], field: str) -> None:
    seen: dict[str, tuple[str, Mark]] = {}
    for site, _, mark in rows:
        folded = site.casefold()
        if folded in seen:
            other, where = seen[folded]
            faults.append(
                Fault(f"the site {site!r} is there already as {other!r} on line {where[1]}", *mark, field, mend="give it another name")
            )
        elif not site or folded in RESERVED or any(mark in site for mark in "*|@"):
            faults.append(Fault(f"{site!r} cannot be the name of a site", *mark, field, mend="use another name, without * | @"))
        seen.setdefault(folded, (site, mark))
