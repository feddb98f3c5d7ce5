"""A hand-made OMOP CDM of three people, and files of it that a test may break."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

DAY = dt.date(2020, 3, 1)


def cdm() -> dict[str, dict[str, list]]:
    """Columns by table: everything that OMOP requires of these tables, and two links that need not be there."""
    concept = [
        (320128, "Essential hypertension", "Condition", "SNOMED", "59621000"),
        (201826, "Type 2 diabetes mellitus", "Condition", "SNOMED", "44054006"),
        (1503297, "metformin", "Drug", "RxNorm", "6809"),
        (3004501, "Glucose [Mass/volume] in Serum or Plasma", "Measurement", "LOINC", "2345-7"),
        (8840, "milligram per deciliter", "Unit", "UCUM", "mg/dL"),
    ]
    ids, names, domains, vocabularies, codes = (list(column) for column in zip(*concept, strict=True))
    return {
        "person": {
            "person_id": [1, 2, 3],
            "gender_concept_id": [8507, 8532, 0],
            "year_of_birth": [1950, 1960, 1970],
            "month_of_birth": [4, 7, None],
            "day_of_birth": [30, None, None],
            "race_concept_id": [8527, 8515, 0],
            "ethnicity_concept_id": [0, 0, 0],
            "person_source_value": ["A1", "A2", "A3"],
        },
        "visit_occurrence": {
            "visit_occurrence_id": [10, 20],
            "person_id": [1, 2],
            "visit_concept_id": [9201, 9202],
            "visit_start_date": [DAY, DAY],
            "visit_end_date": [dt.date(2020, 3, 4), DAY],
            "visit_type_concept_id": [32817, 32817],
        },
        "condition_occurrence": {
            "condition_occurrence_id": [100, 101, 102],
            "person_id": [1, 2, 3],
            "condition_concept_id": [320128, 201826, 0],
            "condition_start_date": [DAY, DAY, DAY],
            "condition_end_date": [None, dt.date(2020, 4, 1), None],
            "condition_type_concept_id": [32817, 32817, 32817],
            "visit_occurrence_id": [10, 20, None],
            "condition_source_value": ["I10", "E11", "?"],
        },
        "measurement": {
            "measurement_id": [7, 8],
            "person_id": [1, 1],
            "measurement_concept_id": [3004501, 3004501],
            "measurement_date": [DAY, dt.date(2020, 3, 2)],
            "measurement_type_concept_id": [32856, 32856],
            "value_as_number": [98.5, 101.25],
            "unit_concept_id": [8840, 8840],
            "visit_occurrence_id": [10, 10],
        },
        "death": {"person_id": [3], "death_date": [dt.date(2021, 1, 1)], "death_type_concept_id": [32817]},
        "concept": {
            "concept_id": ids,
            "concept_name": names,
            "domain_id": domains,
            "vocabulary_id": vocabularies,
            "concept_class_id": ["Undefined"] * len(ids),
            "standard_concept": ["S"] * len(ids),
            "concept_code": codes,
            "valid_start_date": [dt.date(1970, 1, 1)] * len(ids),
            "valid_end_date": [dt.date(2099, 12, 31)] * len(ids),
        },
    }


def written(folder: Path, tables: dict[str, dict[str, list]] | None = None) -> Path:
    """Parquet files of tables, by default those of `cdm`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, columns in (cdm() if tables is None else tables).items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder
