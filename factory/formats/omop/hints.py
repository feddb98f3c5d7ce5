"""What OMOP knows of its tables: keys, links, the role of each field, and code lists from the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Protocol

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from factory.core.progress import say
from factory.formats.hints import SHARED, Hints, TableHint, shared_values
from factory.formats.omop import cdm
from factory.formats.omop.derived import DEATH_KEY
from factory.formats.omop.vocabulary import codes_of

CLINICAL = (
    "person",
    "observation_period",
    "visit_occurrence",
    "visit_detail",
    "condition_occurrence",
    "drug_exposure",
    "procedure_occurrence",
    "device_exposure",
    "measurement",
    "observation",
    "specimen",
    "death",
    "payer_plan_period",
    "episode",
    "note",
)
"""Tables a contract is drafted for. Eras are made from exposures and conditions, so they are made again from what is
released; vocabulary, places and providers are no records of a person."""

MOST_CODES = 1000
"""A domain with more concepts than this is no list to read: the contract then lists those that the data hold."""

_TEXT = re.compile(r"(_text|_title|_as_string)$|^sig$")
_DEVICE = re.compile(r"^(lot_number|unique_device_id|production_id)$")
_NUMBERS = ("person_source_value", "visit_source_value", "visit_detail_source_value", "specimen_source_id")
_PERSON = ("gender_concept_id", "race_concept_id", "ethnicity_concept_id")
_ORDERED = (("_start_date", "_end_date"), ("procedure_date", "procedure_end_date"))


class Tables(Protocol):
    """What the hints are read from."""

    def tables(self) -> tuple[str, ...]:
        """Tables that are there."""

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """A table, whole."""


def hints(source: Tables) -> Hints:
    """Hints for the clinical tables of an OMOP source. Raises: as reading them does."""
    there = source.tables()
    concept = source.read("concept", ("",)) if "concept" in there else None
    named = [name for name in CLINICAL if name in there]
    if others := sorted(set(there) - set(named) - set(cdm.VOCABULARY)):
        say(f"note not in the draft, for they are derived or are no records of a person: {', '.join(others)}")
    read = {name: source.read(name, ("",)) for name in named}
    made = {name: _table(name, read, concept) for name in named}
    return Hints("person", made, [rule for name in named for rule in _rules(name, made[name])])


def _table(name: str, read: Mapping[str, pa.Table], concept: pa.Table | None) -> TableHint:
    rows, table = read[name], cdm.tables()[name]
    people = rows["person_id"].to_pandas()
    key = table.key or DEATH_KEY
    link = None if name == "person" else _link(name, rows, read)
    columns = {key: {"role": "key", "type": "integer", "as": key, "reason": "OMOP's key of the table"}}
    left_out = set()
    for column in rows.column_names:
        if column == key:
            continue
        if column == link:
            columns[column] = {"role": "key", "type": "integer", "as": column, "reason": "every row has one"}
        elif column != DEATH_KEY and _says_nothing(table, table.fields[column], rows):
            left_out.add(column)
        else:
            columns[column] = _column(table, table.fields[column], rows[column], concept, people)
    parent = None if link is None else str(table.fields[link].refers_to)
    return TableHint(key, columns, parent, link, frozenset(left_out), name == "note")


def _link(name: str, rows: pa.Table, read: Mapping[str, pa.Table]) -> str:
    """The nearest table above: the visit where every row has one, else the person."""
    for nearer in ("visit_detail_id", "visit_occurrence_id"):
        above = nearer.removesuffix("_id")
        if above in read and above != name and nearer in rows.column_names and not rows[nearer].null_count:
            return nearer
    return "person_id"


def _says_nothing(table: cdm.Table, field: cdm.Field, rows: pa.Table) -> bool:
    """True for a field that is empty throughout, or that another one says again or better."""
    values = rows[field.name]
    if values.null_count == len(values):
        return True
    if field.concept and not field.required:
        # What the source itself called it is the hospital's own; a concept of the standard stands beside it.
        return field.name.endswith("_source_concept_id") or not pc.any(pc.not_equal(values, 0)).as_py()
    if field.name in ("measurement_time", "verbatim_end_date", "year_of_birth", "month_of_birth", "day_of_birth"):
        return True
    return field.kind == "datetime" and field.name.removesuffix("time") in table.fields


def _column(
    table: cdm.Table, field: cdm.Field, values: pa.ChunkedArray, concept: pa.Table | None, people: pd.Series
) -> dict[str, Any]:
    if field.concept:
        return _concept(table, field, values, concept, people)
    if field.refers_to is not None or field.name.endswith("_event_id"):
        return {"role": "key", "type": "integer", "as": field.name, "reason": "a link that not every row has"}
    if field.name in _NUMBERS:
        return {"role": "identifier", "type": "string", "class": "mrn", "reason": "the source's own number"}
    if field.name.endswith("_source_value"):
        return {"role": "free-text", "type": "string", "reason": "the source's own words, beside a standard concept"}
    if _DEVICE.search(field.name):
        return {"role": "identifier", "type": "string", "class": "device", "reason": "names one device or lot"}
    if field.kind in ("date", "datetime"):
        born = {"birth": True} if field.name == "birth_datetime" else {}
        return {"role": "date", "type": field.kind, **born, "reason": "OMOP says so"}
    if field.kind == "text":
        role = "free-text" if _TEXT.search(field.name) or (field.length or 0) > _FEW else "clinical"
        kind = "string" if role == "free-text" else "category"
        return {"role": role, "type": kind, "reason": "OMOP allows any text here"}
    kind = "integer" if field.kind == "integer" or _are_whole(values) else "number"
    return {"role": "clinical", "type": kind, "reason": "OMOP says it is a number"}


_FEW = 20


def _concept(
    table: cdm.Table, field: cdm.Field, values: pa.ChunkedArray, concept: pa.Table | None, people: pd.Series
) -> dict[str, Any]:
    role = "quasi-identifier" if table.name == "person" and field.name in _PERSON else "clinical"
    said = {"role": role, "type": "category"}
    if concept is None:
        why = "there is no vocabulary"
    else:
        codes = codes_of(field, concept)
        outside = int(pc.sum(pc.invert(pc.is_in(values, pa.array(codes)))).as_py() or 0)
        if not outside and len(codes) <= MOST_CODES:
            whole = f"the domain {field.domain}" if field.domain else "the vocabulary"
            return {**said, "codes": [str(code) for code in codes], "reason": f"all concepts of {whole}"}
        other = f"{outside:,} rows hold another domain than {field.domain}"
        why = other if outside else f"there are {len(codes):,} in the vocabulary"
    # A list of what the data hold would show, and let pass, what one person alone has.
    listed = [str(code) for code in shared_values(values, people)]
    return {**said, "codes": listed, "codes_from": "data", "reason": f"{SHARED}; {why}"}


def _are_whole(values: pa.ChunkedArray) -> bool:
    return bool(pc.all(pc.equal(values, pc.round(values))).as_py())


def _rules(name: str, table: TableHint) -> list[dict[str, Any]]:
    """What starts does not end before."""
    dates = [column for column, said in table.columns.items() if said["role"] == "date"]
    pairs = [(a, b) for a in dates for b in dates for x, y in _ORDERED if a.endswith(x) and b == a.removesuffix(x) + y]
    return [
        {"kind": "order", "id": f"{name.replace('_', '-')}-ends", "table": name, "earlier": a, "later": b}
        for a, b in pairs
    ]
