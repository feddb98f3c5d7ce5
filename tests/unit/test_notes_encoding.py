"""Which bytes are text: what cannot be told is refused, never passed through unread."""

from __future__ import annotations

import pytest

from factory.core.errors import BrokenFile, WrongEncoding
from factory.deid.notes import decode
from factory.intake.files import check_header

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
