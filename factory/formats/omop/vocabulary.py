"""Concepts: OMOP's own, those of a folder's vocabulary, and what of a vocabulary a release may carry."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from factory.formats.omop.cdm import Field, tables

OPEN = (
    "CDM",
    "CVX",
    "Currency",
    "Ethnicity",
    "Gender",
    "ICD10CM",
    "ICD10PCS",
    "ICD9CM",
    "ICD9Proc",
    "LOINC",
    "NDC",
    "None",
    "Race",
    "RxNorm",
    "Type Concept",
    "UCUM",
    "Visit",
)
"""Vocabularies whose names anybody may pass on: OMOP's own, those of United States agencies, and LOINC and UCUM under
their free licences. SNOMED CT, CPT-4, MedDRA, ATC and all others ask for a licence of whoever receives them."""

_FIRST, _LAST = datetime.date(1970, 1, 1), datetime.date(2099, 12, 31)


@functools.cache
def own_concepts() -> pa.Table:
    """Concepts that OMOP itself defines and reduced vocabularies lack: sexes, races, visits, types of record.

    Source: OHDSI standardised vocabularies (Gender, Race, Ethnicity, Visit, Type Concept, CDM), open to all.
    """
    text = {name: pa.string() for name, field in tables()["concept"].fields.items() if field.kind == "text"}
    options = pacsv.ConvertOptions(column_types=text, strings_can_be_null=True, null_values=[""])
    read = pacsv.read_csv(Path(__file__).with_name("concepts.csv"), convert_options=options)
    nothing = pa.nulls(len(read), pa.string())
    for name, values in (
        ("valid_start_date", pa.repeat(pa.scalar(_FIRST), len(read))),
        ("valid_end_date", pa.repeat(pa.scalar(_LAST), len(read))),
        ("invalid_reason", nothing),
    ):
        read = read.append_column(name, values)
    return read.select(tables()["concept"].schema.names)


def with_own_concepts(concept: pa.Table | None, used: pa.Array) -> pa.Table:
    """The concepts of a vocabulary, and OMOP's own that are used and that it lacks."""
    own = own_concepts().filter(pc.is_in(own_concepts()["concept_id"], used))
    if concept is None:
        return own
    lacking = own.filter(pc.invert(pc.is_in(own["concept_id"], concept["concept_id"].combine_chunks())))
    return pa.concat_tables([concept, lacking.select(concept.column_names)])


def completed(read: Mapping[str, pa.Table], used: pa.Array) -> dict[str, pa.Table]:
    """The tables with OMOP's own concepts that are used, and the vocabularies, domains and classes of these."""
    made = {**read, "concept": with_own_concepts(read.get("concept"), used)}
    for name in ("vocabulary", "domain", "concept_class"):
        if name in made:
            made[name] = pa.concat_tables([made[name], _own_rows(name, made[name], made["concept"])])
    return made


def _own_rows(name: str, there: pa.Table, concept: pa.Table) -> pa.Table:
    """Rows of a table of the vocabulary for what OMOP's own concepts name and it lacks, called by their ids."""
    key = str(tables()[name].key)
    own = concept.filter(pc.is_in(concept["concept_id"], own_concepts()["concept_id"].combine_chunks()))
    lacking = sorted(set(own[key].to_pylist()) - set(there[key].to_pylist()))
    filled = {key: lacking, f"{name}_name": lacking, f"{name}_concept_id": [0] * len(lacking)}
    columns = [pa.array(filled.get(field.name, [None] * len(lacking)), field.type) for field in there.schema]
    return pa.Table.from_arrays(columns, schema=there.schema)


def codes_of(field: Field, concept: pa.Table) -> list[int]:
    """Ids that the domain of a field allows, or any where it asks for none, sorted, with `No matching concept`."""
    every = with_own_concepts(concept, own_concepts()["concept_id"].combine_chunks())
    if field.domain is not None:
        every = every.filter(pc.equal(every["domain_id"], field.domain))
    return sorted({0, *every["concept_id"].to_pylist()})


def to_pass_on(concept: pa.Table, used: pa.Array) -> pa.Table:
    """Concepts that are used, by id. The name of one whose vocabulary is not `OPEN` is its vocabulary and code."""
    kept = concept.filter(pc.is_in(concept["concept_id"], used)).sort_by("concept_id")
    closed = pc.invert(pc.is_in(kept["vocabulary_id"], pa.array(OPEN)))
    stand_in = pc.binary_join_element_wise(kept["vocabulary_id"], kept["concept_code"], " ")
    at = kept.column_names.index("concept_name")
    return kept.set_column(at, "concept_name", pc.if_else(closed, stand_in, kept["concept_name"]))
