"""Linked tables and events in time: run with FACTORY_DATA set; prints figures, asserts nothing.

    FACTORY_DATA=../shared/data python tests/benchmarks/synthesis_linked.py mimic nafld physionet --seeds 0 1 2

mimic: patients, admissions, ICU stays, transfers (four levels), diagnoses, prescriptions, laboratory; all 100 people
are learned from and 300 drawn, so that the figures are not those of two small samples. nafld: all people. physionet:
all stays for time and memory; half of them learned from and the other half judging for the task.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from scipy.stats import ks_2samp
from sklearn.metrics import roc_auc_score

from factory.contract import Task
from factory.contract.holds import broken_rows
from factory.synth.alone import Source, arrow_of, fit, source_of

DATA = Path(os.environ.get("FACTORY_DATA", "../shared/data"))
MIMIC = ("patients", "admissions", "icustays", "transfers", "diagnoses_icd", "prescriptions", "labevents")


def source(tables: dict[str, pd.DataFrame], cell: int | None = None) -> Source:
    """Tables with a drafted contract, of which the smallest cell may be set."""
    made = source_of({name: arrow_of(frame, name) for name, frame in tables.items()}, None)
    if cell is None:
        return made
    policy = made.contract.policy.model_copy(update={"smallest_cell": cell})
    object.__setattr__(made, "contract", made.contract.model_copy(update={"policy": policy}))
    return made


def run(made: Source, people: int, seed: int) -> tuple[dict[str, pd.DataFrame], str]:
    """Tables drawn, and what it took."""
    began = time.perf_counter()
    model = fit(made, "trees", seed)
    fitted = time.perf_counter()
    drawn = model.sample(people, seed)
    done = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rows = sum(len(frame) for frame in drawn.values())
    broken = sum(int(broken_rows(rule, made.contract, model.shapes, drawn).sum()) for rule in made.contract.rules)
    taken = (
        f"fit {fitted - began:.1f} s, sample {done - fitted:.1f} s, {rows:,} rows, {memory:.1f} GB peak, {broken} rules"
    )
    return drawn, taken


def mimic_tables() -> dict[str, pd.DataFrame]:
    """Seven tables; transfers and laboratory rows without the parent they hang from are left out."""
    made = {}
    for name in MIMIC:
        frame = pd.read_parquet(DATA / "mimic-iii-demo" / f"{name}.parquet").drop(columns="row_id")
        for column in frame.columns:
            if isinstance(frame[column].dtype, pd.DatetimeTZDtype):
                frame[column] = frame[column].dt.tz_localize(None)
        frame = frame[frame["icustay_id"].notna()] if name == "transfers" else frame
        frame = frame[frame["hadm_id"].notna()] if name == "labevents" else frame
        made[name] = frame.drop(columns="icustay_id") if name == "prescriptions" else frame
        for key in ("subject_id", "hadm_id", "icustay_id"):
            if key in made[name].columns:
                made[name][key] = made[name][key].astype("int64")
    return made


def mimic(seed: int, cell: int) -> None:
    """Integrity, order of times, children a parent, and the ten commonest laboratory tests in time."""
    real = mimic_tables()
    made = source(real, cell)
    drawn, taken = run(made, 300, seed)
    print(f"mimic seed {seed}, cells of {cell}: {taken}")
    for link in made.contract.relations:
        child, parent, key = link.child_table, link.parent_table, link.child_column
        counts = [t[parent][key].map(t[child][key].value_counts()).fillna(0) for t in (real, drawn)]
        whole = float(drawn[child][key].isin(drawn[parent][key]).mean())
        distance = ks_2samp(*counts).statistic
        print(f"  {parent} -> {child}: integrity {whole:.0%}, children a parent KS {distance:.3f}")
    for table, early, late in (
        ("admissions", "admittime", "dischtime"),
        ("icustays", "intime", "outtime"),
        ("transfers", "intime", "outtime"),
    ):
        wrong = [int((t[table][late] < t[table][early]).sum()) for t in (real, drawn)]
        print(f"  {table}: {late} before {early} in {wrong[0]} real and {wrong[1]} drawn rows")
    stays = drawn["icustays"].merge(drawn["admissions"][["hadm_id", "admittime", "dischtime"]], on="hadm_id")
    truth = real["icustays"].merge(real["admissions"][["hadm_id", "admittime", "dischtime"]], on="hadm_id")
    for name, frame in (("real", truth), ("drawn", stays)):
        outside = (frame["intime"] < frame["admittime"]) | (frame["outtime"] > frame["dischtime"])
        print(f"  ICU stays that leave their admission: {int(outside.sum())} of {len(frame)} {name}")
    _tests_in_time(real["labevents"], drawn["labevents"], cell)


def _tests_in_time(real: pd.DataFrame, drawn: pd.DataFrame, cell: int) -> None:
    real = real[real["valuenum"].notna()]
    for item in real["itemid"].value_counts().index[:10]:
        sides = [
            frame[frame["itemid"].astype(str) == str(item)].sort_values(["subject_id", "charttime"], kind="stable")
            for frame in (real, drawn[drawn["valuenum"].notna()])
        ]
        low = sides[0].groupby("subject_id")["valuenum"].min().nsmallest(cell).iloc[-1]
        high = sides[0].groupby("subject_id")["valuenum"].max().nlargest(cell).iloc[-1]
        clipped = sides[0].assign(valuenum=sides[0]["valuenum"].clip(low, high))
        lags = [_lag(frame) for frame in (sides[0], clipped, sides[1])]
        spreads = [frame["valuenum"].std() for frame in (sides[0], clipped, sides[1])]
        print(
            f"  test {item}: lag-1 correlation {lags[0]:.2f} real, {lags[1]:.2f} clipped as the policy asks,"
            f" {lags[2]:.2f} drawn; spread {spreads[2] / spreads[0]:.2f} of real, {spreads[2] / spreads[1]:.2f} of that"
        )


def _lag(frame: pd.DataFrame) -> float:
    before = frame.groupby("subject_id")["valuenum"].shift(1)
    there = before.notna()
    return float(np.corrcoef(frame["valuenum"][there], before[there])[0, 1])


def halves(tables: dict[str, pd.DataFrame], person: str, key: str, seed: int) -> list[dict[str, pd.DataFrame]]:
    """Two halves of the people with all their rows."""
    people = np.random.default_rng(seed).permutation(tables[person][key].to_numpy())
    parts = (set(people[: len(people) // 2].tolist()), set(people[len(people) // 2 :].tolist()))
    return [{name: frame[frame[key].isin(part)] for name, frame in tables.items()} for part in parts]


def physionet(seed: int) -> None:
    """In-hospital death from a stay's static columns and each vital's mean, ends, last value and number."""
    folder = DATA / "physionet2012"
    events = pd.read_parquet(folder / "events_long.parquet").drop(columns="set").rename(columns={"minute": "minutes"})
    events = events.assign(parameter=events["parameter"].astype(str), value=events["value"].astype("float64").round(3))
    patients = pd.read_csv(folder / "patients.csv").drop(columns="set")
    for name in ("Gender", "ICUType", "In-hospital_death"):
        patients[name] = patients[name].map(lambda value: None if pd.isna(value) else str(int(value)))
    tables = {"patients": patients, "events": events}
    whole, taken = run(source(tables), len(patients), seed)
    print(f"physionet2012 seed {seed}, all 12,000 stays: {taken}")
    del whole
    train, judge = halves(tables, "patients", "RecordID", seed)
    task = Task(id="death", table="patients", target="In-hospital_death", positive=("1",))
    part = source(train)
    object.__setattr__(part, "contract", part.contract.model_copy(update={"tasks": (task,)}))
    drawn, _ = run(part, len(train["patients"]), seed)
    names = sorted(events["parameter"].unique())
    told = [_death(frames, judge, names) for frames in (train, drawn)]
    print(f"  death in hospital, AUROC on held-out stays: {told[1]:.3f} from drawn rows, {told[0]:.3f} from real ones")


def _death(learn: dict[str, pd.DataFrame], judge: dict[str, pd.DataFrame], names: list[str]) -> float:
    sides = [_features(frames, names) for frames in (learn, judge)]
    model = lightgbm.LGBMClassifier(n_estimators=150, random_state=0, verbose=-1, n_jobs=1)
    model.fit(*sides[0])
    return float(roc_auc_score(sides[1][1], model.predict_proba(sides[1][0])[:, 1]))


def _features(frames: dict[str, pd.DataFrame], names: list[str]) -> tuple[pd.DataFrame, pd.Series]:
    events = frames["events"].sort_values(["RecordID", "minutes"], kind="stable")
    told = events.groupby(["RecordID", "parameter"])["value"].agg(["mean", "min", "max", "last", "count"]).unstack()
    told = told.reindex(columns=pd.MultiIndex.from_product([["mean", "min", "max", "last", "count"], names]))
    told.columns = [f"{a} {b}" for a, b in told.columns]
    people = frames["patients"].set_index("RecordID")
    static = people[["Age", "Gender", "Height", "ICUType", "Weight"]].apply(pd.to_numeric, errors="coerce")
    return static.join(told).astype("float64"), (people["In-hospital_death"].astype(str) == "1").astype(int)


def nafld(seed: int) -> None:
    """Three tables of 17,549 people: time, memory, rows a person and each test's spread and lag-1 correlation."""
    tables = {
        f"nafld{part}": pd.read_parquet(DATA / "nafld" / f"nafld{part}.parquet").drop(columns="rownames")
        for part in (1, 2, 3)
    }
    tables["nafld1"] = tables["nafld1"].drop(columns="case.id")
    drawn, taken = run(source(tables), len(tables["nafld1"]), seed)
    print(f"nafld seed {seed}: {taken}")
    for child in ("nafld2", "nafld3"):
        counts = [t["nafld1"]["id"].map(t[child]["id"].value_counts()).fillna(0) for t in (tables, drawn)]
        print(f"  nafld1 -> {child}: rows a person KS {ks_2samp(*counts).statistic:.3f}")
    for test in sorted(tables["nafld2"]["test"].unique()):
        sides = []
        for frames in (tables, drawn):
            rows = frames["nafld2"][frames["nafld2"]["test"] == test].sort_values(["id", "days"], kind="stable")
            sides.append(rows.rename(columns={"id": "subject_id", "value": "valuenum"}))
        low, high = (sides[0]["valuenum"].quantile(share) for share in (0.001, 0.999))
        # One blood pressure of 13,682 makes up most of the real spread; what nearly all rows hold says more.
        inner = [frame.assign(valuenum=frame["valuenum"].clip(low, high)) for frame in sides]
        lags = [_lag(frame) for frame in (*sides, *inner)]
        spread, within = (b["valuenum"].std() / a["valuenum"].std() for a, b in (sides, inner))
        print(
            f"  {test}: lag-1 {lags[0]:.2f} real, {lags[1]:.2f} drawn; spread {spread:.2f} of real; both clipped to the"
            f" real rows' .001 and .999: lag-1 {lags[2]:.2f}, {lags[3]:.2f}; spread {within:.2f}"
        )


def main() -> None:
    """Run what is named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="+", choices=("mimic", "nafld", "physionet"))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--cell", type=int, default=11, help="smallest cell of the policy for mimic (100 people)")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    for seed in args.seeds:
        for what in args.what:
            {"mimic": lambda s: mimic(s, args.cell), "nafld": nafld, "physionet": physionet}[what](seed)


if __name__ == "__main__":
    main()
