"""Table files as hospitals hand them over: compressed, in parts, in trees, in Excel, in the encodings of clinics."""

from __future__ import annotations

import datetime as dt
import gzip
import random

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from factory.cli.main import main
from factory.core.errors import BrokenFile, EmptyTable, FactoryError, TableMissing, WrongEncoding
from factory.formats import open_source
from factory.formats.header import MOST_COLUMNS
from factory.formats.packed import FREE

TEXT = "mrn,name\n001,Ann\n002,\n"
ROWS = {"mrn": ["001", "002"], "name": ["Ann", None]}
SIMPLIFIED = "住院号,姓名,诊断\n1,王芳,急性支气管炎\n2,李强,高血压三级\n"
TRADITIONAL = "住院號,姓名,診斷\n1,陳大文,急性支氣管炎\n2,李嘉欣,高血壓三級\n"


def rows(folder, table="patients"):
    return open_source(str(folder)).read(table, ("",)).to_pydict()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("patients.csv", TEXT.encode()),
        ("patients.csv", TEXT.encode("utf-8-sig")),
        ("patients.csv", TEXT.encode("utf-16")),
        ("patients.csv.gz", gzip.compress(TEXT.encode(), mtime=0)),
        ("patients.csv.gz", gzip.compress(TEXT[:12].encode(), mtime=0) + gzip.compress(TEXT[12:].encode(), mtime=0)),
        ("patients.csv.zst", pa.compress(TEXT.encode(), codec="zstd", asbytes=True)),
        ("patients.tsv", TEXT.replace(",", "\t").encode()),
        ("patients.tsv.gz", gzip.compress(TEXT.replace(",", "\t").encode("utf-16"), mtime=0)),
        ("hosp/patients.csv", TEXT.encode()),
        ("patients/part-00000-ab.csv.gz", gzip.compress(TEXT.encode(), mtime=0)),
    ],
    ids=lambda value: value if isinstance(value, str) else "data",
)
def test_a_table_however_it_is_written(tmp_path, name, data):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(data)
    source = open_source(str(tmp_path))
    assert source.tables() == ("patients",)
    assert rows(tmp_path) == ROWS
    assert list(source.digests(("patients",))) == [name]


@pytest.mark.parametrize(
    ("text", "encoding", "said"),
    [
        (SIMPLIFIED, "gb18030", "GB18030"),
        (SIMPLIFIED, "gbk", "GB18030"),
        (TRADITIONAL, "big5", "Big5"),
        (TRADITIONAL + "3,何㗎,咗\n", "big5hkscs", "Big5"),
        (SIMPLIFIED, "utf-16", "UTF-16"),
        (TRADITIONAL, "gb18030", "GB18030"),
    ],
)
def test_an_encoding_is_found_and_said(tmp_path, capsys, text, encoding, said):
    (tmp_path / "病人.csv").write_bytes(text.encode(encoding))
    read = rows(tmp_path, "病人")
    assert [",".join(read), *(",".join(row) for row in zip(*read.values(), strict=True))] == text.splitlines()
    assert capsys.readouterr().err == f"note 病人.csv is read as {said}\n"


@pytest.mark.parametrize("encoding", ["gb18030", "big5"])
def test_few_characters_are_enough_or_refused_and_never_read_wrong(encoding):
    """Names of two and three characters, one to six of them: what is decided is right."""
    from factory.formats.encoding import encoding_of

    surnames = "王李张刘陈杨黄周" if encoding == "gb18030" else "陳李張黃何王吳劉"
    given = "伟芳娜敏静强磊军洋勇艳杰娟涛明超" if encoding == "gb18030" else "偉芳娜敏靜強文俊詠欣嘉豪家慧美玲"
    chance = random.Random(5)
    right = 0
    for number in range(300):
        names = [chance.choice(surnames) + "".join(chance.sample(given, 2)) for _ in range(1 + number % 6)]
        data = "\n".join(["mrn,name", *(f"{at},{name}" for at, name in enumerate(names))]).encode(encoding)
        try:
            found = encoding_of(lambda data=data: _stream(data), "a.csv")
        except WrongEncoding:
            continue
        assert found == {"gb18030": "gb18030", "big5": "big5hkscs"}[encoding]
        right += 1
    assert right > 270


