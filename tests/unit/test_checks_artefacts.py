"""Rare categories and extremes of real people are found in any file, and what is no one's value is not."""

import gzip
import json
import pickle
import zipfile

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from factory.checks.comparison import comparison
from factory.checks.measure import Outcome
from factory.checks.privacy.artefacts import measure_artefacts
from factory.checks.privacy.cells import measure_cells, small_cells
from factory.checks.privacy.sought import sought_values
from factory.contract import Contract
from factory.core.errors import StorageError

RARE, CHINESE, EXTREME = "hairy cell leukaemia", "罕见病甲", 98765.3
COLUMNS = {
    "id": {"role": "key", "type": "string", "as": "row"},
    "diagnosis": {"role": "clinical", "type": "category"},
    "诊断": {"role": "clinical", "type": "category"},
    "stage": {"role": "clinical", "type": "category", "codes": ["common stage", "stated stage"]},
    "cost": {"role": "clinical", "type": "number"},
    "height": {"role": "clinical", "type": "integer"},
    "alive": {"role": "clinical", "type": "boolean"},
    "empty": {"role": "clinical", "type": "number"},
}


def _people(n=200, rare=0):
    dice = np.random.default_rng(n)
    frame = pd.DataFrame(
        {
            "row": np.arange(n),
            "diagnosis": dice.choice(["hypertension", "diabetes mellitus"], n),
            "诊断": dice.choice(["高血压", "糖尿病"], n),
            "stage": "common stage",
            "cost": np.repeat(np.arange(n // 20) * 10.5 + 100, 20),
            "height": pd.Series(np.repeat(np.arange(n // 20) + 150, 20)).astype("Int64"),
            "alive": pd.Series(np.arange(n) > 2).astype("boolean"),
            "empty": np.full(n, np.nan),
        }
    )
    if rare:
        frame.loc[: rare - 1, ["diagnosis", "诊断", "stage"]] = [RARE, CHINESE, "stated stage"]
        frame.loc[: rare - 1, "cost"] = EXTREME
        frame.loc[: rare - 1, "height"] = 231
    return {"people": frame}


@pytest.fixture(scope="module")
def parts():
    contract = Contract.model_validate(
        {
            "contract": 1,
            "name": "small",
            "title": "Small",
            "licensor": "Nobody",
            "person": "people",
            "tables": {"people": {"key": "id", "columns": COLUMNS}},
        }
    )
    return comparison(contract, _people(200, 3), _people(160), _people(180), 1)


def _count(parts, *paths):
    (measure,) = measure_artefacts(parts, paths)
    assert (measure.outcome is Outcome.PASS) == (measure.value == 0)
    return int(measure.value), measure


def test_what_is_sought(parts):
    assert {one.text for one in sought_values(parts)} == {RARE, CHINESE, str(EXTREME), "231"}


def _written(folder):
    facts = {"levels": [RARE, CHINESE], "greatest": EXTREME, "height": {"greatest": 231}}
    (folder / "a.json").write_text(json.dumps(facts))
    (folder / "b.json").write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    (folder / "c.yaml").write_text(yaml.safe_dump(facts, allow_unicode=True), encoding="utf-8")
    (folder / "d.html").write_text(f"<p>{RARE}</p><b>{CHINESE}</b><i>{EXTREME}</i> height 231", encoding="utf-8")
    (folder / "e.csv").write_text(f"x,y,height,w\n{RARE},{CHINESE},231,{EXTREME}\n", encoding="utf-8")
    table = pa.table({"height": pa.array([160, 231]), "cost": [1.0, EXTREME], "d": [RARE, RARE], "诊": [CHINESE] * 2})
    pq.write_table(table, folder / "f.parquet")
    pq.write_table(pa.table({"z": [1]}).replace_schema_metadata({"m": json.dumps(facts)}), folder / "g.parquet")
    (folder / "h.pkl").write_bytes(pickle.dumps(facts))
    with gzip.open(folder / "i.json.gz", "wt") as file:
        file.write(json.dumps(facts))
    with zipfile.ZipFile(folder / "j.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.json", json.dumps(facts))
    (folder / "k.txt").write_bytes(f"{RARE} {CHINESE} {EXTREME}".encode("utf-16"))


def test_found_in_every_format(parts, tmp_path):
    _written(tmp_path)
    # Short numbers are not sought in the text of UTF-16; a pickle holds 231 as one byte.
    fewer = {"h.pkl": 3, "k.txt": 3}
    for path in sorted(tmp_path.iterdir()):
        assert _count(parts, path)[0] == fewer.get(path.name, 4), path.name
    count, measure = _count(parts, tmp_path)
    assert count == 4 * 11 - 2
    assert measure.outcome is Outcome.FAIL
    assert "people.diagnosis" in measure.where
    said = json.dumps(measure.as_row(), ensure_ascii=False)
    assert not any(value in said for value in (RARE, CHINESE, str(EXTREME)))


def test_numbers_in_binary_files_are_found(parts, tmp_path):
    for place, order in enumerate("<>"):
        path = tmp_path / f"{place}.bin"
        path.write_bytes(b"x" + np.array([1.0, 231.0, EXTREME], dtype=f"{order}f8").tobytes())
    # 231 has so few bits that its bytes prove nothing.
    assert _count(parts, tmp_path)[0] == 2


@pytest.mark.parametrize(
    "text",
    [
        "hypertension, 高血压, common stage, cost up to 190, people 231000",
        '{"stage": ["common stage", "stated stage"]}',
        '{"learning_rate": 0.231, "width": 231}',
        '{"height_mean": 1231, "height": 2310, "height_share": 23.1}',
        "cost 198765.3 and 98765.31 and 98765",
        "chairy cell leukaemias",
        "alive: True",
        "",
    ],
)
def test_what_is_no_ones_value_is_no_finding(parts, tmp_path, text):
    (tmp_path / "report.html").write_text(text, encoding="utf-8")
    assert _count(parts, tmp_path)[0] == 0


def test_broken_archives_are_searched_as_bytes(parts, tmp_path):
    (tmp_path / "a.gz").write_bytes(b"\x1f\x8b" + RARE.encode())
    (tmp_path / "b.parquet").write_bytes(b"PAR1" + b"..." + RARE.encode())
    (tmp_path / "c.zip").write_bytes(b"PK\x03\x04 " + RARE.encode())
    assert _count(parts, tmp_path)[0] == 3


def test_a_path_that_is_not_there(parts, tmp_path):
    with pytest.raises(StorageError, match="nowhere"):
        measure_artefacts(parts, [tmp_path / "nowhere"])


def test_small_cells_of_facts():
    facts = {
        "counts": {"a": 3, "b": 30, "c": 0, "shares": {"d": 0.5, "e": 4}},
        "tasks": [{"auc": 1, "n_people": 7}, {"n": 11}],
        "人数": [10, 11],
        "seed": 5,
        "flags": {"count": True},
    }
    found = small_cells(facts, 11)
    assert found.under == {"counts": 1, "tasks": 1, "人数": 1}
    assert found.count == 3
    measure = measure_cells(facts, 11, 100)
    assert (measure.value, measure.outcome) == (3, Outcome.FAIL)
    assert measure_cells({"n": 11, "x": 2}, 11, 100).outcome is Outcome.PASS


def test_small_cells_of_frames():
    crossed = pd.DataFrame({"f": [3, 40], "m": [11, 0]}, index=["x", "y"])
    assert small_cells(crossed, 11).count == 1
    assert small_cells(
        {"km": pd.DataFrame({"day": [1, 2, 3], "at_risk": [2, 3, 4], "n": [12, 10, np.nan]})}, 11
    ).under == {"km": 1}
