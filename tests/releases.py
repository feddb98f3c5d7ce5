"""A release as a candidate holds it, written by hand: tables, dictionary and what the candidate says of itself."""

import json
from pathlib import Path
from typing import Any

import pandas as pd


def column(name: str, kind: str, source: str | None = None) -> dict[str, Any]:
    return {"name": name, "kind": kind, "from": source or name, "role": "clinical", "unit": None, "bound_by": []}


def dates(stem: str, source: str) -> list[dict[str, Any]]:
    return [column(f"{stem}_year", "year", source), column(f"{stem}_day", "day", source)]


def candidate(folder: Path, tables: dict[str, tuple[pd.DataFrame, dict[str, Any]]], csv: bool = False) -> Path:
    """Write frames with their part of the dictionary."""
    (folder / "data").mkdir(parents=True)
    for name, (frame, _) in tables.items():
        if csv:
            frame.to_csv(folder / "data" / f"{name}.csv", index=False)
        else:
            frame.to_parquet(folder / "data" / f"{name}.parquet", index=False)
    (folder / "dictionary.json").write_text(json.dumps({name: said for name, (_, said) in tables.items()}))
    about = {"name": "made", "version": "1.0.0", "title": "Made by hand", "licensor": "Nobody"}
    (folder / "candidate.json").write_text(json.dumps(about))
    return folder


def omop() -> dict[str, tuple[pd.DataFrame, dict[str, Any]]]:
    """Two people, a visit with a measurement, and conditions; a pooled and a missing concept among them."""
    person = pd.DataFrame(
        {"person_id": [1, 2], "gender_concept_id": ["8507", None], "birth_year": pd.array([1950, 1960], "Int64")}
    )
    visit = pd.DataFrame(
        {
            "visit_occurrence_id": [1],
            "person_id": [2],
            "visit_concept_id": ["9201"],
            "visit_start_year": [2020],
            "visit_start_day": [10],
            "visit_end_year": [2020],
            "visit_end_day": [14],
        }
    )
    measurement = pd.DataFrame(
        {
            "measurement_id": [1],
            "visit_occurrence_id": [1],
            "measurement_concept_id": ["3004501"],
            "measurement_year": [2020],
            "measurement_day": [11],
            "value_as_number": [98.5],
            "unit_concept_id": ["8840"],
        }
    )
    condition = pd.DataFrame(
        {
            "condition_occurrence_id": [1, 2, 3],
            "person_id": [1, 2, 2],
            "condition_concept_id": ["320128", "Other", None],
            "condition_start_year": [2019, 2019, 2020],
            "condition_start_day": [0, 0, 300],
            "condition_end_year": pd.array([2020, None, None], "Int64"),
            "condition_end_day": pd.array([20, None, None], "Int64"),
        }
    )

    def events(frame, key, parent, rest):
        link = {"table": parent, "column": f"{parent}_id"}
        columns = [column(key, "id"), column(f"{parent}_id", "parent-id"), *rest]
        return frame, {"key": key, "parent": link, "columns": columns}

    born = column("birth_year", "birth-year", "birth_datetime")
    people = [column("person_id", "id"), column("gender_concept_id", "category"), born]
    return {
        "person": (person, {"key": "person_id", "parent": None, "columns": people}),
        "visit_occurrence": events(
            visit,
            "visit_occurrence_id",
            "person",
            [
                column("visit_concept_id", "category"),
                *dates("visit_start", "visit_start_date"),
                *dates("visit_end", "visit_end_date"),
            ],
        ),
        "measurement": events(
            measurement,
            "measurement_id",
            "visit_occurrence",
            [
                column("measurement_concept_id", "category"),
                *dates("measurement", "measurement_date"),
                column("value_as_number", "number"),
                column("unit_concept_id", "category"),
            ],
        ),
        "condition_occurrence": events(
            condition,
            "condition_occurrence_id",
            "person",
            [
                column("condition_concept_id", "category"),
                *dates("condition_start", "condition_start_date"),
                *dates("condition_end", "condition_end_date"),
            ],
        ),
    }