def _stream(data):
    import io

    return io.BytesIO(data)


@pytest.mark.parametrize(
    "data",
    ["a,b\n1,37.2 °C\n".encode("latin-1") * 50, "a\nJosé Muñoz\n".encode("cp1252"), "a\nŻółć\n".encode("cp1250")],
)
def test_what_is_none_of_them_is_refused_with_its_line(tmp_path, data):
    (tmp_path / "a.csv").write_bytes(data)
    with pytest.raises(WrongEncoding, match=r"a\.csv is not UTF-8 \(first at line 2\)"):
        rows(tmp_path, "a")


def test_parts_are_one_table_in_the_order_of_their_names(tmp_path):
    for year, values in (("2023", [1, 2]), ("2024", [3])):
        part = tmp_path / "visits" / f"year={year}"
        part.mkdir(parents=True)
        pq.write_table(pa.table({"id": values}), part / "part-0.parquet")
    (tmp_path / "visits" / "_SUCCESS").touch()
    assert rows(tmp_path, "visits") == {"id": [1, 2, 3], "year": ["2023", "2023", "2024"]}
    assert open_source(str(tmp_path)).called("visits") == "visits/ (2 files)"
    pq.write_table(pa.table({"other": [1]}), tmp_path / "visits" / "year=2024" / "part-1.parquet")
    with pytest.raises(BrokenFile, match="part-1"):
        rows(tmp_path, "visits")


def test_the_table_nearest_the_top_counts_and_a_run_beside_the_data_is_no_data(tmp_path):
    for folder in (tmp_path, tmp_path / "old"):
        folder.mkdir(exist_ok=True)
        (folder / "patients.csv").write_text(TEXT)
    run = tmp_path / "runs" / "first"
    run.mkdir(parents=True)
    (run / "run.json").touch()
    (run / "admissions.csv").write_text(TEXT)
    source = open_source(str(tmp_path))
    assert source.called("patients") == "patients.csv"
    assert source.tables() == ("patients",)
    (tmp_path / "patients.tsv").write_text(TEXT.replace(",", "\t"))
    with pytest.raises(TableMissing, match="two files"):
        rows(tmp_path)


def workbook(path, **sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            sheet.append(line)
    book.save(path)


def test_a_workbook_keeps_numbers_dates_and_texts(tmp_path):
    day, moment = dt.datetime(2024, 2, 29), dt.datetime(2024, 2, 29, 7, 30)
    header = ["住院号", "姓名", "出生日期", "入院时间", "血糖", "次数", "编码", None]
    lines = [header, ["001", "王芳", day, moment, 5.5, 3, 7], ["002", None, None, None, None, None, "A"], [None] * 8]
    workbook(tmp_path / "病人.xlsx", Sheet1=lines, Sheet2=[])
    read = open_source(str(tmp_path)).read("病人", ("",))
    assert read.to_pylist()[0] == dict(zip(header, ["001", "王芳", day.date(), moment, 5.5, 3, "7"], strict=False))
    assert read.num_rows == 2 and read["编码"].to_pylist() == ["7", "A"]
    kinds = [str(field.type) for field in read.schema]
    assert kinds == ["string", "string", "date32[day]", "timestamp[us]", "double", "int64", "string"]


def test_a_workbook_with_several_sheets_is_a_table_a_sheet(tmp_path):
    workbook(tmp_path / "export.xlsx", 病人=[["id"], [1]], 化验=[["id", "值"], [1, 2.5]])
    source = open_source(str(tmp_path / "export.xlsx"))
    assert source.tables() == ("化验", "病人")
    assert source.called("化验") == "export.xlsx (sheet 化验)"
    assert source.read("化验", ("",)).to_pydict() == {"id": [1], "值": [2.5]}


def _formula(path):
    workbook(path, a=[["id", "total"], [1, "=A2*2"]])


def _merged(path):
    book = openpyxl.Workbook()
    for line in (["id", "name"], [1, "secret"], [2, None]):
        book.active.append(line)
    book.active.merge_cells("B2:B3")
    book.save(path)


def _titled(path):
    workbook(path, a=[["The patients of our ward", None], ["id", "name"], [1, "secret"]])


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (_formula, BrokenFile, "formula in row 2, column 2"),
        (_merged, BrokenFile, "merged cells"),
        (_titled, BrokenFile, "without a column's name above it in row 2"),
        (lambda path: workbook(path, a=[["id", None, "name"], [1, 2, 3]]), BrokenFile, "no name .* column 2"),
        (lambda path: workbook(path, a=[["id", "ID"], [1, 2]]), BrokenFile, "column 2 as an earlier one, but for case"),
        (lambda path: workbook(path, a=[["id"]]), EmptyTable, "no rows"),
        (lambda path: workbook(path, a=[]), EmptyTable, "no rows"),
        (lambda path: path.write_bytes(b"PK\x03\x04 but not for long"), BrokenFile, "cannot be read as an Excel"),
    ],
)
def test_a_workbook_that_would_be_misread_is_refused(tmp_path, spoil, error, said):
    spoil(tmp_path / "ward.xlsx")
    with pytest.raises(error, match=said) as caught:
        rows(tmp_path, "ward")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("wide", [MOST_COLUMNS, MOST_COLUMNS + 1])
