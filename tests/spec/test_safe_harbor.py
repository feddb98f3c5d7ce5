"""45 CFR 164.514(b)(2)(i): what must be gone from de-identified tables, and what of a date may stay."""

import re

import pandas as pd
import pytest

from factory.contract import Role, load, released
from factory.deid.dates import birth_years, capped_ages
from factory.deid.stage import deidentify_frames
from factory.intake.validate import examine


@pytest.fixture(scope="module")
def done(hospital):
    contract = load(hospital / "contract.yaml")
    raw, findings = examine(contract, hospital)
    assert not [finding for finding in findings if finding.fatal]
    made, decisions = deidentify_frames(contract, raw, 99)
    return contract, raw, made, decisions


def _text(frames):
    return "\n".join(frame.to_csv(index=False) for frame in frames.values())


def test_no_direct_identifier_is_left(done):
    contract, raw, made, _ = done
    values = pd.concat([frame[name].astype(str) for frame in made.values() for name in frame]).unique()
    left = set(values)
    for table in contract.tables:
        for column in contract.columns_with(table, Role.IDENTIFIER, Role.KEY, Role.FREE_TEXT):
            # A relation such as "mother" is no identifier by itself, and row ids are small numbers by chance.
            if column != "kin_relation":
                assert not left & set(raw[table][column].dropna().astype(str)), column


def test_c_no_date_finer_than_a_year(done):
    _, _, made, _ = done
    assert not re.search(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{2,4}", _text(made))
    assert not [name for frame in made.values() for name in frame if "datetime" in str(frame[name].dtype)]


def test_c_order_and_durations_stay(done):
    _, raw, made, _ = done
    real, left = raw["encounters"], made["encounters"]
    days = (real.discharged_at.dt.normalize() - real.admitted_at.dt.normalize()).dt.days
    assert (left.discharged_day - left.admitted_day == days).all()
    assert (left.groupby("patient_id").admitted_day.min() == 0).all()
    assert (left.admitted_year == real.admitted_at.dt.year).all()


def test_c_ages_over_89_show_neither_by_band_nor_by_birth_year(done):
    _, _, made, _ = done
    assert "[90-100)" not in set(made["encounters"].age)
    last = int(made["encounters"].discharged_year.max())
    assert made["patients"].birth_year.min() == last - 90
    both = made["encounters"].merge(made["patients"], on="patient_id")
    shown = both[both.birth_year > last - 90]
    assert (shown.admitted_year - shown.birth_year).max() <= 89


def test_c_operators_on_ages_and_births():
    assert capped_ages(pd.Series([88, 89, 90, 101]), 89).tolist() == [88, 89, 90, 90]
    assert capped_ages(pd.Series(["[80-90)", "[90-100)"]), 89).tolist() == ["[80-90)", "90+"]
    births = pd.Series(pd.to_datetime(["1900-01-01", "1918-12-31", "1919-01-01"]))
    assert birth_years(births, 2008, 89).tolist() == [1918, 1918, 1919]


def test_r_row_ids_are_no_function_of_the_source_id(done):
    contract, raw, made, _ = done
    again, _ = deidentify_frames(contract, raw, 100)
    assert set(made["patients"].patient_id) == set(range(1, len(raw["patients"]) + 1))
    assert (again["patients"].patient_id != made["patients"].patient_id).mean() > 0.9


def test_fewer_than_k_people_share_no_category(done):
    contract, _, made, _ = done
    for name, shape in released(contract).items():
        owner = made[name]["patient_id"]
        for column in shape.columns:
            if column.kind == "category":
                people = made[name].assign(owner=owner).groupby(column.name).owner.nunique()
                assert people.empty or people.min() >= contract.policy.smallest_cell, column.name


def test_free_text_stays_behind(done):
    _, _, made, decisions = done
    assert "notes" not in made
    assert {d.operator for d in decisions if d.table == "notes"} == {"withheld"}


def test_every_source_column_has_a_decision(done):
    contract, _, _, decisions = done
    asked = {(table, column) for table, here in contract.tables.items() for column in here.columns}
    assert {(d.table, d.column) for d in decisions} == asked
    assert all(d.because and d.operator == "removed" for d in decisions if d.role == "identifier")
