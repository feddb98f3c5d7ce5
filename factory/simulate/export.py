"""A hospital's raw export of any size: real clinical rows, invented people."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from factory.core.errors import FactoryError
from factory.simulate.admissions import Case, Hospital
from factory.simulate.clinical import clinical_source, draw_people, read_source
from factory.simulate.tables import ENCOUNTERS, NOTES, PATIENTS, Row, encounter_row, gold_line, patient_row
from factory.simulate.writer import Format, open_table, whole_folder

CHUNK = 2_000  # people held in memory at once
_CONTRACT = Path(__file__).with_name("contract.yaml")


def simulate(
    patients: int,
    seed: int,
    out: Path,
    format: Format = "csv",
    clinical: Path | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> None:
    """Write patients, encounters, notes, notes_gold.jsonl and contract.yaml to the folder `out`.

    Clinical values are those of real people, kept whole and unaltered (diabetes 130-US hospitals, Strack et
    al. 2014, doi 10.24432/C5230J); names, numbers and days are invented. The same arguments give the same
    bytes. `clinical` names another file of such rows (.csv, .csv.gz, .parquet). `progress` is called with
    people done and people in all.

    The folder appears only when it is whole. Raises FactoryError for arguments that cannot be met,
    OutputExists if `out` is not empty, StorageError if it cannot be written, and DataError if the clinical
    rows cannot be used.
    """
    if patients < 1:
        raise FactoryError("At least one patient is needed.", "Use --patients with a positive number.")
    if format not in ("csv", "parquet"):
        raise FactoryError("The format must be csv or parquet.", "Use --format csv or --format parquet.")
    with whole_folder(out) as folder:
        source = read_source(clinical or clinical_source())
        hospital = Hospital(source, seed)
        cases = (hospital.admit(rows) for rows in draw_people(source, patients, seed))
        _write(folder, cases, patients, source.columns, format=format, progress=progress)
        if _CONTRACT.is_file():
            shutil.copyfile(_CONTRACT, folder / _CONTRACT.name)


def _write(
    folder: Path,
    cases: Iterator[Case],
    patients: int,
    clinical: tuple[str, ...],
    *,
    format: Format,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Write people chunk by chunk, never holding more than one chunk."""
    with ExitStack() as stack:
        people = open_table(stack, folder, "patients", PATIENTS, format)
        encounters = open_table(stack, folder, "encounters", ENCOUNTERS + clinical, format)
        notes = open_table(stack, folder, "notes", NOTES, format)
        gold = stack.enter_context((folder / "notes_gold.jsonl").open("w", encoding="utf-8", newline="\n"))
        done = 0
        while chunk := list(islice(cases, CHUNK)):
            people.write([patient_row(case.person) for case in chunk])
            encounters.write([encounter_row(case.person, stay) for case in chunk for stay in case.stays])
            written = [note for case in chunk for note in case.notes]
            notes.write([_note_row(*note[:3], str(note[3])) for note in written])
            gold.writelines(gold_line(note_id, text) for note_id, _, _, text in written)
            done += len(chunk)
            if progress:
                progress(done, patients)


def _note_row(note_id: str, encounter_id: str, language: str, text: str) -> Row:
    return note_id, encounter_id, language, text