def test_columns_up_to_the_limit(tmp_path, wide):
    names = [f"c{number}" for number in range(wide)]
    (tmp_path / "a.csv").write_text("\n".join([",".join(names), ",".join("1" for _ in names)]))
    if wide == MOST_COLUMNS:
        assert len(rows(tmp_path, "a")) == wide
    else:
        with pytest.raises(BrokenFile, match="2,001 columns"):
            rows(tmp_path, "a")


def test_a_small_file_of_one_value_is_no_bomb(tmp_path):
    data = b"a,b\n" + b"0,0\n" * (FREE // 8)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(data, 1))
    assert open_source(str(tmp_path)).read("a", ("",)).num_rows == FREE // 8


def test_a_parquet_file_that_says_more_than_it_can_hold(tmp_path):
    rows_said = 60_000_000
    pages = {"row_group_size": rows_said, "write_batch_size": rows_said, "max_rows_per_page": rows_said}
    pq.write_table(pa.table({"a": pa.nulls(rows_said, pa.int8())}), tmp_path / "a.parquet", **pages)
    assert (tmp_path / "a.parquet").stat().st_size < 1_000
    with pytest.raises(BrokenFile, match="more cells"):
        rows(tmp_path, "a")


def test_converted_tables_are_the_same_and_nothing_is_left_of_what_fails(tmp_path, capsys):
    data = tmp_path / "data"
    data.mkdir()
    (data / "patients.csv.gz").write_bytes(gzip.compress(TEXT.encode()))
    (data / "empty.csv").write_text("a\n")
    assert main(["convert", str(data), str(tmp_path / "out"), "--tables", "patients"]) == 0
    assert rows(tmp_path / "out") == ROWS
    assert main(["convert", str(data), str(tmp_path / "all")]) == 16
    assert main(["convert", str(data), str(tmp_path / "all"), "--tables", "nobody"]) == 11
    assert main(["convert", str(data), str(tmp_path / "all"), "--to", "stone"]) == 20
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out"]
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://reader:hunter2@db/hospital",
        "postgresql://reader:hun/ter2@db/hospital",
        "postgresql:///hospital?password=hunter2",
        "mssql+pyodbc:///?odbc_connect=UID%3Dx%3BPWD%3Dhunter2",
        "host=db password=hunter2",
        "s3://key:hunter2@bucket/prefix",
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(address):
    with pytest.raises(FactoryError, match="holds a password") as caught:
        open_source(address)
    assert "hunter2" not in str(caught.value)
