"""The check of OMOP CDM 5.4: it passes what is written, and finds each way in which a folder is none."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from omop_tables import written

from factory.cli.main import main
from factory.formats.omop import check


@pytest.fixture
def conforming(tmp_path):
    out = tmp_path / "out"
    assert main(["convert", f"omop:{written(tmp_path / 'cdm')}", str(out), "--to", "omop"]) == 0
    assert check(out) == []
    return out


def rewritten(folder, table, change):
    path = folder / f"{table}.parquet"
    pq.write_table(change(pq.read_table(path)), path)
    return check(folder)


def cell(column, value):
    """A change of a column's first cell."""

    def change(rows):
        values = rows[column].to_pylist()
        made = pa.array([value, *values[1:]], rows.schema.field(column).type)
        return rows.set_column(rows.column_names.index(column), column, made)

    return change


@pytest.mark.parametrize(
    ("table", "column", "value", "said"),
    [
        ("person", "gender_concept_id", 987654, "gender_concept_id points to an unknown concept in 1 of 3 rows"),
        ("condition_occurrence", "person_id", 99, "person_id points to no row of person in 1 of 3 rows"),
        ("condition_occurrence", "visit_occurrence_id", 99, "points to no row of visit_occurrence in 1 of 3 rows"),
        ("condition_occurrence", "provider_id", 5, "points to no row of provider in 1 of 3 rows"),
        ("measurement", "measurement_id", 8, "key measurement_id is that of an earlier row in 1 of 2 rows"),
        ("visit_occurrence", "visit_end_date", None, "visit_end_date is empty, and OMOP requires a value"),
        ("condition_occurrence", "condition_source_value", "x" * 51, "longer than 50 characters in 1 of 3 rows"),
    ],
)
def test_rows_that_do_not_conform(conforming, table, column, value, said):
    found = rewritten(conforming, table, cell(column, value))
    assert len(found) == 1 and said in found[0] and "987654" not in found[0]


def test_shapes_that_do_not_conform(conforming):
    swapped = rewritten(conforming, "death", lambda rows: rows.select(rows.column_names[::-1]))
    assert swapped == ["death.parquet: its columns are not those of death, in their order."]
    narrow = rewritten(
        conforming, "death", lambda rows: rows.select(sorted(rows.column_names)).drop_columns("cause_source_value")
    )
    assert narrow == swapped
    typed = rewritten(
        conforming,
        "measurement",
        lambda rows: rows.set_column(0, "measurement_id", pc.cast(rows["measurement_id"], pa.string())),
    )
    assert "measurement.parquet: column measurement_id is not stored as integer." in typed


def test_files_that_do_not_belong(conforming):
    pq.write_table(pa.table({"x": [1]}), conforming / "ward.parquet")
    (conforming / "person.parquet").unlink()
    found = check(conforming)
    assert "ward.parquet is no table of OMOP CDM 5.4." in found and "There is no table person." in found
    assert any("points to no row of person" in said for said in found)


def test_csv_conforms_too(tmp_path, conforming):
    out = tmp_path / "csv"
    assert main(["convert", f"omop:{conforming}", str(out), "--to", "omop-csv"]) == 0
    assert check(out) == [] and {path.suffix for path in out.iterdir()} == {".csv"}
    rows = pacsv.read_csv(out / "death.csv")
    pacsv.write_csv(rows.set_column(1, "death_date", pa.array(["soon"])), out / "death.csv")
    assert "death.csv: column death_date should be date; 1 of 1 rows are not." in check(out)
