"""Writers of OMOP CDM 5.4 and, where the tables are OMOP's, of MEDS with their concepts' codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from factory.core.progress import say
from factory.formats.meds import Codes, write_meds
from factory.formats.omop.codes import codes
from factory.formats.omop.mend import mended, used_concepts
from factory.formats.omop.read import OmopSource
from factory.formats.omop.release import as_omop
from factory.formats.omop.vocabulary import completed
from factory.formats.omop.write import write_into
from factory.formats.release_source import ReleaseSource, release_of
from factory.formats.source import Source


@dataclass
class Mended:
    """The rows that can stand of a source of OMOP tables; what was dropped, emptied or named anew is said."""

    inner: OmopSource
    format: str = "OMOP CDM"
    made: dict[str, pa.Table] = field(init=False)

    def __post_init__(self) -> None:
        self.made, said = mended({name: self.inner.rows(name) for name in self.inner.tables()})
        for line in said:
            say(f"mended {line}")

    def tables(self) -> tuple[str, ...]:
        """Tables that are there."""
        return self.inner.tables()

    def called(self, table: str) -> str:
        """As the source calls it."""
        return self.inner.called(table)

    def read(self, table: str, missing: tuple[str, ...]) -> pa.Table:
        """What stands of a table."""
        self.called(table)
        return self.made[table]

    def digests(self, tables: tuple[str, ...]) -> dict[str, str] | None:
        """The source's."""
        return self.inner.digests(tables)


def to_omop(source: Source, folder: Path, format: str = "parquet") -> None:
    """Write OMOP CDM 5.4, `parquet` or `csv`: of OMOP tables every row as it is, of a release what `as_omop` makes.

    OMOP's own concepts that are used and that the vocabulary lacks are added to it.

    Raises: the error of the first thing that does not hold; TableMissing when these are no OMOP tables.
    """
    if isinstance(source, ReleaseSource):
        write_into(as_omop(source.release, _vocabulary(source.vocabulary)), folder, format)
    elif isinstance(source, Mended):
        write_into(source.made, folder, format)
    else:
        omop = as_omop_source(source)
        read = {name: omop.rows(name) for name in omop.tables()}
        omop.refuse(omop.findings(read))
        write_into(completed(read, used_concepts(read)) if "concept" in read else read, folder, format)


def to_meds(source: Source, folder: Path) -> None:
    """Write MEDS of a release, or of tables with a contract. Raises: ContractError when there is none."""
    known = release_of(source, "MEDS")
    concept = _vocabulary(known.vocabulary).get("concept")
    omop = concept is not None or "person_id" in {table.key for table in known.release.tables.values()}
    write_meds(known.release, codes(concept) if omop else Codes(), folder)


def as_omop_source(source: Source) -> OmopSource:
    """The source itself where it is one of OMOP tables, else one over it. Raises: TableMissing."""
    return source if isinstance(source, OmopSource) else OmopSource(source)


def _vocabulary(source: Source | None) -> dict[str, pa.Table]:
    """The tables of a source of OMOP tables that name concepts, or nothing."""
    if source is None:
        return {}
    omop = source if isinstance(source, OmopSource) else OmopSource(source, person=False)
    names = ("concept", "vocabulary", "domain", "concept_class")
    return {name: omop.rows(name) for name in names if name in omop.tables()}
