"""MEDS: what is written keeps the schemas of the `meds` package, and holds every fact of the tables."""

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest
from meds import CodeMetadataSchema, DataSchema, DatasetMetadataSchema, SubjectSplitSchema
from omop_tables import written
from releases import candidate, column, dates, omop

from factory.cli.main import main
from factory.formats.meds import SPLITS, split_of


def convert(source, out, *more):
    assert main(["convert", str(source), str(out), "--to", "meds", *map(str, more)]) == 0
    return out


def events(out):
    """All events, after the promises of MEDS on every file are checked."""
    splits = pq.read_table(out / "metadata" / "subject_splits.parquet")
    SubjectSplitSchema.validate(splits)
    CodeMetadataSchema.validate(codes := pq.read_table(out / "metadata" / "codes.parquet"))
    DatasetMetadataSchema.validate(json.loads((out / "metadata" / "dataset.json").read_text()))
    found, seen = [], set()
    for path in sorted(out.glob("data/*/*.parquet")):
        DataSchema.validate(rows := pq.read_table(path))
        frame = rows.to_pandas()
        where = splits.to_pandas().set_index("subject_id")["split"]
        assert set(where[frame["subject_id"]]) == {path.parent.name} and not seen & set(frame["subject_id"])
        seen |= set(frame["subject_id"])
        order = frame.assign(time=frame["time"].fillna(pd.Timestamp.min)).sort_values(
            ["subject_id", "time"], kind="stable"
        )
        assert order.index.is_monotonic_increasing
        found.append(frame)
    every = pd.concat(found).sort_values(["subject_id", "time", "code"], na_position="first", ignore_index=True)
    assert set(every["code"]) == set(codes["code"].to_pylist())
    return every


def test_omop_events_have_the_codes_of_its_vocabulary(tmp_path):
    vocabulary = written(tmp_path / "cdm")
    out = convert(candidate(tmp_path / "made", omop()), tmp_path / "out", "--vocabulary", f"omop:{vocabulary}")
    of = events(out)
    first = of[of["subject_id"] == 1]
    assert first["code"].to_list() == [
        "person//gender_concept_id//Gender/M",
        "MEDS_BIRTH",
        "SNOMED/59621000",
        "SNOMED/59621000//condition_end_date",
    ]
    assert first["time"].isna().to_list() == [True, False, False, False]
    measured = of[of["code"] == "LOINC/2345-7"].iloc[0]
    assert measured["numeric_value"] == pytest.approx(98.5) and measured["unit"] == "UCUM/mg/dL"
    assert "OMOP/Other" in set(of["code"])
    said = pq.read_table(out / "metadata" / "codes.parquet").to_pandas().set_index("code")["description"]
    assert said["LOINC/2345-7"].startswith("Glucose") and said["SNOMED/59621000"] == "SNOMED 59621000"


def test_other_tables_have_codes_of_table_column_and_value(tmp_path):
    people = pd.DataFrame({"patient_id": [1, 2], "sex": ["f", "m"]})
    stays = pd.DataFrame(
        {
            "stay_id": [1, 2],
            "patient_id": [1, 1],
            "ward": ["icu", None],
            "days": [3, 4],
            "admitted_year": [2020, 2020],
            "admitted_day": [0, 9],
        }
    )
    link = {"table": "patients", "column": "patient_id"}
    of_stay = [column("ward", "category"), column("days", "integer"), *dates("admitted", "admitted_at")]
    keys = [column("stay_id", "id"), column("patient_id", "parent-id")]
    made = {
        "patients": (
            people,
            {"key": "patient_id", "parent": None, "columns": [column("patient_id", "id"), column("sex", "category")]},
        ),
        "stays": (stays, {"key": "stay_id", "parent": link, "columns": [*keys, *of_stay]}),
    }
    of = events(convert(candidate(tmp_path / "made", made), tmp_path / "out"))
    assert of[["subject_id", "code"]].to_numpy().tolist() == [
        [1, "patients//sex//f"],
        [1, "stays//admitted_at"],
        [1, "stays//days"],
        [1, "stays//ward//icu"],
        [1, "stays//admitted_at"],
        [1, "stays//days"],
        [2, "patients//sex//m"],
    ]
    assert of.loc[of["code"] == "stays//days", "numeric_value"].to_list() == [3, 4]
    times = of.loc[of["code"] == "stays//admitted_at", "time"]
    assert (times.iloc[1] - times.iloc[0]).days == 9


def test_raw_tables_need_their_contract(tmp_path, capsys, hospital):
    assert main(["convert", str(hospital), str(tmp_path / "out"), "--to", "meds"]) == 10
    assert "--contract" in capsys.readouterr().err and not (tmp_path / "out").exists()
    of = events(convert(hospital, tmp_path / "out", "--contract", hospital / "contract.yaml"))
    assert of["subject_id"].nunique() == 200 and (of["code"] == "MEDS_BIRTH").sum() == 200
    raw = pd.read_csv(hospital / "encounters.csv") if (hospital / "encounters.csv").exists() else None
    assert raw is None or (of["code"] == "encounters//admitted_at").sum() == len(raw)


def test_the_same_release_gives_the_same_bytes(tmp_path):
    made = candidate(tmp_path / "made", omop())
    one, two = (convert(made, tmp_path / name) for name in ("one", "two"))
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file())
    assert all((one / path).read_bytes() == (two / path).read_bytes() for path in files)


def test_eight_tenths_are_for_training():
    split = pd.Series([split_of("made", subject) for subject in range(5000)]).value_counts(normalize=True)
    assert set(split.index) == set(SPLITS) and abs(split["train"] - 0.8) < 0.02
