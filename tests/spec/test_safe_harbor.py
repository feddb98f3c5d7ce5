"""45 CFR 164.514(b)(2)(i): what must be gone from de-identified tables, and what of a date may stay."""

import hashlib
import re

import pandas as pd
import pytest
from deid_tables import CATEGORY, contract, people

from factory.contract import Role, load, released
from factory.deid import deidentify_frame
from factory.deid.dates import birth_years, capped_ages
from factory.deid.stage import deidentify_frames
from factory.intake.validate import examine


@pytest.fixture(scope="module")
def done(hospital):
    contract = load(hospital / "contract.yaml")
    raw, findings = examine(contract, str(hospital))
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


# The traps, each under the words of the rule. What follows is individual-level de-identification, `factory deid`.


def _safe_harbor(frame, columns, policy=None):
    made, done = deidentify_frame(frame, contract(columns, policy), profiles=["hipaa-safe-harbor"], seed=1)
    return made, {decision.column: decision for decision in done.decisions}


ZIP = {"role": "quasi-identifier", "type": "category", "class": "postcode", "hierarchy": "us-zip"}


def test_b_zip_codes():
    """(B) "the initial three digits of a zip code [...] for all such geographic units containing 20,000 or fewer people
    is changed to 000"; a prefix that no census knows counts as such."""
    zips = ["02139", "10001-1234", "03601", "10203", "89312", "00000", "99999x", "６０６０１"]
    made, by = _safe_harbor(
        people(len(zips) * 20, zip=lambda i: zips[i % len(zips)]), {"zip": ZIP}, {"smallest_cell": 2}
    )
    assert made.zip[: len(zips)].tolist() == ["021", "100", "000", "000", "000", "000", "000", "606"]
    assert by["zip"].because.endswith("(B)")


def test_b_nothing_below_a_province():
    """(B) "All geographic subdivisions smaller than a State"."""
    regions = ["320505", "440306", "810000"]
    column = {"role": "quasi-identifier", "type": "category", "class": "address", "hierarchy": "cn-region"}
    made, _ = _safe_harbor(people(90, region=lambda i: regions[i % 3]), {"region": column})
    assert set(made.region) == {"32", "44", "81"}


def test_b_the_line_shows_no_zip_code_either():
    columns = {"zip": ZIP, "born": {"role": "date", "type": "date", "birth": True}}
    frame = people(60, zip=lambda i: ["02139", "03601"][i % 2], born=lambda i: pd.Timestamp("1950-01-01"))
    made, _ = deidentify_frames(contract(columns), {"people": frame}, 1)
    assert set(made["people"].zip) == {"021", "000"}


def test_c_ages_over_89_by_birth_year_and_by_year_and_age():
    """(C) "all ages over 89 and all elements of dates (including year) indicative of such age"."""
    rows = [
        ("1905-05-05", "1999-01-01", 93),
        ("1912-05-05", "2001-01-01", 88),
        ("1935-05-05", "2001-01-01", 65),
        ("1935-05-05", "2008-06-01", 73),
    ]
    columns = {
        "born": {"role": "date", "type": "date", "birth": True},
        "at": {"role": "date", "type": "date"},
        "age": {"role": "quasi-identifier", "type": "integer", "age": True},
    }
    frame = people(200, born=lambda i: rows[i % 4][0], at=lambda i: rows[i % 4][1], age=lambda i: rows[i % 4][2])
    made, _ = _safe_harbor(frame, columns)
    assert made.born_year[:4].tolist() == [1918, 1918, 1935, 1935]
    assert made.age[:4].tolist() == [90, 88, 65, 73]
    shown = made[(made.born_year > 1918) & (made.age < 90)]
    assert (shown.at_year - shown.born_year).max() <= 89


def test_c_an_age_in_one_year_shows_the_age_in_another(tmp_path):
    """(C) the same: 85 in 1999 and a visit in 2008 are an age of 94."""
    from deid_tables import hospital

    from factory.deid import deidentify_hospital

    hospital(tmp_path / "data")
    visits = pd.read_csv(tmp_path / "data" / "visits.csv")
    old = visits.id.iloc[0]
    visits = visits[visits.id != old]
    more = pd.DataFrame({**visits.iloc[:2].to_dict("list"), "visit": ["X1", "X2"], "id": old, "age": [85, 94]})
    more["at"] = more["left"] = ["1999-03-03", "2008-03-03"]
    pd.concat([visits, more]).to_csv(tmp_path / "data" / "visits.csv", index=False)
    deidentify_hospital(
        load(tmp_path / "data" / "contract.yaml"), tmp_path / "data", tmp_path / "out", ["hipaa-safe-harbor"], 1
    )
    made = pd.read_parquet(tmp_path / "out" / "visits.parquet")
    assert pd.isna(made.age.iloc[-2])
    assert made.age.iloc[-1] == 90
    assert made.age.notna().sum() > 600


