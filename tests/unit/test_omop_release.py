"""A release of OMOP tables is OMOP again: dates, links, defaults, and as much of the vocabulary as all may have."""

import datetime as dt

import pandas as pd
import pyarrow.parquet as pq
import pytest
from omop_tables import written
from releases import candidate, omop

from factory.cli.main import main
from factory.formats import open_source
from factory.formats.omop import check
from factory.formats.released import read_released


@pytest.fixture(params=["parquet", "csv"])
def out(request, tmp_path):
    """The release as OMOP, with the names of a hand-made vocabulary."""
    made = candidate(tmp_path / "candidate", omop(), request.param == "csv")
    vocabulary = written(tmp_path / "cdm")
    asked = ["convert", str(made), str(tmp_path / "out"), "--to", "omop", "--vocabulary", f"omop:{vocabulary}"]
    assert main(asked) == 0
    return tmp_path / "out"


def rows(out, table):
    return pq.read_table(out / f"{table}.parquet").to_pylist()


def test_it_conforms(out):
    assert check(out) == []


def test_order_and_distance_are_as_released_and_years_hold(out):
    visit, taken = rows(out, "visit_occurrence")[0], rows(out, "measurement")[0]
    assert (visit["visit_end_date"] - visit["visit_start_date"]).days == 4
    assert (taken["measurement_date"] - visit["visit_start_date"]).days == 1
    assert visit["visit_start_date"].year == 2020
    years = [row["condition_start_date"].year for row in rows(out, "condition_occurrence")]
    assert years == [2019, 2019, 2020]


def test_a_row_below_a_visit_has_the_visits_person(out):
    assert rows(out, "measurement")[0]["person_id"] == 2


def test_what_is_pooled_missing_or_required_is_as_omop_says(out):
    assert [row["condition_concept_id"] for row in rows(out, "condition_occurrence")] == [320128, 0, 0]
    person = rows(out, "person")
    assert [row["year_of_birth"] for row in person] == [1950, 1960]
    assert [row["gender_concept_id"] for row in person] == [8507, 0] and person[0]["race_concept_id"] == 0
    assert {row["visit_type_concept_id"] for row in rows(out, "visit_occurrence")} == {32880}


def test_each_person_with_an_event_has_an_observation_period_around_all_of_them(out):
    periods = {row["person_id"]: row for row in rows(out, "observation_period")}
    assert set(periods) == {1, 2}
    for row in rows(out, "condition_occurrence"):
        period = periods[row["person_id"]]
        assert period["observation_period_start_date"] <= row["condition_start_date"]
        assert row["condition_start_date"] <= period["observation_period_end_date"]


def test_only_concepts_that_are_used_come_along_and_only_open_names(out):
    names = {row["concept_id"]: row["concept_name"] for row in rows(out, "concept")}
    assert 201826 not in names and 1503297 not in names
    assert names[320128] == "SNOMED 59621000"
    assert names[3004501] == "Glucose [Mass/volume] in Serum or Plasma" and names[8507] == "MALE"


def test_without_a_vocabulary_there_is_none(tmp_path):
    made = candidate(tmp_path / "candidate", omop())
    assert main(["convert", str(made), str(tmp_path / "out"), "--to", "omop"]) == 0
    assert check(tmp_path / "out") == [] and not (tmp_path / "out" / "concept.parquet").exists()


def test_a_release_of_other_tables_is_refused_and_nothing_written(tmp_path, capsys):
    tables = omop()
    frame, said = tables["person"]
    made = candidate(tmp_path / "candidate", {"patients": (frame, said)})
    assert main(["convert", str(made), str(tmp_path / "out"), "--to", "omop"]) == 11
    assert "is none of OMOP tables" in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_the_first_day_is_the_middle_of_those_that_fit(tmp_path):
    first = read_released(candidate(tmp_path / "candidate", omop())).first_days()
    # Person 1: day 0 in 2019 and day 20 in 2020, so the first day lies between 12 and 31 December 2019.
    assert first[1] == pd.Timestamp(dt.date(2019, 12, 21))


def test_a_release_is_read_as_it_is(tmp_path):
    source = open_source(str(candidate(tmp_path / "candidate", omop())))
    assert source.tables() == ("condition_occurrence", "measurement", "person", "visit_occurrence")
    assert source.read("person", ("",)).column_names == ["person_id", "gender_concept_id", "birth_year"]
