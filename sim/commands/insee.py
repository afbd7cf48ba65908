"""A territory from INSEE's official files: communes and EPCI by their codes, people from the legal populations.

Three tables of INSEE, as CSV, in one folder; separator, encoding and vintage do not matter, the columns are these:

* legal populations (``donnees_communes.csv``): ``CODDEP``, ``CODCOM`` and ``PMUN``, or ``CODGEO`` and ``PMUN``;
* composition of EPCI (sheet ``Composition_communale`` of ``Intercommunalite_Metropole``, saved as CSV):
  ``CODGEO``, ``EPCI``, ``LIBEPCI``;
* if there, the official geographical code (``v_commune_AAAA.csv``): ``TYPECOM``, ``COM``, ``LIBELLE``.

INSEE gives no coordinates: a commune lies where the shipped territory of France has the place of its name and
département. Those it does not have (fewer than 500 inhabitants in 2013) are left out; their people are spread over the
other places of the département, as in the shipped territory.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import InputError, did_you_mean
from sim.paths import scenarios_dir
from sim.tables import Table

NO_EPCI = "ZZZZZZZZZ"  # INSEE's code for a commune that belongs to none
#: Cities the shipped territory has by arrondissements.
WHOLE = {"75056": "Paris", "69123": "Lyon", "13055": "Marseille"}


class OfficialTable(Table):
    """A table as INSEE publishes it: semicolons, commas or tabs, UTF-8 or Latin-1."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", file=path) from error
        if content[:2] == b"PK":
            raise InputError("is a workbook", file=path, suggestion="save its sheet as CSV first")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("latin-1")
        lines = text.splitlines()
        separator = max(";,\t", key=(lines[0] if lines else "").count)
        reader = csv.reader(lines, delimiter=separator)
        numbered = [(reader.line_num, row) for row in reader if any(field.strip() for field in row)]
        if not numbered:
            raise InputError("is empty", file=path, suggestion="the first line names the columns")
        self.header = [name.strip().upper() for name in numbered[0][1]]
        self.lines = [line for line, _ in numbered[1:]]
        self.rows = [[field.strip() for field in row] for _, row in numbered[1:]]
        self._check_shape()


@dataclass(frozen=True)
class Commune:
    """One commune: code of five characters, its name, département and people."""

    code: str
    name: str
    zone: str
    people: float


@dataclass(frozen=True)
class Import:
    """What was written, and what was left out for want of a place on the map."""

    folder: Path
    communes: int
    epci: int
    left_out: int
    left_out_people: float


def import_territory(source: Path, folder: Path) -> Import:
    """Write a territory (``territory.yaml``, places, zones, sites) from a folder of INSEE's files.

    Parameters
    ----------
    source : folder with the tables, under any names
    folder : must not exist

    Raises
    ------
    InputError
        with file, line and what was probably meant
    """
    tables = find_tables(source)
    communes = read_communes(tables["populations"], tables.get("code"))
    members = read_epci(tables["epci"], communes)
    shipped = scenarios_dir() / "territories" / "france"
    zones, places = Table(shipped / "zones.csv"), Table(shipped / "places.csv")
    located = locate(communes.values(), places)
    if not located:
        raise tables["populations"].fail(0, "no commune is a place of metropolitan France")
    if folder.exists():
        raise InputError("exists already; nothing was changed", file=folder)
    folder.mkdir(parents=True)
    _write(folder / "places.csv", ("name", "zone", "x_m", "y_m", "population", "radius_m"),
           [row for rows in located.values() for row in rows])
    _write(folder / "zones.csv", zones.header, _zones(zones, communes.values(), located))
    sites, epci = _sites(communes, members, located)
    _write(folder / "sites.csv", ("id", "label", "lead", "members", "sets"), sites)
    (folder / "territory.yaml").write_text(ABOUT.format(id=folder.name, source=source.name), encoding="utf-8")
    lost = [commune for code, commune in communes.items() if code not in located]
    return Import(folder, len(located), epci, len(lost), sum(commune.people for commune in lost))


