"""The gate that scans what is to be released: clean tables pass, one planted identifier fails the run."""

from __future__ import annotations

import hashlib

import pandas as pd
import pytest

from factory.contract import Contract, digest
from factory.core.tables import Zone, write_dataset
from factory.gates.identifiers import as_results, as_rows, scanned

CONTRACT = Contract.model_validate(
    {
        "contract": 1,
        "name": "gate",
        "title": "Gate",
        "licensor": "Nobody",
        "person": "people",
        "tables": {
            "people": {
                "key": "id",
                "columns": {
                    "id": {"role": "key", "type": "string", "as": "person_id", "class": "mrn"},
                    "name": {"role": "identifier", "type": "string", "class": "name"},
                    "hkid": {"role": "identifier", "type": "string", "class": "national-id"},
                    "sex": {"role": "quasi-identifier", "type": "category", "codes": ["F", "M"]},
                    "ward": {"role": "clinical", "type": "category"},
                },
            }
        },
    }
)
RAW = {
    "people": pd.DataFrame(
        {
            "id": [f"HN{40118823 + 7 * i}" for i in range(60)],
            "name": [f"WONG {a} {b}" for a in ("Ka Yan", "Tai Man", "Wai Hung") for b in range(20)],
            "hkid": [f"Z{683365 + i}(5)" for i in range(60)],
            "sex": ["F", "M"] * 30,
            "ward": ["Medicine", "Surgery", "Renal"] * 20,
        }
    )
}


def verdicts(tmp_path, **planted):
    made = pd.DataFrame(
        {"person_id": range(1, 61), "sex": ["F", "M"] * 30, "ward": ["Medicine", "Surgery", "Renal"] * 20}
    )
    for column, value in planted.items():
        made.loc[7, column] = value
    write_dataset({"people": made}, tmp_path / "synth", Zone.SYNTHETIC, digest(CONTRACT), (), "code")
    return scanned(CONTRACT, RAW, tmp_path / "synth")


def failed(found):
    return {row["control"] for row in as_results(found) if not row["success"]}


def test_clean_tables_pass_and_what_nobody_can_scan_asks_for_a_word(tmp_path):
    found = verdicts(tmp_path)
    assert failed(found) == set()
    # That nothing was found is said of what was looked for, and the same whatever key the index had.
    assert next(row for row in as_rows(found) if row["control"] == "SH-LINK")["verdict"] == "pass"
    assert as_rows(verdicts(tmp_path)) == as_rows(found)
    assert {row["control"] for row in as_rows(found) if row["verdict"] == "needs attestation"} == {"SH-P", "SH-Q"}
    assert not {"SH-P", "SH-Q"} & {row["control"] for row in as_results(found)}


@pytest.mark.parametrize(
    ("planted", "controls"),
    [
        ({"ward": "Z683372(5)"}, {"SH-G", "SH-LINK"}),
        ({"ward": "seen 2003-05-07"}, {"SH-C"}),
        ({"ward": "HN40118823"}, {"SH-LINK"}),
        ({"ward": hashlib.sha256(b"Z683365(5)").hexdigest()}, {"SH-R"}),
        ({"ward": hashlib.sha256(b"Z683365(5)").hexdigest()[:12]}, {"SH-R"}),
        # By its shape a cut of twelve digits is nothing, and a column whose codes are listed is let pass.
        ({"sex": hashlib.md5(b"HN40118823").hexdigest()}, {"SH-R"}),
    ],
)
def test_one_planted_identifier_fails_the_run_and_is_not_repeated(tmp_path, planted, controls):
    found = verdicts(tmp_path, **planted)
    assert controls <= failed(found)
    assert not [value for value in planted.values() if value in str(as_rows(found))]
