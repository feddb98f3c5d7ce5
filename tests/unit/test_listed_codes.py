"""Codes that a contract lists are no telephone numbers; what it does not list, and what the source knows, still are."""

import pandas as pd
import pytest

from factory.contract import Contract, IdentifierClass, released
from factory.evidence.controls.base import Evidence
from factory.evidence.controls.documents import scan_documents
from factory.gates import gx
from factory.gates.suites import released_view, unroll
from factory.scan import Options, scan
from factory.scan.index import SourceIndex
from factory.scan.listed import listed

CODES = ["38000177", "38000175", "38000280", "0"]


def contract(codes=CODES):
    drug = {"role": "clinical", "type": "category"} | ({"codes": codes} if codes else {})
    times = {name: {"role": "date", "type": "date"} for name in ("start_date", "end_date")}
    columns = {"id": {"role": "key", "type": "integer", "as": "id"}, "drug": drug, **times}
    return Contract.model_validate(
        {
            "contract": 1,
            "name": "made",
            "title": "Made",
            "licensor": "Nobody",
            "person": "people",
            "tables": {"people": {"key": "id", "columns": columns}},
            "rules": [{"kind": "order", "id": "ends", "table": "people", "earlier": "start_date", "later": "end_date"}],
        }
    )


def frame(**changes):
    rows = {
        "id": range(1, 41),
        "drug": [*CODES[:3], None] * 10,
        "start_year": 2020,
        "start_day": 5,
        "end_year": 2020,
        "end_day": pd.array([7, None] * 20, "Int64"),
    }
    return pd.DataFrame({**rows, **changes})


def hits(tmp_path, made, codes=CODES, index=None):
    path = tmp_path / "people.parquet"
    made.to_parquet(path)
    report = scan([path], Options(index=index, allowed=listed(contract(codes), {"people": path.name})))
    return {finding.letter for finding in report.findings}


def test_a_listed_code_is_none_and_an_unlisted_one_is(tmp_path):
    assert hits(tmp_path, frame()) == set()
    assert "D" in hits(tmp_path, frame(), codes=None)


def test_a_number_in_another_column_is_found(tmp_path):
    assert "D" in hits(tmp_path, frame(phone=["98765432", "61234567"] * 20))


def test_an_identifier_of_the_source_is_found_though_it_is_listed(tmp_path):
    index = SourceIndex.build([(CODES[0], IdentifierClass.PHONE)], set())
    assert hits(tmp_path, frame(), index=index)


def documents(folder, text):
    (folder / "told.txt").write_text(text)
    facts = {"measures": [], "decisions": [], "tables": {}, "code": {}}
    return scan_documents(Evidence(contract(), facts, folder)).total


def test_documents_may_name_listed_codes_and_no_other_numbers(tmp_path):
    assert documents(tmp_path, "Prescribed most often: phone 38000177") == 0
    assert documents(tmp_path, "Prescribed most often: phone 98765432") > 0
    assert documents(tmp_path, "Prescribed most often: phone 38000177 and 98765432") > 0


def judged(made, codes=CODES):
    shape = released(contract(codes))["people"]
    view = released_view(contract(codes), shape, {"people": list(range(1, 41))}, {"people": 40})
    results = gx.judge_table("synthetic", "people", made, unroll("synthetic", view))
    return {result["control"] for result in results if not result["success"]}


@pytest.mark.parametrize(
    ("changes", "codes", "failed"),
    [
        ({}, CODES, set()),
        ({}, None, {"SY-IDS"}),
        ({"drug": ["98765432"] * 40}, CODES, {"SY-CODES"}),
        ({"end_day": pd.array([4, None] * 20, "Int64")}, CODES, {"SY-ORDER"}),
    ],
    ids=["all holds", "codes not listed", "a number among the codes", "ends before it starts"],
)
def test_the_gates_hold_a_listed_column_to_its_list_and_an_open_end_to_nothing(changes, codes, failed):
    assert judged(frame(**changes), codes) == failed
