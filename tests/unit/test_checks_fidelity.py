"""Fidelity measures on tables whose answer is known, beside SDMetrics itself, and on tables that are hard to read."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import synth_tables
from scipy.spatial.distance import jensenshannon
from sdmetrics.reports.single_table import QualityReport

from factory.checks.auc import delong
from factory.checks.comparison import Comparison, comparison
from factory.checks.fidelity.association import association, coded, measure_association
from factory.checks.fidelity.battery import measure_fidelity
from factory.checks.fidelity.c2st import clustered, measure_c2st
from factory.checks.fidelity.codes import jensen_shannon, measure_codes
from factory.checks.fidelity.margins import measure_margins
from factory.checks.fidelity.missing import measure_missing
from factory.checks.fidelity.quality import measure_quality
from factory.checks.fidelity.relations import measure_relations
from factory.checks.fidelity.replicas import correlated, groups_of, reach
from factory.checks.fidelity.sample import kinds_of, samples
from factory.checks.fidelity.scores import pair_scores, shape_scores
from factory.checks.fidelity.tails import measure_tails
from factory.checks.measure import Measure, Outcome
from factory.contract import Contract, Kind


def one_table(frames: list[pd.DataFrame], seed: int = 5, cell: int = 11) -> Comparison:
    """Train, hold-out and synthetic rows, a person each; objects are categories and all else numbers."""
    columns = {"row": {"role": "key", "type": "string", "as": "row"}}
    for name, values in frames[0].items():
        columns[str(name)] = {"role": "clinical", "type": "category" if values.dtype == object else "number"}
    contract = Contract.model_validate(
        {**synth_tables.HEAD, "person": "rows", "tables": {"rows": {"key": "row", "columns": columns}},
         "policy": {"smallest_cell": cell}}
    )  # fmt: skip
    made = [frame.assign(row=[f"r{at}" for at in range(len(frame))]) for frame in frames]
    return comparison(contract, *({"rows": frame} for frame in made), seed)


def value(measures: list[Measure], name: str, where: str | None = None) -> Measure:
    """The measure of a name."""
    return next(m for m in measures if m.name == name and where in (None, m.where))


def mixed(n: int, seed: int) -> pd.DataFrame:
    """Numbers and categories that depend on each other, with values missing."""
    dice = np.random.default_rng(seed)
    severity = dice.normal(size=n)
    dose = 2 * severity + dice.normal(scale=0.7, size=n)
    ward = np.where(severity + dice.normal(scale=0.3, size=n) > 0, "surgical", "medical").astype(object)
    bed = np.where(dice.random(n) < 0.9, ward, "other").astype(object)
    dose[dice.random(n) < 0.1] = np.nan
    ward[dice.random(n) < 0.05] = None
    return pd.DataFrame({"severity": severity, "dose": dose, "ward": ward, "bed": bed, "same": np.full(n, 3.0)})


def test_sdmetrics_scores_are_its_own():
    made = one_table(
        [
            mixed(600, 1),
            mixed(500, 2),
            mixed(500, 3).assign(dose=lambda f: f["dose"].sample(frac=1, random_state=1).to_numpy()),
        ]
    )
    measures, details = measure_quality(made)
    cut = samples(made, "rows")
    kinds = kinds_of(made, "rows")
    metadata = {
        "columns": {n: {"sdtype": "categorical" if k is Kind.CATEGORY else "numerical"} for n, k in kinds.items()}
    }
    for part, prefix in (("synthetic", ""), ("holdout", "fresh_")):
        report = QualityReport()
        report.generate(cut["train"].frame, cut[part].frame, metadata, verbose=False)
        theirs = report.get_properties().set_index("Property")["Score"]
        assert details["rows"][f"{prefix}shapes"] == pytest.approx(theirs["Column Shapes"], abs=1e-12)
        assert details["rows"][f"{prefix}pairs"] == pytest.approx(theirs["Column Pair Trends"], abs=1e-12)
        trends = report.get_details("Column Pair Trends")
        told = trends[trends["Meets Threshold?"].fillna(False).astype(bool) & trends["Score"].notna()]
        assert len(told) >= 3
        pairs = list(zip(told["Column 1"], told["Column 2"], strict=True))
        # What the interval is made of is the same figure.
        assert shape_scores(kinds, cut["train"], cut[part])[0] == pytest.approx(theirs["Column Shapes"], abs=1e-9)
        assert pair_scores(kinds, cut["train"], cut[part], pairs)[0] == pytest.approx(
            theirs["Column Pair Trends"], abs=1e-9
        )
    ratio = value(measures, "fidelity_ratio")
    assert ratio.value == pytest.approx(
        min(details["rows"][key] / details["rows"][f"fresh_{key}"] for key in ("shapes", "pairs"))
    )
    assert ratio.low < ratio.value < ratio.high
    assert ratio.outcome is Outcome.FAIL


def test_a_fresh_sample_is_not_told_apart_and_independent_columns_are(factory_data: Path):
    trial = pd.read_csv(factory_data / "trials" / "ACTG175.csv").drop(columns=["Unnamed: 0", "pidnum"])
    found = []
    for seed in range(3):
        rows = trial.sample(frac=1, random_state=seed).reset_index(drop=True).astype("float64")
        train, holdout, fresh = (rows.iloc[at : at + 713].reset_index(drop=True) for at in (0, 713, 1426))
        shown = measure_c2st(one_table([train, holdout, fresh]))[1]["rows"]
        found += [shown["auc"], shown["fresh"]]
    # Intervals of 95%: of six one may miss, and none may say that people nobody made up were made up.
    assert sum(low <= 0.5 <= high for _, low, high in found) >= 5
    assert all(low <= 0.5 for _, low, _ in found)
    dice = np.random.default_rng(0)
    alone = pd.DataFrame({name: dice.permutation(values.to_numpy()) for name, values in train.items()})
    (told,), details = measure_c2st(one_table([train, holdout, alone]))
    assert told.low > 0.9
    # Arm and treatment, strata and history say the same in each real row.
    assert {"arms", "treat", "strat", "str2", "preanti", "cd496"} & set(list(details["rows"]["columns"])[:4])
    roc = details["rows"]["roc"]
    assert float(np.trapezoid(roc["tpr"], roc["fpr"])) == pytest.approx(told.value, abs=0.02)


def test_clustered_interval_is_delongs_for_a_row_each_and_knows_of_repeated_rows():
    dice = np.random.default_rng(3)
    made, real = dice.normal(0.5, size=80), dice.normal(size=90)
    alone = clustered(made, real, np.arange(80), np.arange(90))
    assert alone == pytest.approx(delong(made, real))
    twice = clustered(np.repeat(made, 3), np.repeat(real, 3), np.repeat(np.arange(80), 3), np.repeat(np.arange(90), 3))
    assert twice == pytest.approx(alone)


def test_what_gave_the_rows_away_is_told_without_values():
    dice = np.random.default_rng(0)
    frames = [pd.DataFrame({"a": dice.normal(size=400), "b": dice.normal(size=400)}) for _ in range(3)]
    frames[2].loc[:99, "b"] = np.nan
    (told,), details = measure_c2st(one_table(frames))
    assert told.value > 0.55
    assert next(iter(details["rows"]["columns"])) == "b"
    first = details["rows"]["recognised"][0]
    assert (first["column"], first["sign"]) == ("b", "missing")
    assert first["share"] == 1.0
    assert first["usual"] == 0.25


def xor(n: int, seed: int, whole: bool) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    a, b, other = (dice.integers(0, 2, n) for _ in range(3))
    c = a ^ b if whole else other
    return pd.DataFrame(
        {name: values.astype(str).astype(object) for name, values in zip("abc", (a, b, c), strict=True)}
    )


def test_three_way_margins_find_what_no_pair_shows():
    made = one_table([xor(2000, 1, True), xor(2000, 2, True), xor(2000, 3, False)])
    measures, details = measure_margins(made)
    margin = value(measures, "margins_distance")
    assert margin.value == pytest.approx(0.5, abs=0.03)
    assert margin.low <= 0.5 <= margin.high
    assert details["rows"]["fresh"] < 0.06
    assert value(measure_association(made)[0], "association_difference").value < 0.05
    assert sorted(details["rows"]["worst"][0]["columns"]) == ["a", "b", "c"]


def lacking(n: int, seed: int, together: bool) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": dice.normal(size=n), "b": dice.normal(size=n)})
    first = dice.random(n) < 0.5
    frame.loc[first, "a"] = np.nan
    frame.loc[first if together else dice.random(n) < 0.5, "b"] = np.nan
    return frame


def test_patterns_of_missing_values_that_no_share_shows():
    made = one_table([lacking(2000, 1, True), lacking(2000, 2, True), lacking(2000, 3, False)])
    measures, details = measure_missing(made)
    assert value(measures, "missing_share").value < 0.05
    assert value(measures, "missing_patterns").value == pytest.approx(0.5, abs=0.03)
    assert {tuple(one["missing"]) for one in details["rows"]["patterns"]} == {(), ("a", "b")}


def test_few_missing_values_are_not_counted_out():
    frames = [lacking(300, seed, True) for seed in range(3)]
    frames[0]["c"] = np.where(np.arange(300) < 3, np.nan, 1.0)
    frames[1]["c"], frames[2]["c"] = 1.0, 1.0
    shown = measure_missing(one_table(frames))[1]["rows"]["columns"]["c"]
    assert shown == {"train": None, "holdout": 0.0, "synthetic": 0.0}


def test_tails_that_are_cut_and_ends_that_are_passed():
    dice = np.random.default_rng(2)
    real, fresh, drawn = (pd.DataFrame({"x": dice.normal(size=5000)}) for _ in range(3))
    within = drawn.assign(x=drawn["x"] * 0.5)
    measures, details = measure_tails(one_table([real, fresh, within]))
    assert details["rows"]["x"]["synthetic"]["beyond"]["1%"] == 0.0
    assert details["rows"]["x"]["synthetic"]["gap"]["5%"] == pytest.approx(0.25, abs=0.02)
    assert value(measures, "tail_mass").value > 0.95
    measures, _ = measure_tails(one_table([real, fresh, drawn]))
    assert value(measures, "tail_mass").value < 0.25
    beyond = drawn.assign(x=np.where(np.arange(5000) < 500, 100.0, drawn["x"]))
    assert value(measure_tails(one_table([real, fresh, beyond]))[0], "beyond_ends").value == pytest.approx(
        0.1, abs=0.002
    )


def coded_rows(n: int, seed: int, levels: int, weight: float) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    shares = np.arange(1, levels + 1) ** -weight
    codes = dice.choice(levels, n, p=shares / shares.sum())
    return pd.DataFrame({"code": np.array([f"c{at:03}" for at in codes], dtype=object)})


def test_jensen_shannon_is_scipys():
    dice = np.random.default_rng(1)
    left, right = dice.dirichlet(np.ones(9), 2)
    assert jensen_shannon(left[None], right[None])[0] == pytest.approx(jensenshannon(left, right, 2))
    assert jensen_shannon(np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]]))[0] == 1.0


def test_a_long_tail_that_is_lost_is_seen():
    real, fresh = coded_rows(5000, 1, 60, 1.2), coded_rows(5000, 2, 60, 1.2)
    common = set(real["code"].value_counts().index[:20])
    head = coded_rows(9000, 3, 60, 1.2).loc[lambda f: f["code"].isin(common)].head(5000).reset_index(drop=True)
    measures, details = measure_codes(one_table([real, fresh, head]))
    assert value(measures, "code_tail_coverage").value < 0.1
    assert value(measures, "code_tail_mass").value < 0.5
    shown = details["rows"]["code"]
    assert shown["tail_coverage"]["holdout"] > 0.9
    assert shown["distance"]["holdout"] < shown["distance"]["synthetic"]
    assert shown["ranks"]["holdout"] > 0.9


def test_association_by_kind():
    dice = np.random.default_rng(0)
    x = pd.Series(dice.normal(size=3000))
    group = pd.Series(np.where(x > 0, "high", "low"), dtype=object)
    other = pd.Series(dice.choice(["u", "v"], 3000), dtype=object)
    assert association(coded(x, Kind.NUMBER), coded(-(x**3), Kind.NUMBER)) == pytest.approx(-1)
    # Half of the ranks each: correlation ratio sqrt(3)/2.
    assert association(coded(x, Kind.NUMBER), coded(group, Kind.CATEGORY)) == pytest.approx(math.sqrt(0.75), abs=0.01)
    assert association(coded(group, Kind.CATEGORY), coded(group, Kind.CATEGORY)) == pytest.approx(1, abs=0.01)
    assert association(coded(group, Kind.CATEGORY), coded(other, Kind.CATEGORY)) < 0.06


def test_the_jackknife_has_the_width_that_theory_gives():
    dice = np.random.default_rng(0)
    x = dice.normal(size=4000)
    y = 0.6 * x + 0.8 * dice.normal(size=4000)
    found = correlated(x, y, groups_of(4000, 1, "x"))
    assert found[0] == pytest.approx(np.corrcoef(x, y)[0, 1])
    # (1 - r^2) / sqrt(n), at Student's 2.09 with 19 degrees of freedom; the jackknife's own spread is a sixth.
    assert reach(found) == pytest.approx(2.09 * (1 - 0.36) / math.sqrt(4000), rel=0.5)


def family(people: int, seed: int, most: int, tied: bool = True) -> dict[str, pd.DataFrame]:
    """Patients of two sites who have 0..most-1 visits, more of them and larger values at one site where `tied`."""
    dice = np.random.default_rng(seed)
    site = dice.integers(0, 2, people)
    counts = dice.integers(0, most, people)
    owner = np.repeat(np.arange(people), counts)
    size = dice.normal(size=len(owner)) + (3 * site[owner] if tied else 3 * dice.integers(0, 2, len(owner)))
    patients = pd.DataFrame(
        {"id": [f"p{at}" for at in range(people)], "site": np.where(site, "east", "west").astype(object)}
    )
    visits = pd.DataFrame({"visit": range(len(owner)), "id": patients["id"].to_numpy()[owner], "size": size})
    return {"patients": patients, "visits": visits.astype({"visit": str})}


def families(*parts: dict[str, pd.DataFrame]) -> Comparison:
    tables = {
        "patients": {"key": "id", "columns": {"id": synth_tables.key("id"), "site": synth_tables.clinical("category")}},
        "visits": {
            "key": "visit",
            "columns": {
                "visit": synth_tables.key("visit"),
                "id": synth_tables.key("id"),
                "size": synth_tables.clinical("number"),
            },
        },
    }
    links = [{"child": "visits.id", "parent": "patients.id"}]
    contract = Contract.model_validate(
        {**synth_tables.HEAD, "person": "patients", "tables": tables, "relations": links}
    )
    return comparison(contract, *parts, 7)


def test_children_per_parent_and_what_they_owe_to_their_parent():
    # 0..3 against 0..7 children: half of the latter have more than any of the former.
    made = families(family(2000, 1, 4), family(2000, 2, 4), family(2000, 3, 8))
    measures, details = measure_relations(made)
    many = value(measures, "children_per_parent", "visits")
    assert many.value == pytest.approx(0.5, abs=0.03)
    assert many.low <= 0.5 <= many.high
    assert details["visits"]["fresh"] < 0.05
    assert sum(details["visits"]["children_per_parent"]["train"]) == pytest.approx(1, abs=0.001)
    made = families(family(2000, 1, 4), family(2000, 2, 4), family(2000, 3, 4, tied=False))
    measures, details = measure_relations(made)
    assert value(measures, "children_per_parent", "visits").value < 0.05
    lost = value(measures, "parent_child_dependence", "visits").value
    assert lost > 0.2
    assert "fresh real sample: 0.0" in value(measures, "parent_child_dependence", "visits").title
    people = value(measure_c2st(made)[0], "c2st_people")
    assert people.low > 0.55


def hard(n: int, seed: int) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    secret = np.array(["常见"] * n, dtype=object)
    secret[: max(1, n // 50)] = f"罕见-秘密-{seed}"
    return pd.DataFrame(
        {
            "年龄": pd.Series(dice.integers(20, 90, n)).astype("Int64").where(dice.random(n) > 0.1),
            "诊断": secret,
            "全缺": np.full(n, np.nan),
            "空": np.full(n, None, dtype=object),
            "常数": np.ones(n),
            "极端": np.where(np.arange(n) == 0, 987_654_321.0, dice.normal(size=n)),
        }
    )


@pytest.mark.parametrize("sizes", [(60, 30, 40), (300, 90, 300)])
def test_hard_tables_give_json_without_rare_values(sizes: tuple[int, int, int]):
    frames = [hard(n, seed) for seed, n in enumerate(sizes)]
    frames[2] = frames[2].drop(columns="常数")
    made = one_table(frames)
    measures, details = measure_fidelity(made)
    text = json.dumps([details, [m.as_row() for m in measures]], allow_nan=False, ensure_ascii=False)
    assert "罕见" not in text
    assert "98765" not in text.replace(".", "")
    assert details["absent"] == {"rows": ["常数"]}
    assert value(measures, "fidelity_ratio").threshold == made.contract.policy.fidelity_ratio
    judged = {m.name for m in measures if m.outcome is not Outcome.REPORTED}
    assert judged == {"fidelity_ratio"}
    again = measure_fidelity(one_table(frames))
    assert json.dumps(again[1], ensure_ascii=False) == json.dumps(details, ensure_ascii=False)


def test_linked_tables_four_levels_deep():
    parts = [synth_tables.linked(people, 4, seed) for seed, people in enumerate((160, 80, 120))]
    made = comparison(synth_tables.a_contract(4), *parts, 3)
    measures, details = measure_fidelity(made)
    names = {(m.name, m.where) for m in measures}
    for table in ("admissions", "stays", "charted"):
        assert ("children_per_parent", table) in names
    assert ("c2st_people", "") in names
    assert ("time_gaps", "charted") in names
    json.dumps(details, allow_nan=False)
    assert value(measures, "c2st_people").low <= 0.5