ABOUT = """schema: territory/1
id: {id}
title:
  fr: France, communes de l'INSEE
  en: France, communes of INSEE
projection: lambert93
places: places.csv
zones: zones.csv
sites: sites.csv
licence: "INSEE, Licence Ouverte 2.0; coordinates GeoNames, CC BY 4.0"
notes:
  - "Made from INSEE's files ({source}); each commune and each EPCI is a site named by its official code."
"""


def find_tables(source: Path) -> dict[str, OfficialTable]:
    """The tables of a folder, told apart by their columns: populations, epci and, if there, code."""
    if not source.is_dir():
        raise InputError("is not a folder", file=source, suggestion="give the folder that holds INSEE's files")
    found: dict[str, OfficialTable] = {}
    paths = sorted(path for path in source.iterdir() if path.suffix.lower() in (".csv", ".txt", ".xlsx", ".xls"))
    for path in paths:
        table = OfficialTable(path)
        kind = "epci" if "EPCI" in table else "code" if "TYPECOM" in table else "populations"
        if kind in found:
            raise InputError(f"is a second table of {kind}, after {found[kind].path.name}", file=path, line=1)
        found[kind] = table
    for kind, column in (("populations", "PMUN"), ("epci", "EPCI")):
        if kind not in found:
            names = ", ".join(path.name for path in paths) or "no table"
            text = f"holds no table with a column {column} ({kind})"
            raise InputError(text, file=source, suggestion=f"it has {names}")
    return found


def read_communes(table: OfficialTable, code: OfficialTable | None) -> dict[str, Commune]:
    """Communes by code, with their legal population; names from the official code where it is given."""
    if "CODGEO" in table:
        codes = table.filled("CODGEO")
    else:
        table.require(["CODDEP", "CODCOM"])
        pairs = zip(table.filled("CODDEP"), table.filled("CODCOM"), strict=True)
        codes = [com if len(com) == 5 else f"{dep}{com.zfill(3)}" for dep, com in pairs]
    table.require(["PMUN"])
    people = table.numbers("PMUN", low=0.0)
    named = table.texts("LIBGEO" if "LIBGEO" in table else "COM", default=codes)
    official = _names(code) if code is not None else {}
    found: dict[str, Commune] = {}
    for row, text in enumerate(codes):
        key = text.zfill(5)
        if not re.fullmatch(r"\d[\dAB]\d{3}", key):
            raise table.fail(row, f"{text!r} is not the code of a commune", "five characters, such as 35238 or 2A004")
        if key in found:
            raise table.fail(row, f"commune {key} is there twice")
        if code is not None and key not in official:
            raise table.fail(row, f"commune {key} is not in {code.path.name}", "take both files of the same year")
        found[key] = Commune(key, official.get(key, named[row]), key[:2], float(people[row]))
    return {key: commune for key, commune in found.items() if key[:2] not in ("97", "98")}


def _names(code: OfficialTable) -> dict[str, str]:
    """Names of the communes of the official code, without delegated communes and arrondissements."""
    kinds, keys, names = (code.filled(column) for column in ("TYPECOM", "COM", "LIBELLE"))
    return {key: name for kind, key, name in zip(kinds, keys, names, strict=True) if kind == "COM"}


def read_epci(table: OfficialTable, communes: Mapping[str, Commune]) -> dict[str, tuple[str, list[str]]]:
    """Name and communes of every EPCI by its code; communes that belong to none are passed over."""
    table.require(["CODGEO", "EPCI", "LIBEPCI"])
    found: dict[str, tuple[str, list[str]]] = {}
    columns = (table.filled(column) for column in ("CODGEO", "EPCI", "LIBEPCI"))
    for row, (commune, epci, name) in enumerate(zip(*columns, strict=True)):
        key = commune.zfill(5)
        if epci == NO_EPCI or key[:2] in ("97", "98"):
            continue
        if not re.fullmatch(r"\d{9}", epci):
            raise table.fail(row, f"{epci!r} is not the code of an EPCI", "nine figures, such as 243500139")
        if key not in communes:
            hint = did_you_mean(key, communes) or "take both files of the same year"
            raise table.fail(row, f"commune {key} has no legal population", hint)
        found.setdefault(epci, (name, []))[1].append(key)
    return found


