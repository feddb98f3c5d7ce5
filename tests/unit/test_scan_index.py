import hashlib
import stat

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from factory.contract import Contract
from factory.contract import IdentifierClass as Is
from factory.core.errors import KeyInvalid, StorageError
from factory.scan.forms import compact, forms
from factory.scan.index import Asked, SourceIndex
from factory.scan.normal import plain
from factory.scan.source import source_index

VALUES = [
    ("Quillfeather Thornby", Is.NAME),
    ("歐陽秀蘭", Is.NAME),
    ("HN48210933", Is.MRN),
    ("61234578", Is.PHONE),
    ("李娜", Is.NAME),
]
INDEX = SourceIndex.build(VALUES, [(1951, 7, 4)])


def found(text):
    return [match.letter for match in INDEX.search(plain(text))]


@given(
    st.text("abcdefg 0123456789,.\n病人", max_size=40),
    st.text(" ,.\n病", max_size=5),
    st.sampled_from(["hn-4821 0933", "6123-4578"]),
)
@settings(max_examples=60)
def test_a_value_is_found_in_any_surroundings(before, after, value):
    text = f"{before} |||| {value} |||| {after}"
    hits = INDEX.search(plain(text))
    assert any(text[hit.start : hit.end].strip("| ") in (value, value[3:]) for hit in hits)


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("the value Thornby alone", []),
        ("quillfeatherthornby", ["A"]),
        ("QUILLFEATHER,\nthornby", ["A"]),
        ("欧 阳 秀 蘭说", ["A"]),
        ("李娜", ["A"]),
        ("行李娜走", []),
        ("6123, 4578", []),
        ("6123.45.78", ["D"]),
        ("6123-45 78", []),
        ("612345789", []),
        ("4 July 1951", ["C"]),
        ("61234578\t48210933", ["D", "H"]),
    ],
)
def test_what_counts_and_what_is_too_little(text, letters):
    assert found(text) == letters


TEXTS = [
    "seen: Quillfeather Thornby, HN-4821 0933 (born 4 July 1951)",
    "歐陽秀蘭说 李娜 行李娜走 6123.45.78 6123, 4578",
    "nobody, 12345678, 1951-07-05",
    hashlib.sha256(b"HN48210933").hexdigest(),
]


def test_of_what_was_asked_for_an_index_finds_all_and_of_the_rest_it_keeps_little():
    others = [(f"HN{number:08d}", Is.MRN) for number in range(20_000)]
    whole = SourceIndex.build([*others, *VALUES], [(1951, 7, 4)])
    asked = Asked.build([])
    for text in TEXTS:
        assert asked.search(plain(text)) == asked.derived(plain(text)) == []
    made = SourceIndex.build(iter([*others, *VALUES]), [(1951, 7, 4)], asked=asked)
    for text in TEXTS:
        assert made.search(plain(text)) == whole.search(plain(text))
        assert made.derived(plain(text)) == whole.derived(plain(text))
    assert whole.derived(TEXTS[-1]) and whole.search(TEXTS[0])
    assert len(made.values) < len(whole.values) / 100
    assert made.spellings == whole.spellings == len(whole.values)
    nothing = SourceIndex.build(iter([*others, *VALUES]), [(1951, 7, 4)], asked=Asked.build([]))
    assert not len(nothing.values) and nothing.spellings == whole.spellings


def test_short_and_common_values_are_not_looked_for():
    assert not forms("Li", Is.NAME)
    assert not forms("123", Is.MRN)
    assert not forms("Chan", Is.NAME)
    assert "nglina" in forms("Ng Li Na", Is.NAME)


@given(st.text(max_size=30), st.sampled_from(list(Is)))
def test_no_value_breaks_the_spellings(value, kind):
    assert all(form == compact(form) or form.isascii() for form in forms(value, kind))


def test_saved_it_holds_no_value_and_needs_its_key(tmp_path):
    path, key = tmp_path / "source.index", tmp_path / "source.key"
    INDEX.save(path, key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    data = path.read_bytes()
    assert not [value for value, _ in VALUES if value.encode() in data or compact(value).encode() in data]
    again = SourceIndex.load(path, key)
    assert [match.letter for match in again.search("hn48210933")] == ["H"]
    key.write_text("00" * 32)
    with pytest.raises(KeyInvalid):
        SourceIndex.load(path, key)
    path.write_bytes(b"not an index")
    with pytest.raises(StorageError):
        SourceIndex.load(path, key)


def test_two_indexes_of_the_same_values_share_nothing():
    other = SourceIndex.build(VALUES, [(1951, 7, 4)])
    assert not set(other.prefilter.tolist()) & set(INDEX.prefilter.tolist())
    assert not set(other.values.rows["high"].tolist()) & set(INDEX.values.rows["high"].tolist())
    assert "48210933" not in repr(INDEX)


def test_the_columns_of_a_contract():
    table = {
        "key": "mrn",
        "columns": {
            "mrn": {"role": "key", "type": "string", "class": "mrn", "as": "id"},
            "name": {"role": "identifier", "type": "string", "class": "name"},
            "kin_relation": {"role": "identifier", "type": "string", "class": "name"},
            "postcode": {"role": "identifier", "type": "string", "class": "postcode"},
            "born": {"role": "date", "type": "date", "birth": True},
        },
    }
    contract = Contract.model_validate(
        {"contract": 1, "name": "x", "title": "x", "licensor": "x", "person": "p", "tables": {"p": table}}
    )
    rows = 400
    frame = pd.DataFrame(
        {
            "mrn": [f"HN{48000000 + at}" for at in range(rows)],
            "name": [f"Person{chr(97 + at % 26)} Thornby{chr(97 + at // 26)}" for at in range(rows)],
            "kin_relation": ["husband", "daughter"] * (rows // 2),
            "postcode": "215004",
            "born": "1951-07-04",
        }
    )
    index = source_index(contract, {"p": frame})
    assert [match.letter for match in index.search("HN48000007 of 1951-07-04")] == ["H", "C"]
    assert not index.search("husband at 215004")
    assert len(index.held_back) == 2
