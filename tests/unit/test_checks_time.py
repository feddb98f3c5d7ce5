"""Events in time: series whose autocorrelation, gaps, lengths, correlations and courses are known."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import synth_tables

from factory.checks.comparison import Comparison, comparison
from factory.checks.fidelity.series import events_of, series_of
from factory.checks.fidelity.time import measure_time
from factory.checks.measure import Measure
from factory.contract import Contract

Frames = dict[str, pd.DataFrame]


def compared(parts: list[Frames], columns: dict[str, Any]) -> Comparison:
    """People with events of the columns given."""
    keyed = {"event": synth_tables.key("event"), "id": synth_tables.key("id")}
    tables = {
        "patients": {"key": "id", "columns": {"id": synth_tables.key("id"), "sex": synth_tables.clinical("category")}},
        "events": {"key": "event", "columns": {**keyed, **columns}},
    }
    links = [{"child": "events.id", "parent": "patients.id"}]
    contract = Contract.model_validate(
        {**synth_tables.HEAD, "person": "patients", "tables": tables, "relations": links}
    )
    return comparison(contract, *parts, 3)


def frames(owner: np.ndarray, people: int, **columns: Any) -> Frames:
    """The two tables of events whose persons are `owner`."""
    patients = pd.DataFrame({"id": [f"p{at}" for at in range(people)]})
    patients["sex"] = np.where(np.arange(people) % 2, "f", "m").astype(object)
    events = pd.DataFrame({"event": [f"e{at}" for at in range(len(owner))], "id": patients["id"].to_numpy()[owner]})
    return {"patients": patients, "events": events.assign(**columns)}


def value(measures: list[Measure], name: str) -> Measure:
    """The measure of a name."""
    return next(m for m in measures if m.name == name)


MOMENT = {"role": "date", "type": "datetime"}
NUMBER = synth_tables.clinical("number")


def autoregressive(people: int, seed: int, phi: float, length: int = 30) -> Frames:
    """A stationary AR(1) series a person, a value a day."""
    dice = np.random.default_rng(seed)
    made = np.zeros((people, length))
    made[:, 0] = dice.normal(size=people)
    for at in range(1, length):
        made[:, at] = phi * made[:, at - 1] + np.sqrt(1 - phi**2) * dice.normal(size=people)
    owner = np.repeat(np.arange(people), length)
    day = np.tile(np.arange(length), people)
    at = np.datetime64("2015-01-01T08:00:00", "s") + (day * 86_400).astype("timedelta64[s]")
    # Rows stand in no order, as they may in a file.
    mixed = dice.permutation(len(owner))
    return frames(owner[mixed], people, at=at[mixed], lactate=made.ravel()[mixed])


def test_autocorrelation_of_a_known_process():
    parts = [autoregressive(200, 1, 0.8), autoregressive(200, 2, 0.8), autoregressive(200, 3, 0.3)]
    measures, details = measure_time(compared(parts, {"at": MOMENT, "lactate": NUMBER}))
    told = details["events"]["lag1"]["lactate"]
    assert told["train"] == pytest.approx(0.8, abs=0.02)
    assert told["synthetic"] == pytest.approx(0.3, abs=0.03)
    lost = value(measures, "autocorrelation_lag1")
    assert lost.value == pytest.approx(0.5, abs=0.05)
    assert lost.low <= 0.5 <= lost.high
    assert "fresh real sample: 0.0" in lost.title
    assert value(measures, "time_gaps").value == 0
    assert value(measures, "sequence_lengths").value == 0


def spaced(people: int, seed: int, gaps: tuple[int, ...], lengths: tuple[int, ...]) -> Frames:
    dice = np.random.default_rng(seed)
    counts = dice.choice(lengths, people)
    owner = np.repeat(np.arange(people), counts)
    step = dice.choice(gaps, len(owner))
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    whole = np.cumsum(step)
    since = whole - np.repeat(whole[first], counts)
    at = np.datetime64("2015-01-01T00:00:00", "s") + (since * 86_400).astype("timedelta64[s]")
    return frames(owner, people, at=at, lactate=dice.normal(size=len(owner)))


def test_gaps_and_lengths_of_known_distributions():
    parts = [spaced(500, 1, (1,), (3, 4)), spaced(500, 2, (1,), (3, 4)), spaced(500, 3, (1, 2), (3, 4, 8, 9))]
    measures, _ = measure_time(compared(parts, {"at": MOMENT, "lactate": NUMBER}))
    gaps, lengths = value(measures, "time_gaps"), value(measures, "sequence_lengths")
    assert gaps.value == pytest.approx(0.5, abs=0.05)
    assert lengths.value == pytest.approx(0.5, abs=0.08)
    assert gaps.low <= 0.5 <= gaps.high
    assert lengths.low <= 0.5 <= lengths.high


def laboratory(people: int, seed: int, together: float, later: float = 0.0, rise: float = 0.0) -> Frames:
    """Three labs in long format at each of six visits, two of them with the correlation `together` at a visit.

    The third follows the first of the visit before with the correlation `later`; `rise` is added to sodium a visit.
    """
    dice = np.random.default_rng(seed)
    visits = people * 6
    sodium = dice.normal(size=visits)
    chloride = together * sodium + np.sqrt(1 - together**2) * dice.normal(size=visits)
    before = np.concatenate([[0.0], sodium[:-1]])
    urea = later * before + np.sqrt(1 - later**2) * dice.normal(size=visits)
    day = np.tile(np.arange(6), people) * 2
    values = np.stack([140 + 4 * sodium + rise * day / 2, 100 + 4 * chloride, 6 + 0.5 * urea], axis=1).ravel()
    at = np.datetime64("2015-01-01T09:00:00", "s") + (np.repeat(day, 3) * 86_400).astype("timedelta64[s]")
    return frames(
        np.repeat(np.arange(people), 18),
        people,
        at=at,
        item=np.tile(np.array(["sodium", "chloride", "urea"], dtype=object), visits),
        text=np.array([f"{one:.6f}" for one in values], dtype=object),
        value=values,
    )


LONG = {
    "at": MOMENT,
    "item": synth_tables.clinical("category"),
    "text": synth_tables.clinical("string"),
    "value": NUMBER,
}


def test_labs_in_long_format_are_told_apart_by_their_code():
    made = compared([laboratory(60, seed, 0.5) for seed in range(3)], LONG)
    found = events_of(made, "events")
    assert found is not None
    events, unit = found
    labs = series_of(made, "events", events["train"])
    assert unit == "days"
    assert sorted(lab.label for lab in labs) == ["chloride", "sodium", "urea"]
    # Not by the text of the value itself, which would explain it best of all.
    assert {lab.code for lab in labs} == {"item"}


def test_correlation_of_labs_at_one_visit_and_the_next():
    parts = [laboratory(200, 1, 0.9, 0.7), laboratory(200, 2, 0.9, 0.7), laboratory(200, 3, 0.0, 0.0)]
    measures, details = measure_time(compared(parts, LONG))
    shown = {(*one["labs"], one["lag"]): one for one in details["events"]["crossed"]}
    at_once = next(one for key, one in shown.items() if set(key[:2]) == {"sodium", "chloride"} and key[2] == 0)
    assert at_once["train"] == pytest.approx(0.9, abs=0.02)
    assert at_once["synthetic"] == pytest.approx(0.0, abs=0.08)
    assert shown["sodium", "urea", 1]["train"] == pytest.approx(0.7, abs=0.05)
    assert shown["urea", "sodium", 1]["train"] == pytest.approx(0.0, abs=0.08)
    # Of three pairs at a visit and six at the next, these go: .9, .7, and .63 of chloride before urea.
    crossed = value(measures, "cross_correlation")
    assert crossed.value == pytest.approx((0.9 + 0.7 + 0.63) / 9, abs=0.05)
    assert float(crossed.title.rpartition(" ")[2]) < 0.05


def test_courses_of_labs_with_interval_in_cells_of_enough_people():
    parts = [laboratory(200, 1, 0.5), laboratory(200, 2, 0.5), laboratory(200, 3, 0.5, rise=2.0)]
    measures, details = measure_time(compared(parts, LONG))
    shown = details["events"]["trajectories_by_lab"]
    assert set(shown) == {"sodium", "chloride", "urea"}
    sodium = shown["sodium"]
    assert all(low < real < high for low, real, high in zip(sodium["low"], sodium["real"], sodium["high"], strict=True))
    # 200 people, a spread of 4: 1.96 standard errors either way are .55.
    assert sodium["high"][-1] - sodium["real"][-1] == pytest.approx(1.96 * 4 / np.sqrt(200), rel=0.2)
    assert sodium["synthetic"][-1] - sodium["real"][-1] > 7
    # Sodium is 2 higher each visit after the first: 5 on average over six, 1.25 standard deviations; the others not.
    assert value(measures, "trajectories").value == pytest.approx(1.25 / 3, abs=0.1)


def test_a_course_that_nobody_follows_counts_one_standard_deviation():
    parts = [laboratory(60, 1, 0.5), laboratory(60, 2, 0.5), laboratory(60, 3, 0.5)]
    events = parts[2]["events"]
    parts[2]["events"] = events[events["item"] != "urea"].reset_index(drop=True)
    measures, details = measure_time(compared(parts, LONG))
    urea = details["events"]["trajectories_by_lab"]["urea"]
    assert set(urea["synthetic"]) == {None}
    assert urea["lacking"] == len(urea["real"])
    assert value(measures, "trajectories").value == pytest.approx(1 / 3, abs=0.15)


def test_labs_of_few_people_are_not_named():
    parts = [laboratory(60, seed, 0.5) for seed in range(3)]
    for part in parts:
        events = part["events"]
        few = events["id"].isin([f"p{at}" for at in range(8)]) & (events["item"] == "urea")
        part["events"].loc[few, "item"] = "cyanide"
    _, details = measure_time(compared(parts, LONG))
    assert "cyanide" not in json.dumps(details)
    assert "urea" in json.dumps(details)


def test_days_of_a_release_and_whole_minutes_are_clocks_too():
    def released(frame: pd.DataFrame) -> pd.DataFrame:
        days = (frame["at"] - pd.Timestamp("2015-01-01")).dt.days
        return frame.assign(at_year=2015, at_day=days.astype("Int64")).drop(columns="at")

    parts = [laboratory(60, seed, 0.5) for seed in range(3)]
    shaped = [{**part, "events": released(part["events"])} for part in parts]
    _, details = measure_time(compared(shaped, LONG))
    assert details["events"]["unit"] == "days"
    moments = measure_time(compared(parts, LONG))[1]
    assert details["events"]["lag1"] == moments["events"]["lag1"]
    minutes = [
        {**part, "events": part["events"].assign(minute=frame["events"]["at_day"] * 1440).drop(columns="at")}
        for part, frame in zip(parts, shaped, strict=True)
    ]
    columns = {"minute": synth_tables.clinical("integer", time=True), **{k: v for k, v in LONG.items() if k != "at"}}
    _, details = measure_time(compared(minutes, columns))
    assert details["events"]["unit"] == "minute"
    assert details["events"]["lag1"] == moments["events"]["lag1"]


def test_a_table_without_time_or_with_one_row_a_person_has_no_figures():
    parts = [laboratory(40, seed, 0.5) for seed in range(3)]
    once = [{**part, "events": part["events"].drop_duplicates("id").reset_index(drop=True)} for part in parts]
    assert measure_time(compared(once, LONG)) == ([], {})
    timeless = [{**part, "events": part["events"].drop(columns="at")} for part in parts]
    columns = {name: column for name, column in LONG.items() if name != "at"}
    assert measure_time(compared(timeless, columns)) == ([], {})