@pytest.mark.parametrize(
    "text",
    [
        "seen 2005-03-04",
        "04/03/2005",
        "4.3.2005",
        "2005年3月4日",
        "scan_20050304.dcm",
        "4 March",
        "Mar 4, 2005",
        "４/３/２００５",
    ],
)
def test_c_dates_in_strings_and_file_names(text):
    """(C) "All elements of dates (except year) for dates directly related to an individual", wherever they stand."""
    made, by = _safe_harbor(people(100, note=lambda i: text if i % 4 == 0 else "none"), {"note": CATEGORY})
    assert made.note.isna().sum() == 25
    assert "25 cells" in by["note"].notes[0]
    made, by = _safe_harbor(people(100, file=lambda i: text), {"file": CATEGORY})
    assert "file" not in made
    assert by["file"].operator == "removed"


def test_c_dates_of_death():
    """(C) "including birth date, admission date, discharge date, date of death"."""
    columns = {"died": {"role": "date", "type": "date"}}
    made, by = _safe_harbor(people(60, died=lambda i: f"2005-0{1 + i % 9}-15"), columns)
    assert list(made) == ["row", "died_year", "died_day"]
    assert set(made.died_year) == {2005}
    assert set(made.died_day) == {0}
    assert by["died"].because.endswith("(C)")


@pytest.mark.parametrize("role", ["clinical", "key", "identifier"])
@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
def test_r_hashed_ids(algorithm, role):
    """(R) "Any other unique identifying number, characteristic, or code"; 164.514(c): not "derived from" information
    about the individual."""
    column = {"role": role, "type": "string", **({"class": "other"} if role == "identifier" else {})}
    frame = people(60, pseudonym=lambda i: hashlib.new(algorithm, f"P{i:05d}".encode()).hexdigest())
    made, by = _safe_harbor(frame, {"pseudonym": column})
    assert list(made) == ["row"]
    assert by["pseudonym"].operator == "removed"


def test_r_a_hashed_id_that_is_the_key_becomes_a_random_row_id():
    frame = people(60, sex=lambda i: "F")
    frame["id"] = [hashlib.md5(one.encode()).hexdigest() for one in frame.id]
    made, _ = _safe_harbor(frame, {"sex": CATEGORY})
    assert sorted(made.row) == list(range(1, 61))
    assert made.row.tolist() != list(range(1, 61))


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("last four digits", lambda ssn, name: ssn[-4:]),
        ("initials", lambda ssn, name: "".join(word[0] for word in name.split())),
        ("surname", lambda ssn, name: name.split()[1]),
    ],
)
def test_parts_of_identifiers(name, of):
    """HHS guidance, 3.1: "a data set that contained patient initials, or the last four digits of a Social Security
    number, would not meet the requirement"."""
    ssn = [f"{100 + i % 30:03d}-{10 + i % 7}-{1000 + i % 40}" for i in range(2000)]
    names = [f"{'ABCDEFGH'[i % 8]}da {'KLMNOPQR'[i // 8 % 8]}ing" for i in range(2000)]
    frame = people(2000, ssn=ssn.__getitem__, name=names.__getitem__, part=lambda i: of(ssn[i], names[i]))
    columns = {
        "ssn": {"role": "identifier", "type": "string", "class": "national-id"},
        "name": {"role": "identifier", "type": "string", "class": "name"},
        "part": CATEGORY,
    }
    assert frame.part.value_counts().min() >= 11, "common enough to pass for a category"
    made, by = _safe_harbor(frame, columns)
    assert list(made) == ["row"], name
    assert "made of the identifier" in by["part"].notes[0]


def test_relatives_and_employers():
    """(b)(2)(i) "identifiers of the individual or of relatives, employers, or household members of the individual"."""
    frame = people(
        100,
        mother_name=lambda i: "Chan Siu Ming",
        employer=lambda i: "Mills Ltd",
        last4=lambda i: "1234",
        sex=lambda i: "F",
    )
    made, done = deidentify_frame(frame, profiles=["hipaa-safe-harbor"], seed=1)
    assert done.drafted
    assert list(made) == ["id_row", "sex"]
    assert {d.identifier for d in done.decisions if d.operator == "removed"} == {"name", "other"}


def test_dates_of_a_shift_are_not_safe_harbor():
    """(C): nothing finer than a year, so a shifted date is asked for by expert determination alone."""
    columns = {"at": {"role": "date", "type": "date"}}
    frame = people(60, at=lambda i: f"2005-0{1 + i % 9}-15")
    both = ["hipaa-expert-determination", "hipaa-safe-harbor"]
    made, done = deidentify_frame(frame, contract(columns), profiles=both, seed=1)
    assert not [name for name in made if "datetime" in str(made[name].dtype) or made[name].dtype == object]
    assert next(d for d in done.decisions if d.column == "at").profiles == ("hipaa-safe-harbor",)