def locate(communes: Iterable[Commune], places: Table) -> dict[str, list[tuple[object, ...]]]:
    """Rows of ``places.csv`` of every commune that the shipped territory knows by name and département.

    Paris, Lyon and Marseille keep their arrondissements, which share the people of the commune.
    """
    names, zones = places.filled("name"), places.filled("zone")
    x, y, people, radius = (places.numbers(column) for column in ("x_m", "y_m", "population", "radius_m"))
    rows: dict[tuple[str, str], list[int]] = {}
    for row, (name, zone) in enumerate(zip(names, zones, strict=True)):
        rows.setdefault((folded(name), zone), []).append(row)
    found: dict[str, list[tuple[object, ...]]] = {}
    for commune in communes:
        city = WHOLE.get(commune.code)
        if city:
            here = [k for k, name in enumerate(names) if zones[k] == commune.zone and name.split()[0] == city]
        else:
            here = rows.get((folded(commune.name), commune.zone), [])[:1]
        total = float(people[here].sum()) if here else 0.0
        if here and commune.people > 0:
            found[commune.code] = [
                (names[k] if city else commune.name, commune.zone, f"{x[k]:.0f}", f"{y[k]:.0f}",
                 f"{commune.people * people[k] / total:.1f}", f"{radius[k]:.0f}")
                for k in here
            ]
    return found


def folded(name: str) -> str:
    """A name without accents, case and punctuation, to compare two lists."""
    plain = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "Oe"))
    return re.sub(r"[^a-z0-9]+", " ", plain.encode("ascii", "ignore").decode().lower()).strip()


def _zones(
    zones: Table, communes: Iterable[Commune], located: Mapping[str, Sequence[Sequence[object]]]
) -> list[list[str]]:
    """Rows of the départements that have a commune, their people those of INSEE's file."""
    totals: dict[str, float] = {}
    for commune in communes:
        totals[commune.zone] = totals.get(commune.zone, 0.0) + commune.people
    names = {(str(row[0]), str(row[1])) for rows in located.values() for row in rows}
    present = {zone for _, zone in names}
    code, seat, people = (zones.header.index(column) for column in ("code", "seat", "population"))
    kept = []
    for row in zones.rows:
        if row[code] in present:
            new = list(row)
            new[people] = f"{totals[row[code]]:.0f}"
            new[seat] = row[seat] if (row[seat], row[code]) in names else ""
            kept.append(new)
    return kept


def _sites(
    communes: Mapping[str, Commune],
    epci: Mapping[str, tuple[str, list[str]]],
    located: Mapping[str, Sequence[Sequence[object]]],
) -> tuple[list[tuple[str, str, str, str, str]], int]:
    """Rows of ``sites.csv``: every EPCI, led by its largest commune, then every commune; and how many EPCI."""
    rows = []
    for code, (name, members) in epci.items():
        inside = sorted((m for m in members if m in located), key=lambda m: (-communes[m].people, m))
        if inside:
            rows.append((code, name, *_members(inside, located), "epci"))
    number = len(rows)
    rows += [(code, communes[code].name, *_members([code], located), "communes") for code in located]
    return rows, number


def _members(codes: Sequence[str], located: Mapping[str, Sequence[Sequence[object]]]) -> tuple[str, str]:
    """Lead and members of a site, as ``sites.csv`` writes them; of a city by arrondissements the largest leads."""
    rows = [row for code in codes for row in located[code]]
    lead = max(located[codes[0]], key=lambda row: float(str(row[4])))
    return str(lead[0]), " ; ".join(f"{row[0]}|{row[1]}" for row in rows)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
