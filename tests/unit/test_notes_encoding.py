"""Which bytes are text: what cannot be told is refused, never passed through unread."""

from __future__ import annotations

import pytest

from factory.core.errors import BrokenFile, WrongEncoding
from factory.deid.notes import decode, pieces
from factory.formats.files import check_header

TEXT = "Mr Zbigniewski 出院。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "big5"])
def test_it_is_read(encoding):
    text = (
        "患者神清，精神可，今日出院，嘱门诊随访。"
        if encoding == "gb18030"
        else "病人今日出院，情況良好，覆診。"
        if encoding == "big5"
        else TEXT
    )
    assert decode(text.encode(encoding), "note.txt") == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_without_its_mark_it_is_refused(encoding):
    with pytest.raises(WrongEncoding, match="NUL") as caught:
        decode("Mr Zbigniewski".encode(encoding), "note.txt")
    assert "Zbig" not in caught.value.message


@pytest.mark.parametrize("cell", ["A123456(3)", "1931-03-07", "ann@example.com", "91234567", "2003年5月7日"])
def test_a_first_line_of_cells_is_no_header_and_is_not_repeated(cell):
    with pytest.raises(BrokenFile, match="column 2") as caught:
        check_header(["ward", cell], "people.csv")
    assert cell not in caught.value.message


def test_a_header_is_a_header():
    check_header(["mrn", "A1Cresult", "2019", "diag_1", "血糖", "icd10_e11"], "people.csv")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("患者王芳，因咳嗽三天入院。血压120/80。", "gb18030"),
        ("患者王芳，因咳嗽三天入院。", "utf-16"),
        ("病人陳大文，因咳嗽三日入院。血壓正常。", "big5"),
        ("病人陳大文", "utf-8-sig"),
        ("", "utf-8"),
    ],
)
def test_encodings_of_clinics_are_seen(text, encoding):
    assert decode(text.encode(encoding), "a.txt") == text


@pytest.mark.parametrize("data", [b"Jos\xe9 Mu\xf1oz", b"\xff\xff\xff", "Żółć łódź".encode("cp1250"), b"\xff\xfe\x00"])
def test_other_encodings_are_refused(data):
    with pytest.raises(WrongEncoding):
        decode(data, "a.txt")


def test_a_long_text_is_cut_where_lines_end_and_nothing_is_lost():
    text = "Ann Lee came.\n" * 20_000
    parts = list(pieces(text))
    assert "".join(parts) == text and len(parts) > 3 and all(part.endswith("\n") for part in parts)
    long_line = "王芳复诊。" * 50
    assert all(part.endswith("。") for part in pieces(long_line, 32))
    assert "".join(pieces("x" * 1_000, 32)) == "x" * 1_000 and list(pieces("")) == []
