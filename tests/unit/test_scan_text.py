import itertools
import json

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.scan import scan
from factory.scan.allow import Exceptions
from factory.scan.detect import find
from factory.scan.normal import place_in, plain
from factory.scan.report import FileRead
from factory.scan.tally import Tally
from factory.scan.texts import CHUNK, TextScan


@given(st.text(max_size=60))
def test_plain_text_stays_plain(text):
    assert plain(plain(text)) == plain(plain(plain(text)))
    for span in find(plain(text)):
        assert 0 <= place_in(text, span.start) < place_in(text, span.end - 1) + 1 <= len(text)


def test_one_spelling():
    assert plain("Ａ１２３４５６（３）") == "A123456(3)"
    assert plain("98\u200b41\u20131820") == "9841-1820"
    assert plain("电话幺三八零零一三八零零零") == "电话13800138000"


@given(st.text("0123456789- ./:()年月日ABCabc@", max_size=80))
def test_hits_are_in_order_and_apart(text):
    spans = find(plain(text))
    assert all(first.end <= second.start for first, second in itertools.pairwise(spans))


NOTHING = [
    "BP 138/84, pulse 72, SpO2 97% on 2 L/min, fall score 3/10, GCS 15/15.",
    "ICD-9 250.83, V57.1, E885.9 and 401.9; codes 390-459 and 800-999.",
    "sdv 2.0.0, numpy 2.4.6, great-expectations 1.24.1, python 3.11",
    "Membership attack: AUC 0.519 (95% interval 0.491 to 0.547), n = 1,400",
    "Diabetes 130-US hospitals, 1999-2008; 45 CFR 164.514(b)(2)(i)(C); ages over 89; 90 or older; 90+",
    "paracetamol 500 mg up to 4 times a day, Sinemet 25/100 mg, 12 units of insulin may be given",
    "血压 152/73，脉搏98，体重81.3公斤，血氧97%，住院5天，化验39项，药物16种。",
    "黄疸不明显，高血压，周围神经病变，白细胞计数偏高，何种过敏原待查，马凡综合征可排除。",
    "90岁及以上合并为一组",
]


def test_clinical_figures_and_versions_are_nothing():
    assert {text: [span.detector for span in find(plain(text))] for text in NOTHING} == {text: [] for text in NOTHING}


def found_at(chunks):
    tally = Tally(Exceptions([], []), None)
    TextScan(tally, FileRead("a")).feed_all(chunks)
    return [(found.letter, found.place.line, found.place.character) for found in tally.findings]


@given(st.integers(0, 120), st.integers(0, 30))
@settings(max_examples=30, deadline=None)
def test_a_hit_across_chunks_is_found_once_and_in_its_place(before, lines):
    text = "x\n" * lines + "y " * before + "anna.b@example.com" + " z" * 700
    whole = found_at([text])
    assert whole == [("F", lines + 1, 2 * before + 1)]
    for size in (64, 600):
        assert found_at([text[at : at + size] for at in range(0, len(text), size)]) == whole


def test_a_long_file_is_read_in_pieces(tmp_path):
    line = "the quick report of the ward says nothing of anybody\n"
    count = 3 * CHUNK // len(line)
    (tmp_path / "log.txt").write_text(line * count + "from 10.24.9.18\n")
    report = scan([tmp_path])
    assert [(found.letter, found.place.line) for found in report.findings] == [("O", count + 1)]


def test_no_value_is_in_a_report(tmp_path):
    values = ["anna.b@example.com", "A123456(3)", "2003-05-17", "Whitcombe"]
    (tmp_path / "a.csv").write_text("x,y\nanna.b@example.com,A123456(3)\n2003-05-17,Mrs Whitcombe\n")
    (tmp_path / "b.txt").write_text("Mrs Whitcombe, born 2003-05-17, A123456(3), anna.b@example.com")
    report = scan([tmp_path])
    assert report.total == 8
    assert not [value for value in values if value in json.dumps(report.as_json())]


def test_names_of_files_keys_and_columns_are_not_shown_where_they_tell(tmp_path):
    (tmp_path / "Mrs Whitcombe").mkdir()
    (tmp_path / "Mrs Whitcombe" / "a.json").write_text('{"anna.b@example.com": {"phone": "+852 6123 9876"}}')
    (tmp_path / "a.csv").write_text("Mr Fairbrother,93 years old\n2003-05-17,6123 9876\n")
    (tmp_path / "b.csv").write_text("4821093,2003-05-17\n4821094,2003-05-18\n")
    (tmp_path / "c.txt").write_text("Whitcombe: seen 2003-05-17\n")
    shown = json.dumps(scan([tmp_path]).as_json())
    told = ("Whitcombe", "anna", "Fairbrother", "2003", "4821", "9876")
    assert not [value for value in told if value in shown]
    assert shown.count("named after somebody") > 3


def test_what_the_factory_itself_writes_is_no_identifier(tmp_path):
    """A band of years, and a title after a tag: both are in tables that `factory deid` makes."""
    frame = pd.DataFrame(
        {"admitted_year": ["[2005-2010)", "[2000-2005)"] * 30, "text": ["[NAME]顧問醫生簽署。", "well"] * 30}
    )
    frame.to_parquet(tmp_path / "made.parquet")
    assert scan([tmp_path / "made.parquet"]).counts == {}
