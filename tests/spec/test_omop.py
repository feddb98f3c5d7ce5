"""OMOP CDM in and out keeps every key and link: raw, and through the whole line, on OHDSI's Eunomia GiBleed."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml
from command import run_factory

from factory.formats.omop import check
from factory.formats.omop.cdm import RENAMED, VOCABULARY, tables

PEOPLE = 160
LINE = ("person", "visit_occurrence", "condition_occurrence", "drug_exposure", "measurement", "procedure_occurrence")
# So few people cannot support the bounds on attacks, which are not what this test is about.
POLICY = {"release": "data-use-agreement", "membership_auc": 0.9, "membership_auc_exposed": 0.95, "membership_tpr": 0.5}
STATEMENT = {
    "controller": "OHDSI",
    "legal_basis": "synthetic",
    "dpia": "none",
    "dpo": "none",
    "review_on": "2030-01-01",
}


@pytest.fixture(scope="module")
def eunomia(factory_data):
    return factory_data / "omop-eunomia-gibleed"


@pytest.fixture(scope="module")
def mended(eunomia, tmp_path_factory):
    """Eunomia as CDM 5.4, and what was said of its mending."""
    out = tmp_path_factory.mktemp("omop") / "cdm"
    done = run_factory("convert", f"omop:{eunomia}", out, "--to", "omop", "--mend")
    assert done.returncode == 0, done.stderr
    return out, done.stderr


def test_as_it_is_it_is_refused_with_counts(eunomia, tmp_path):
    done = run_factory("convert", f"omop:{eunomia}", tmp_path / "out", "--to", "omop")
    assert done.returncode == 15 and not (tmp_path / "out").exists()
    assert "observation_period: column person_id points to no row of person in 2,649 of 5,343 rows" in done.stderr


def test_raw_every_link_holds_and_every_other_row_is_there(eunomia, mended):
    out, said = mended
    assert check(out) == []
    assert pq.read_metadata(out / "person.parquet").num_rows == 2694
    for name in sorted(path.stem for path in out.glob("*.parquet")):
        before, after = pq.read_table(eunomia / f"{name}.parquet"), pq.read_table(out / f"{name}.parquet")
        if name in VOCABULARY:
            continue
        dropped = sum(
            int(line.split(": ")[1].split(" of ")[0].replace(",", ""))
            for line in said.splitlines()
            if line.startswith(f"mended {name}: ") and "dropped" in line
        )
        assert len(after) == len(before) - dropped
        for column in before.column_names:
            here = RENAMED.get(column.casefold(), column.casefold())
            # Rows are in order, so a column that nothing was said of is the same from end to end.
            if (
                dropped
                or (f"{name}: " in said and f" {here}" in said)
                or ("key got a new one" in said and here == tables()[name].key)
            ):
                continue
            if f"note {name}.{here}:" in said or here == "measurement_time":
                continue
            kept = after[here]
            assert pc.cast(before[column], kept.type).equals(kept), (name, here)


@pytest.fixture(scope="module")
def few(mended, tmp_path_factory):
    """The tables of the line for the first people."""
    folder = tmp_path_factory.mktemp("omop") / "few"
    folder.mkdir()
    ids = pq.read_table(mended[0] / "person.parquet")["person_id"].slice(0, PEOPLE).combine_chunks()
    for path in sorted(mended[0].glob("*.parquet")):
        if path.stem in LINE:
            rows = pq.read_table(path)
            pq.write_table(rows.filter(pc.is_in(rows["person_id"], ids)), folder / path.name)
        elif path.stem in VOCABULARY:
            (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture(scope="module")
def produced(few, tmp_path_factory):
    """The run of a contract that was drafted, less title, owner, statement and policy."""
    work = tmp_path_factory.mktemp("omop")
    draft = run_factory("contract", "draft", f"omop:{few}", "--name", "gibleed")
    assert draft.returncode == 0, draft.stderr
    contract = {**yaml.safe_load(draft.stdout), "policy": POLICY, "statement": STATEMENT}
    (work / "contract.yaml").write_text(yaml.safe_dump(contract, sort_keys=False))
    asked = ["--data", f"omop:{few}", "--run", work / "run", "--engine", "trees", "--seed", 1, "--plain"]
    done = run_factory("produce", work / "contract.yaml", *asked)
    assert done.returncode == 0, done.stderr
    return work / "run"


def test_through_the_line_every_link_holds(produced, few, tmp_path):
    out = tmp_path / "out"
    done = run_factory("convert", produced, out, "--to", "omop", "--vocabulary", f"omop:{few}")
    assert done.returncode == 0, done.stderr
    assert check(out) == []
    assert set(LINE) <= {path.stem for path in out.glob("*.parquet")}
    known = pq.read_table(out / "concept.parquet")["concept_id"].combine_chunks()
    for name in LINE:
        rows = pq.read_table(out / f"{name}.parquet")
        assert len(rows) and rows.schema.names == list(tables()[name].fields)
        main = next(field.name for field in tables()[name].fields.values() if field.concept)
        assert pc.all(pc.is_in(rows[main], known)).as_py()
    visits = pq.read_table(out / "visit_occurrence.parquet")
    assert pc.all(pc.less_equal(visits["visit_start_date"], visits["visit_end_date"])).as_py()


def test_and_so_do_the_events_of_meds(produced, few, tmp_path):
    from meds import DataSchema

    done = run_factory("convert", produced, tmp_path / "out", "--to", "meds", "--vocabulary", f"omop:{few}")
    assert done.returncode == 0, done.stderr
    every = pa.concat_tables([pq.read_table(path) for path in sorted((tmp_path / "out").glob("data/*/*.parquet"))])
    DataSchema.validate(every)
    people = pq.read_metadata(produced / "release" / "candidate" / "data" / "person.parquet").num_rows
    assert pc.count_distinct(every["subject_id"]).as_py() == people
    codes = set(every["code"].to_pylist())
    assert any(code.startswith("RxNorm/") for code in codes) and any(code.startswith("SNOMED/") for code in codes)
