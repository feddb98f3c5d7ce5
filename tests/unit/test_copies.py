"""Each licensee's copy: marks that lead back to it, and nothing else changed."""

import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from unit.candidates import OFFICER, TODAY, candidate_value, licence_value, make_run

from factory.core.files import canonical_json, sha256_bytes, sha256_file
from factory.release.seal import seal
from factory.release.verify import verify

ROWS = 3000
_FREE = ("lab", "pressure", "ward", "count", "score", "weight", "height", "urea")


def column(name, kind, role="clinical", bound_by=()):
    return {"name": name, "kind": kind, "role": role, "unit": None, "from": name, "bound_by": list(bound_by)}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A run of one large table, released to two licensees."""
    made = make_run(tmp_path_factory.mktemp("copies"))
    folder, rng = made.run.candidate, np.random.default_rng(4)
    (folder / "data" / "stays.parquet").unlink()
    frame = pd.DataFrame({"patient_id": [f"p{n}" for n in range(ROWS)]})
    frame["lab"] = np.round(rng.normal(4.2, 0.9, ROWS), 2)
    frame.loc[rng.random(ROWS) < 0.1, "lab"] = np.nan
    frame["pressure"] = pd.array(rng.integers(80, 190, ROWS), dtype="Int64")
    frame.loc[rng.random(ROWS) < 0.1, "pressure"] = pd.NA
    frame["ward"] = rng.choice(["A", "B", "C"], ROWS)
    for name, high in (("count", 60), ("score", 100), ("days", 30)):
        frame[name] = rng.integers(0, high, ROWS)
    frame["weight"] = np.round(rng.normal(70, 14, ROWS), 1)
    frame["height"] = np.round(rng.normal(168, 9, ROWS), 1)
    frame["urea"] = np.round(rng.gamma(3, 2, ROWS), 1)
    frame["admitted_year"] = rng.integers(2015, 2025, ROWS)
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), folder / "data" / "patients.parquet")
    columns = [column("patient_id", "id", "key"), column("admitted_year", "year", "date")]
    columns += [column("days", "integer", bound_by=["length-of-stay"]), *(column(name, "number") for name in _FREE)]
    (folder / "dictionary.json").write_bytes(canonical_json({"patients": {"columns": columns}}))
    digest = sha256_file(folder / "data" / "patients.parquet")
    (folder / "croissant.json").write_text(json.dumps({"distribution": [{"sha256": digest}]}))
    (folder / "candidate.json").write_bytes(canonical_json(candidate_value(folder)))
    made.approved()
    for name in ("L-2026-001", "L-2"):
        made.licence.write_text(yaml.safe_dump(licence_value(id=name)))
        seal(made.run, made.signed(), OFFICER, made.key(OFFICER), TODAY)
    return made


def table(bundle):
    return pq.read_table(bundle / "data" / "patients.parquet")


def test_a_copy_is_the_reviewed_table_but_for_few_marks_in_free_columns(made):
    before, copy = table(made.run.candidate), table(made.bundle)
    assert copy.schema == before.schema
    differ = {name for name in before.column_names if copy[name] != before[name]}
    assert differ and differ <= set(_FREE)
    said = verify(made.bundle, made.run.people, TODAY).copy
    pairs = [(copy[name].to_pylist(), before[name].to_pylist()) for name in differ]
    changed = sum(a != b for one, other in pairs for a, b in zip(one, other, strict=True))
    assert said.marks == {"patients": changed} and 100 < changed < 0.03 * ROWS * len(_FREE)
    assert said.cost.mean < 0.02 and said.cost.spread < 0.02 and said.cost.correlation < 0.02


def test_each_licensee_has_a_copy_of_its_own_and_the_same_one_again(made):
    one, other = made.run.bundle("L-2026-001"), made.run.bundle("L-2")
    assert (one / "data/patients.parquet").read_bytes() != (other / "data/patients.parquet").read_bytes()
    kept = {path: path.read_bytes() for path in other.rglob("*") if path.is_file()}
    for path in sorted(other.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    seal(made.run, made.signed(), OFFICER, made.key(OFFICER), TODAY)
    assert {path: path.read_bytes() for path in other.rglob("*") if path.is_file()} == kept


def test_the_copys_croissant_has_the_copys_digest(made):
    said = json.loads((made.bundle / "croissant.json").read_bytes())["distribution"][0]["sha256"]
    assert said == sha256_file(made.bundle / "data" / "patients.parquet")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_leak_is_traced_by_the_command(made, factory, tmp_path, form):
    leaked = table(made.run.bundle("L-2")).to_pandas().sample(frac=0.5, random_state=3).drop(columns="patient_id")
    path = tmp_path / f"leaked.{form}"
    leaked.to_csv(path, index=False) if form == "csv" else leaked.to_parquet(path)
    done = factory("trace", made.run.root, f"patients={path}")
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()[1:3]
    assert first.startswith("L-2 ") and first.endswith(": named")
    assert second.startswith("L-2026-001") and second.endswith(": not named")


def test_what_is_nobodys_copy_names_nobody(made, factory, tmp_path):
    table(made.run.candidate).to_pandas().to_csv(tmp_path / "clean.csv", index=False)
    assert factory("trace", made.run.root, f"patients={tmp_path / 'clean.csv'}").returncode == 62
    (tmp_path / "not.csv").write_bytes(b"\x00\xff\x00")
    assert factory("trace", made.run.root, f"patients={tmp_path / 'not.csv'}").returncode in (20, 62)
    assert factory("trace", made.run.root, f"wards={tmp_path / 'clean.csv'}").returncode == 32
    assert factory("trace", made.run.root, "patients").returncode == 20


def test_the_secret_stays_with_the_owner(made):
    assert made.run.marks_key.stat().st_mode & 0o777 == 0o600
    secret = made.run.marks_key.read_bytes()
    assert all(secret not in path.read_bytes() for path in made.run.bundles.rglob("*") if path.is_file())


def test_other_tools_open_the_bundle(made):
    duckdb = pytest.importorskip("duckdb")
    polars = pytest.importorskip("polars")
    path = str(made.bundle / "data" / "patients.parquet")
    assert duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchall() == [(ROWS,)]
    assert polars.read_parquet(path).height == ROWS
    datasets = pytest.importorskip("datasets")
    assert datasets.load_dataset(str(made.bundle), "patients")["train"].num_rows == ROWS


def test_bytes_of_a_copy_follow_from_secret_licence_and_table(made):
    from factory.release.copies import make_copy, secret_of
    from factory.review.candidate import load_candidate

    candidate, _ = load_candidate(made.run.candidate)
    copy = make_copy(made.run.candidate, candidate, secret_of(made.run.marks_key), "L-2026-001", "0" * 64)
    assert sha256_bytes(copy.files["data/patients.parquet"]) == sha256_file(made.bundle / "data/patients.parquet")
    assert pq.read_table(io.BytesIO(copy.files["data/patients.parquet"])).num_rows == ROWS
